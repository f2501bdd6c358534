"""The report's pictures as text that a page carries in itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.colours import hex_colour, palette_image, uncertainty_over_film
from OsteoScreenLib.reports.drawing import Drawing, drawing_of
from OsteoScreenLib.reports.picture import picture_of, resized
from OsteoScreenLib.screening.values import ScreeningResult

_LONGEST_SIDE = 1100
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class OutlineSvg:
    """One bone: the path of its outlines, its colour and its name with its place."""

    name: str
    colour: str
    path: str
    x: str
    y: str


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

    @property
    def name_size(self) -> float:
        """Height of the bones' names in picture pixels."""
        return round(max(self.rows, self.columns) / 48, 1)


def figures_of(result: ScreeningResult, radiograph: Radiograph) -> Figures:
    """Draw everything that the page shows."""
    picture = picture_of(radiograph, _LONGEST_SIDE)
    drawing = drawing_of(result, picture)
    bits = resized(result.segmentation.uncertainty.total, picture.shape)
    return Figures(
        rows=picture.shape[0],
        columns=picture.shape[1],
        film=_data_uri(picture.grey, "JPEG"),
        uncertainty=_data_uri(uncertainty_over_film(picture.grey, bits), "JPEG"),
        palette=_data_uri(palette_image(), "PNG"),
        outlines=_outlines(drawing),
        cortices=" ".join(_path(each.points[side]) for each in drawing.profiles for side in (slice(0, 2), slice(2, 4))),
        cavities=" ".join(_path(each.points[1:3]) for each in drawing.profiles),
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


def _path(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _data_uri(pixels: np.ndarray, file_format: str) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, quality=_JPEG_QUALITY, optimize=True)
    return f"data:image/{file_format.lower()};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
