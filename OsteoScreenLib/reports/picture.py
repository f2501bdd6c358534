"""A film reduced to a size for looking at, and the way from film pixels to that picture."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import Radiograph

LONGEST_SIDE = 1600
"""Pixels of the longer side of a picture: enough for a screen, small enough for a mail."""

PAGE_SIDE = 1100
"""The same on a page, which shows it beside others."""
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """A grey picture of a film with square pixels.

    Attributes
    ----------
    grey : uint8 array, rows x columns
    scale : picture pixels per film pixel along rows and columns
    """

    grey: np.ndarray
    scale: tuple[float, float]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the picture."""
        return (int(self.grey.shape[0]), int(self.grey.shape[1]))

    def points(self, film_points: np.ndarray) -> np.ndarray:
        """Map n x 2 (row, column) film pixels to n x 2 (x, y) picture pixels; pixel centres lie at whole numbers on both."""
        points = np.asarray(film_points, float).reshape(-1, 2)
        return ((points + 0.5) * np.array(self.scale) - 0.5)[:, ::-1]


def picture_of(radiograph: Radiograph, longest_side: int = LONGEST_SIDE) -> Picture:
    """Reduce a film so that its longer side has at most ``longest_side`` pixels; a small film is enlarged to half of that.

    Where the spacing is trusted and not square, the picture has square pixels all the same.
    """
    rows, columns = radiograph.shape
    row_mm, column_mm = radiograph.spacing.row_mm, radiograph.spacing.column_mm
    tall = row_mm / column_mm if radiograph.spacing.trusted and row_mm and column_mm else 1.0
    longest = max(rows * tall, columns)
    factor = min(longest_side, max(longest, longest_side / 2)) / longest
    shape = (max(1, round(rows * tall * factor)), max(1, round(columns * factor)))
    grey = np.rint(resized(radiograph.normalised(), shape) * 255.0).astype(np.uint8)
    return Picture(grey=grey, scale=(shape[0] / rows, shape[1] / columns))


def resized(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bring a rows x columns array with values in 0..1 to another grid: mean over the covered area, or linear when enlarged."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    method = Image.Resampling.BOX if shape[0] <= values.shape[0] else Image.Resampling.BILINEAR
    return np.clip(np.asarray(image.resize((shape[1], shape[0]), method)), 0.0, 1.0)


def encoded(pixels: np.ndarray, file_format: str) -> bytes:
    """An uint8 picture, grey or RGB, as the bytes of a ``JPEG`` or ``PNG`` file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, quality=_JPEG_QUALITY, optimize=True)
    return buffer.getvalue()
