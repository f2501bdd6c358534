"""The three pictures of a PDF page: film with outlines, uncertainty, and where W and d were taken. All lines are vectors."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.colours import hex_colour, palette_image, uncertainty_over_film
from OsteoScreenLib.reports.drawing import Drawing, drawing_of
from OsteoScreenLib.reports.pdf_blocks import INK, SOFT, Text
from OsteoScreenLib.reports.pdf_fonts import put, text_width
from OsteoScreenLib.reports.picture import PAGE_SIDE, Picture, encoded, picture_of, resized
from OsteoScreenLib.reports.shafts import COLUMNS, CURVE_ROWS, CURVE_TOP, ROWS, Shaft, shafts_of
from OsteoScreenLib.screening.values import ScreeningResult

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_GAP = 8.0
_BELOW_SHAFT = 170
"""Picture points below an enlarged shaft, for the curve and the two widths."""
_WIDEST_FILM, _NARROWEST_CELL = 0.31, 0.2
"""A film's share of the page's width: at most with the other two figures beside it, and of the cell that its words get."""
_BESIDE_MANY, _MANY = 0.27, 4
"""A film beside so many shafts leaves them more room."""

_NAMES_ALONG_A_FILM = 40
"""Bones' names are at most this part of the film's longer side."""


@dataclass(frozen=True)
class Pictures:
    """What the row of figures is drawn from; made once, drawn in whatever size fits."""

    picture: Picture
    drawing: Drawing
    film: bytes
    uncertainty: bytes
    palette: bytes
    shafts: tuple[Shaft, ...]
    shaft_images: tuple[bytes, ...]


def pictures_of(result: ScreeningResult, radiograph: Radiograph) -> Pictures:
    """Draw and encode what does not depend on the page."""
    picture = picture_of(radiograph, PAGE_SIDE)
    bits = resized(result.segmentation.uncertainty.total, picture.shape)
    shafts = shafts_of(result, radiograph)
    return Pictures(
        picture=picture,
        drawing=drawing_of(result, picture),
        film=encoded(picture.grey, "JPEG"),
        uncertainty=encoded(uncertainty_over_film(picture.grey, bits), "JPEG"),
        palette=encoded(palette_image(), "PNG"),
        shafts=shafts,
        shaft_images=tuple(encoded(each.grey, "JPEG") for each in shafts),
    )


@dataclass(frozen=True)
class FigureRow:
    """The figures beside each other, ``tall`` points high without their words, with captions of letters ``size`` high."""

    pictures: Pictures
    captions: tuple[str, str, str]
    tall: float
    size: float
    glued: bool = False

    def height(self, width: float) -> float:
        """Pictures, legend and captions."""
        film, shafts = self._cells(width)
        words = max(self._caption(0).height(film), self._caption(1).height(film) + self._legend)
        measured = self._shaft_tall(shafts) + self._caption(2).height(shafts) if shafts else 0.0
        return max(self._film_tall(film) + words, measured) + self._above_words

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw them from left to right."""
        film, shafts = self._cells(width)
        below = top - self._film_tall(film) - self._above_words
        self._film(canvas, x, top, film)
        self._caption(0).draw(canvas, x, below, film)
        x += film + _GAP
        self._put(canvas, x, top, film, self.pictures.uncertainty)
        self._draw_legend(canvas, x, below, film)
        self._caption(1).draw(canvas, x, below - self._legend, film)
        if shafts:
            x += film + _GAP
            self._shafts(canvas, x, top, shafts)
            self._caption(2).draw(canvas, x, top - self._shaft_tall(shafts) - self._above_words, shafts)

    def _cells(self, width: float) -> tuple[float, float]:
        """Width of either film's cell, and of the shafts' (0 without any)."""
        rows, columns = self.pictures.picture.shape
        count = len(self.pictures.shafts)
        most = (_BESIDE_MANY if count >= _MANY else _WIDEST_FILM) * width if count else (width - _GAP) / 2
        film = min(max(self.tall * columns / rows, _NARROWEST_CELL * width), most)
        return film, (width - 2 * film - 2 * _GAP if self.pictures.shafts else 0.0)

    def _film_tall(self, width: float) -> float:
        rows, columns = self.pictures.picture.shape
        return min(self.tall, width * rows / columns)

    def _shaft_wide(self, width: float) -> float:
        count = len(self.pictures.shafts)
        room = self.tall - self._title
        return min((width - (count - 1) * _GAP) / count, room * COLUMNS / (ROWS + _BELOW_SHAFT))

    def _shaft_tall(self, width: float) -> float:
        return self._title + self._shaft_wide(width) * (ROWS + _BELOW_SHAFT) / COLUMNS

    @property
    def _title(self) -> float:
        return 1.3 * self.size

    @property
    def _legend(self) -> float:
        return 1.4 * self.size

    @property
    def _above_words(self) -> float:
        return 0.4 * self.size

    def _caption(self, number: int) -> Text:
        return Text(self.captions[number], self.size, SOFT)

    def _put(self, canvas: Canvas, x: float, top: float, width: float, image: bytes) -> tuple[float, float, float]:
        """Put a film in the middle of its black cell; its left and upper edge, and points per picture pixel."""
        rows, columns = self.pictures.picture.shape
        tall = self._film_tall(width)
        unit = tall / rows
        left = x + (width - columns * unit) / 2
        canvas.setFillColor("#000000")
        canvas.rect(x, top - tall, width, tall, stroke=0, fill=1)
        _image(canvas, image, left, top - tall, columns * unit, tall)
        return left, top, unit

    def _film(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        left, upper, unit = self._put(canvas, x, top, width, self.pictures.film)
        drawing = self.pictures.drawing

        def placed(points: np.ndarray) -> np.ndarray:
            return np.stack([left + (points[:, 0] + 0.5) * unit, upper - (points[:, 1] + 0.5) * unit], axis=1)

        for colour, thick in (("#000000", 1.2), ("", 0.7)):
            for bone in drawing.bones:
                canvas.setStrokeColor(colour or hex_colour(bone.bone))
                canvas.setLineWidth(thick)
                _lines(canvas, [placed(line) for line in bone.outlines])
        _profiles(canvas, [placed(each.points) for each in drawing.profiles], thick=0.8)
        size = min(0.8 * self.size, max(self.pictures.picture.shape) * unit / _NAMES_ALONG_A_FILM)
        for bone in drawing.bones:
            ((at_x, at_y),) = placed(np.array([bone.name_at]))
            wide = text_width(bone.name, size, bold=True)
            canvas.setFillColor("#000000")
            canvas.setFillAlpha(0.6)
            canvas.roundRect(at_x - wide / 2 - 1, at_y - 0.45 * size, wide + 2, size, 1, stroke=0, fill=1)
            canvas.setFillAlpha(1)
            put(canvas, at_x - wide / 2, at_y - 0.27 * size, bone.name, size, hex_colour(bone.bone), bold=True)

    def _draw_legend(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        y = top - 0.9 * self.size
        put(canvas, x, y, "0", self.size, SOFT)
        wide = text_width("1 bit", self.size)
        put(canvas, x + width - wide, y, "1 bit", self.size, SOFT)
        start = x + self.size
        _image(canvas, self.pictures.palette, start, y, x + width - wide - 0.4 * self.size - start, 0.7 * self.size)

    def _shafts(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Every shaft below its bone's name."""
        each = self._shaft_wide(width)
        for shaft, image in zip(self.pictures.shafts, self.pictures.shaft_images, strict=True):
            canvas.setFillColor(hex_colour(shaft.bone))
            canvas.setStrokeColor(SOFT)
            canvas.setLineWidth(0.3)
            canvas.rect(x, top - self.size, 0.75 * self.size, 0.75 * self.size, stroke=1, fill=1)
            put(canvas, x + self.size, top - 0.95 * self.size, shaft.bone.title, self.size, INK, bold=True)
            _shaft(canvas, shaft, image, x, top - self._title, each / COLUMNS)
            x += each + _GAP


def _shaft(canvas: Canvas, shaft: Shaft, image: bytes, x: float, top: float, unit: float) -> None:
    """One enlarged shaft with its curve below; ``unit``: points per picture point."""

    def at(points: np.ndarray, below: float = 0.0) -> np.ndarray:
        return np.stack([x + points[:, 0] * unit, top - (points[:, 1] + below) * unit], axis=1)

    _image(canvas, image, x, top - ROWS * unit, COLUMNS * unit, ROWS * unit)
    _profiles(canvas, [at(level.points + 0.5) for level in shaft.levels], thick=0.9)
    size = 24 * unit
    for level in shaft.levels:
        right, y = x + (COLUMNS - 4) * unit, top - (level.points[-1, 1] - 6) * unit
        wide = text_width(level.name, size)
        canvas.setFillColor("#000000")
        canvas.setFillAlpha(0.45)
        canvas.rect(right - wide - 1, y - 0.15 * size, wide + 2, 0.95 * size, stroke=0, fill=1)
        canvas.setFillAlpha(1)
        put(canvas, right - wide, y, level.name, size, "#ffffff")
    curve = np.stack([np.arange(COLUMNS), CURVE_ROWS * (1.0 - shaft.curve) + CURVE_TOP], axis=1)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.9)
    _lines(canvas, [at(curve, ROWS)])
    left, inner_left, inner_right, right = (float(edge) for edge in shaft.edges)
    for ends, down, words, dashed in (
        ((left, right), 140, shaft.outer, False),
        ((inner_left, inner_right), 100, shaft.medullary, True),
    ):
        canvas.setLineWidth(0.5)
        canvas.setDash([1.5, 1.2] if dashed else [])
        _lines(canvas, [at(np.array([[end, ROWS], [end, ROWS + down + 6]])) for end in ends])
        canvas.setDash([])
        canvas.setLineWidth(1.3)
        _lines(canvas, [at(np.array([[ends[0], ROWS + down], [ends[1], ROWS + down]]))])
        wide = text_width(words, size)
        middle, y = x + sum(ends) / 2 * unit, top - (ROWS + down + 26) * unit
        canvas.setFillColor("#ffffff")
        canvas.rect(middle - wide / 2 - 1, y - 0.1 * size, wide + 2, 0.85 * size, stroke=0, fill=1)
        put(canvas, middle - wide / 2, y, words, size, INK)


def _profiles(canvas: Canvas, profiles: Iterable[np.ndarray], thick: float) -> None:
    """White cortices with a dark rim, dotted cavities."""
    profiles = list(profiles)
    cortices = [points[part] for points in profiles for part in (slice(0, 2), slice(2, 4))]
    for colour, width in (("#000000", 1.8 * thick), ("#ffffff", thick)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        _lines(canvas, cortices)
    canvas.setLineWidth(0.4 * thick)
    canvas.setDash([1, 1])
    _lines(canvas, [points[1:3] for points in profiles])
    canvas.setDash([])


def _lines(canvas: Canvas, lines: Iterable[np.ndarray]) -> None:
    """Open lines of page points; points that fall together at a twentieth of a point are drawn once."""
    path = canvas.beginPath()
    for line in lines:
        points = np.round(line, 1)
        kept = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
        path.moveTo(*points[0].tolist())
        for point in points[kept][1:].tolist():
            path.lineTo(*point)
    canvas.drawPath(path)


def _image(canvas: Canvas, data: bytes, x: float, y: float, width: float, height: float) -> None:
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(io.BytesIO(data)), x, y, width, height)
