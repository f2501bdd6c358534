"""The film with its bones outlined, and what belongs to it in words, as one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from OsteoScreenLib.reports.colours import hex_colour
from OsteoScreenLib.reports.drawing import Drawing, drawing_of
from OsteoScreenLib.reports.picture import LONGEST_SIDE, Picture, picture_of
from OsteoScreenLib.reports.strip import strip_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from OsteoScreenLib.radiograph.values import Radiograph
    from OsteoScreenLib.screening.values import ScreeningResult

_DOTS_PER_INCH = 100
_POINTS_PER_PIXEL = 72 / _DOTS_PER_INCH
_LETTERS_ALONG_THE_SIDE, _SMALLEST_LETTER_PX, _NARROWEST_STRIP_EM = 72, 11, 30


def write_overlay(result: ScreeningResult, radiograph: Radiograph, path: Path, longest_side: int = LONGEST_SIDE) -> None:
    """Write `overlay_pixels` as a PNG."""
    from PIL import Image

    Image.fromarray(overlay_pixels(result, radiograph, longest_side)).save(path, "PNG")


def overlay_pixels(result: ScreeningResult, radiograph: Radiograph, longest_side: int = LONGEST_SIDE) -> np.ndarray:
    """The film with outlines, short bone names and measured profiles, and below it a strip with state, model and notice.

    uint8 RGB, rows x columns x 3. The film's longer side has at most ``longest_side`` pixels, the strip is added to them; a film
    too narrow for words stands in the middle of a black ground.
    """
    film = _drawn_film(result, picture_of(radiograph, longest_side))
    em = max(_SMALLEST_LETTER_PX, round(max(film.shape) / _LETTERS_ALONG_THE_SIDE))
    width = max(film.shape[1], _NARROWEST_STRIP_EM * em)
    left = (width - film.shape[1]) // 2
    ground = np.zeros((film.shape[0], width, 3), np.uint8)
    ground[:, left : left + film.shape[1]] = film
    return np.concatenate([ground, strip_of(result, width, em)])


def _drawn_film(result: ScreeningResult, picture: Picture) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, columns = picture.shape
    # The canvas rounds down: the small excess keeps a size that has no exact quotient from losing a pixel.
    size = ((columns + 1e-3) / _DOTS_PER_INCH, (rows + 1e-3) / _DOTS_PER_INCH)
    figure = Figure(figsize=size, dpi=_DOTS_PER_INCH)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.imshow(picture.grey, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="auto")
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    _draw(axes, drawing_of(result, picture), picture)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _draw(axes: Axes, drawing: Drawing, picture: Picture) -> None:
    """Every line has a dark rim, so that it is seen on bright bone and on dark background alike."""
    from matplotlib.patheffects import withStroke

    thin = max(picture.shape) / 1000 * _POINTS_PER_PIXEL
    for bone in drawing.bones:
        for line in bone.outlines:
            axes.plot(
                *line.T,
                color=hex_colour(bone.bone),
                linewidth=1.5 * thin,
                solid_joinstyle="round",
                path_effects=[withStroke(linewidth=2.9 * thin, foreground="#000000", alpha=0.55)],
            )
    rim = [withStroke(linewidth=3.2 * thin, foreground="#000000", alpha=0.7)]
    for profile in drawing.profiles:
        for cortex in (profile.points[:2], profile.points[2:]):
            axes.plot(*cortex.T, color="#ffffff", linewidth=2.0 * thin, solid_capstyle="butt", path_effects=rim)
        axes.plot(*profile.points[1:3].T, color="#ffffff", linewidth=0.8 * thin, linestyle=(0, (3, 3)), alpha=0.8)
    for bone in drawing.bones:
        axes.text(
            *bone.name_at,
            bone.name,
            color=hex_colour(bone.bone),
            fontsize=15 * thin,
            fontweight="bold",
            ha="center",
            va="center_baseline",
            path_effects=[withStroke(linewidth=3.6 * thin, foreground="#000000", alpha=0.85)],
        )
