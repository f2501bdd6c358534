"""Brings a film onto a network grid: area mean where it shrinks, then bilinear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.segmentation.values import GridMapping


@dataclass(frozen=True)
class InputGrid:
    """A network-input grid laid over a film.

    ``film_(row, column) = matrix @ grid_(row, column) + offset``; pixel centres at whole numbers on both;
    ``matrix`` is a rotation times ``scale`` (film pixels per grid pixel).
    """

    matrix: np.ndarray
    offset: np.ndarray
    shape: tuple[int, int]
    film_shape: tuple[int, int]

    @property
    def scale(self) -> float:
        """Length of one grid pixel in film pixels."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    def output_mapping(self, stride: int, shape: tuple[int, int]) -> GridMapping:
        """Mapping of the network's output grid (``shape``), each pixel of which covers ``stride`` x ``stride`` of this grid.

        The centre of output pixel i lies at input ``stride * i + (stride - 1) / 2``.
        """
        centre = np.full(2, (stride - 1) / 2)
        return GridMapping(self.matrix * stride, self.matrix @ centre + self.offset, shape, self.film_shape)


def sample(film: np.ndarray, grid: InputGrid) -> np.ndarray:
    """``film`` (rows x columns, float32) on ``grid``; float32, 0 outside the film.

    Whole blocks of film pixels are averaged first, so that nothing aliases, and only the part of the film under the grid
    is touched.
    """
    rows, columns = np.ogrid[: grid.shape[0], : grid.shape[1]]
    row = grid.matrix[0, 0] * rows + grid.matrix[0, 1] * columns + grid.offset[0]
    column = grid.matrix[1, 0] * rows + grid.matrix[1, 1] * columns + grid.offset[1]
    inside = (row >= -0.5) & (row <= film.shape[0] - 0.5) & (column >= -0.5) & (column <= film.shape[1] - 0.5)
    if not inside.any():
        return np.zeros(grid.shape, np.float32)
    factor = max(1, int(grid.scale + 0.5))
    top, bottom = _part(row, film.shape[0], factor)
    left, right = _part(column, film.shape[1], factor)
    blocks = block_mean(film[top:bottom, left:right], factor)
    # Centre of block b: start + factor * b + (factor - 1) / 2.
    start = np.array([top, left], float) + (factor - 1) / 2
    sampled = ndimage.affine_transform(
        blocks, grid.matrix / factor, (grid.offset - start) / factor, output_shape=grid.shape, order=1, mode="nearest"
    )
    return np.where(inside, sampled, np.float32(0))


def block_mean(image: np.ndarray, factor: int) -> np.ndarray:
    """Mean over ``factor`` x ``factor`` blocks (float32); incomplete blocks at the end average what they have."""
    if factor == 1:
        return np.asarray(image, np.float32)
    whole_rows, whole_columns = (image.shape[0] // factor) * factor, (image.shape[1] // factor) * factor
    parts = [(slice(0, whole_rows), slice(0, whole_columns))]
    out = np.empty((-(-image.shape[0] // factor), -(-image.shape[1] // factor)), np.float32)
    if whole_rows and whole_columns:
        block = image[parts[0]]
        # Rows first: strided additions of whole rows are several times faster than one mean over two axes.
        tall = block[0::factor].astype(np.float32)
        for step in range(1, factor):
            tall += block[step::factor]
        out[: whole_rows // factor, : whole_columns // factor] = np.add.reduceat(
            tall, np.arange(0, whole_columns, factor), axis=1
        ) / np.float32(factor**2)
    if whole_rows < image.shape[0]:
        out[-1:] = _line_mean(image[whole_rows:].mean(0, keepdims=True), factor)
    if whole_columns < image.shape[1]:
        out[:, -1:] = _line_mean(image[:, whole_columns:].mean(1, keepdims=True).T, factor).T
    return out


def _line_mean(line: np.ndarray, factor: int) -> np.ndarray:
    """Mean over runs of ``factor`` along the second axis of a 1 x n array."""
    starts = np.arange(0, line.shape[1], factor)
    lengths = np.diff(np.append(starts, line.shape[1]))
    return (np.add.reduceat(line, starts, axis=1) / lengths).astype(np.float32)


def _part(coordinates: np.ndarray, size: int, factor: int) -> tuple[int, int]:
    """Rows (or columns) of the film that the grid touches, with room for interpolation, starting on a whole block."""
    low = int(np.floor(coordinates.min())) - 2 * factor
    high = int(np.ceil(coordinates.max())) + 2 * factor + 1
    start = min(max(low, 0), size - 1) // factor * factor
    return start, max(min(high, size), start + 1)
