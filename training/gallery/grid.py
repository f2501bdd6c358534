"""A grid of simulated films, some with their exact outlines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from OsteoScreenLib.bones import BONE_CODES, BONES
from training.simulation import SimulatedFilm, cast_film, subject_with_t_score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CANVAS = (600, 600)
PANEL = (300, 236)
"""Rows and columns of the space for one film in the picture, pixels."""
DOTS_PER_INCH = 100


@dataclass(frozen=True)
class Panel:
    """One film of the grid: number within the seed, view, subject, and how it is shown."""

    number: int
    kind: str
    age_years: float
    sex: str
    t_score: float
    outlined: bool = False
    inverted: bool = False


PANELS = (
    Panel(0, "hand", 34, "M", 0.4),
    Panel(1, "hand", 71, "F", -3.4, outlined=True),
    Panel(2, "close", 58, "F", -1.1),
    Panel(3, "wrist", 45, "M", 0.9, outlined=True),
    Panel(4, "hand", 64, "F", -1.6, inverted=True),
    Panel(5, "close", 78, "F", -4.0, outlined=True),
    Panel(6, "hand", 52, "M", -0.3),
    Panel(7, "wrist", 83, "F", -3.0),
)


def gallery_film(panel: Panel, seed: int) -> SimulatedFilm:
    """The film of one panel. Equal arguments give equal films."""
    rng = np.random.default_rng([seed, panel.number])
    subject = subject_with_t_score(rng, panel.age_years, panel.sex, panel.t_score)
    return cast_film(rng, CANVAS, subject=subject, kind=panel.kind, inverted=panel.inverted)


def draw_gallery(path: Path, seed: int) -> None:
    """Write the grid as a PNG, four films wide."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    from PIL import Image

    columns, rows, gap, line = 4, len(PANELS) // 4, 12, 24
    width = columns * PANEL[1] + (columns + 1) * gap
    height = rows * (PANEL[0] + line + gap) + gap
    figure = Figure(figsize=(width / DOTS_PER_INCH, height / DOTS_PER_INCH), dpi=DOTS_PER_INCH, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    for index, panel in enumerate(PANELS):
        row, column = divmod(index, columns)
        left = gap + column * (PANEL[1] + gap)
        top = gap + row * (PANEL[0] + line + gap)
        box = (left / width, 1 - (top + PANEL[0]) / height, PANEL[1] / width, PANEL[0] / height)
        figure.add_artist(Rectangle(box[:2], *box[2:], facecolor="#eceff1", zorder=-1))
        axes = figure.add_axes(box)
        _draw(axes, gallery_film(panel, seed), panel.outlined)
        t_score = f"{panel.t_score:+.1f}".replace("-", "\N{MINUS SIGN}")
        caption = f"{_VIEW_NAMES[panel.kind]}, {panel.sex} {panel.age_years:.0f}, T {t_score}"
        middle = (left + PANEL[1] / 2) / width
        figure.text(middle, 1 - (top + PANEL[0] + 5) / height, caption, fontsize=8, color="#444444", ha="center", va="top")
    canvas.draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(path, optimize=True)


_VIEW_NAMES = {"hand": "whole hand", "wrist": "wrist", "close": "close look"}


def _draw(axes: Axes, film: SimulatedFilm, outlined: bool) -> None:
    top, bottom, left, right = film.view.film_area
    axes.imshow(film.pixels, cmap="gray", vmin=0, vmax=1, interpolation="hanning")
    axes.set_xlim(left - 0.5, right - 0.5)
    axes.set_ylim(bottom - 0.5, top - 0.5)
    axes.set_aspect("equal", anchor="C")
    axes.set_axis_off()
    if not outlined:
        return
    for bone, mask in zip(BONES, film.masks, strict=True):
        if mask.any():
            axes.contour(mask.astype(np.float32), levels=[0.5], colors=[BONE_CODES[bone].colour], linewidths=1.1)
