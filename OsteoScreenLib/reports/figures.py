"""The report's pictures as text that a page carries in itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.colours import hex_colour, palette_image, uncertainty_over_film
from OsteoScreenLib.reports.drawing import Drawing, drawing_of
from OsteoScreenLib.reports.picture import PAGE_SIDE, encoded, picture_of, resized
from OsteoScreenLib.reports.shafts import COLUMNS, CURVE_ROWS, CURVE_TOP, ROWS, Shaft, shafts_of
from OsteoScreenLib.screening.values import ScreeningResult


@dataclass(frozen=True)
class OutlineSvg:
    """One bone: the path of its outlines, its colour and its name with its place."""

    name: str
    colour: str
    path: str
    x: str
    y: str


@dataclass(frozen=True)
class LevelSvg:
    """Name of a level and the height it stands at."""

    name: str
    y: str


@dataclass(frozen=True)
class ShaftSvg:
    """One enlarged shaft as SVG paths in picture points.

    ``key`` names it on the page; ``curve`` hangs below the picture; ``x`` are the four edges of its level.
    """

    key: str
    name: str
    colour: str
    text: str
    rows: int
    columns: int
    image: str
    cortices: str
    cavities: str
    levels: tuple[LevelSvg, ...]
    curve: str
    x: tuple[str, ...]
    w_x: str
    d_x: str
    outer: str
    medullary: str


@dataclass(frozen=True)
class Figures:
    """Pictures as data URIs; outlines and profiles as SVG paths in picture pixels."""

    rows: int
    columns: int
    film: str
    uncertainty: str
    palette: str
    outlines: tuple[OutlineSvg, ...]
    cortices: str
    cavities: str
    shafts: tuple[ShaftSvg, ...]

    @property
    def name_size(self) -> float:
        """Height of the bones' names in picture pixels."""
        return round(max(self.rows, self.columns) / 48, 1)


def figures_of(result: ScreeningResult, radiograph: Radiograph) -> Figures:
    """Draw everything that the page shows."""
    picture = picture_of(radiograph, PAGE_SIDE)
    drawing = drawing_of(result, picture)
    bits = resized(result.segmentation.uncertainty.total, picture.shape)
    return Figures(
        rows=picture.shape[0],
        columns=picture.shape[1],
        film=_data_uri(picture.grey, "JPEG"),
        uncertainty=_data_uri(uncertainty_over_film(picture.grey, bits), "JPEG"),
        palette=_data_uri(palette_image(), "PNG"),
        outlines=_outlines(drawing),
        cortices=_cortices(each.points for each in drawing.profiles),
        cavities=_cavities(each.points for each in drawing.profiles),
        shafts=tuple(_shaft(each) for each in shafts_of(result, radiograph)),
    )


def _outlines(drawing: Drawing) -> tuple[OutlineSvg, ...]:
    return tuple(
        OutlineSvg(
            name=each.name,
            colour=hex_colour(each.bone),
            path=" ".join(_path(line) + "Z" for line in each.outlines),
            x=f"{each.name_at[0]:.0f}",
            y=f"{each.name_at[1]:.0f}",
        )
        for each in drawing.bones
    )


def _shaft(shaft: Shaft) -> ShaftSvg:
    x = shaft.edges
    curve = np.stack([np.arange(COLUMNS), CURVE_ROWS * (1.0 - shaft.curve) + CURVE_TOP], axis=1)
    return ShaftSvg(
        key=shaft.bone.value,
        name=shaft.bone.title,
        colour=hex_colour(shaft.bone),
        text=shaft.text,
        rows=ROWS,
        columns=COLUMNS,
        image=_data_uri(shaft.grey, "JPEG"),
        cortices=_cortices(each.points for each in shaft.levels),
        cavities=_cavities(each.points for each in shaft.levels),
        levels=tuple(LevelSvg(each.name, f"{each.points[-1, 1] - 6:.0f}") for each in shaft.levels),
        curve=_path(curve),
        x=tuple(f"{each:.1f}" for each in x),
        w_x=f"{(x[0] + x[3]) / 2:.1f}",
        d_x=f"{(x[1] + x[2]) / 2:.1f}",
        outer=shaft.outer,
        medullary=shaft.medullary,
    )


def _cortices(profiles: Iterable[np.ndarray]) -> str:
    return " ".join(_path(points[side]) for points in profiles for side in (slice(0, 2), slice(2, 4)))


def _cavities(profiles: Iterable[np.ndarray]) -> str:
    return " ".join(_path(points[1:3]) for points in profiles)


def _path(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _data_uri(pixels: np.ndarray, file_format: str) -> str:
    data = base64.b64encode(encoded(pixels, file_format)).decode("ascii")
    return f"data:image/{file_format.lower()};base64,{data}"
