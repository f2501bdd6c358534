"""From the network's grid to the film's own: one smooth connected mask per bone, and maps of where it is unsure."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from OsteoScreenLib.segmentation.parts import Part, largest_part
from OsteoScreenLib.segmentation.values import GridMapping

_MARGIN = 3
"""Grid pixels kept around a bone while it is refined."""


def film_mask(probability: np.ndarray, threshold: float, part: Part, mapping: GridMapping) -> np.ndarray:
    """Mask of one bone on the film (bool): where ``probability``, interpolated, reaches ``threshold``.

    Only the bone's ``part`` counts: other parts are cut off and holes filled before interpolating. A cubic spline first
    refines the grid to a few film pixels, so that outlines show no steps and no kinks; bilinear from there on.
    """
    mask = np.zeros(mapping.film_shape, bool)
    if not part.mask.any():
        return mask
    box = _box(part.mask, _MARGIN)
    near = ndimage.binary_dilation(part.mask[box], structure=np.ones((3, 3)), iterations=1)
    # Beyond one pixel around the part nothing may reach the threshold; smaller values are kept for a smooth flank.
    local = np.where(near, probability[box], np.minimum(probability[box], np.float32(0.5 * threshold)))
    hole = part.mask[box] & (local < threshold)
    local[hole] = 1.0
    fine, fine_map = _refined(local.astype(np.float32), box, mapping)
    kept = largest_part(fine, threshold, 1, 0.0).mask
    around = ndimage.binary_dilation(kept, structure=np.ones((3, 3)))
    fine = np.where(kept, np.maximum(fine, np.float32(threshold)), np.where(around, np.minimum(fine, threshold - 1e-4), 0))
    place = _place(fine_map)
    if place is None:
        return mask
    mask[place] = _on_film(fine.astype(np.float32), fine_map, place) >= np.float32(threshold)
    return mask


def film_maps(maps: Sequence[np.ndarray], mapping: GridMapping, below: float = 1e-3) -> tuple[np.ndarray, ...]:
    """Each map (rows x columns of the grid) on the film, bilinear, float32; 0 outside the grid.

    Only the region in which the first map exceeds ``below`` is interpolated, everything else is 0.
    """
    out = tuple(np.zeros(mapping.film_shape, np.float32) for _ in maps)
    region = maps[0] > below
    if not region.any():
        return out
    box = _box(region, 1)
    start = np.array([box[0].start, box[1].start], float)
    shape = (box[0].stop - box[0].start, box[1].stop - box[1].start)
    local = GridMapping(mapping.matrix, mapping.matrix @ start + mapping.offset, shape, mapping.film_shape)
    place = _place(local)
    if place is None:
        return out
    for target, values in zip(out, maps, strict=True):
        target[place] = _on_film(np.where(region, values, 0)[box].astype(np.float32), local, place)
    return out


def _box(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(rows[0] - margin, 0), min(rows[-1] + margin + 1, mask.shape[0])),
        slice(max(columns[0] - margin, 0), min(columns[-1] + margin + 1, mask.shape[1])),
    )


def _refined(values: np.ndarray, box: tuple[slice, slice], mapping: GridMapping) -> tuple[np.ndarray, GridMapping]:
    """``values`` (the grid's ``box``) on a finer grid of about three film pixels, by cubic spline, with its mapping."""
    factor = int(np.clip(round(mapping.film_pixels_per_grid_pixel / 3), 1, 4))
    start = np.array([box[0].start, box[1].start], float)
    if factor == 1:
        return values, GridMapping(mapping.matrix, mapping.matrix @ start + mapping.offset, values.shape, mapping.film_shape)
    # Fine pixel i has its centre at coarse (i + .5) / factor - .5.
    shift = 0.5 / factor - 0.5
    shape = (values.shape[0] * factor, values.shape[1] * factor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # older SciPy recalls what a diagonal meant before 0.18
        fine = ndimage.affine_transform(values, np.full(2, 1 / factor), shift, output_shape=shape, order=3, mode="nearest")
    offset = mapping.matrix @ (start + shift) + mapping.offset
    return fine, GridMapping(mapping.matrix / factor, offset, shape, mapping.film_shape)


def _place(mapping: GridMapping) -> tuple[slice, slice] | None:
    """Rows and columns of the film under the grid; ``None`` where it lies beside the film."""
    height, width = mapping.grid_shape
    corners = mapping.to_film(np.array([(r, c) for r in (-0.5, height - 0.5) for c in (-0.5, width - 0.5)]))
    low = np.maximum(np.ceil(corners.min(0)), 0).astype(int)
    high = np.minimum(np.floor(corners.max(0)) + 1, mapping.film_shape).astype(int)
    if (high <= low).any():
        return None
    return slice(low[0], high[0]), slice(low[1], high[1])


def _on_film(values: np.ndarray, mapping: GridMapping, place: tuple[slice, slice]) -> np.ndarray:
    """``values`` of the grid at the film pixels of ``place``, bilinear; float32, 0 outside the grid."""
    inverse = np.linalg.inv(mapping.matrix)
    corner = np.array([place[0].start, place[1].start], float)
    offset = inverse @ (corner - mapping.offset)
    shape = (place[0].stop - place[0].start, place[1].stop - place[1].start)
    if abs(inverse[0, 1]) + abs(inverse[1, 0]) < 1e-12:
        # Not turned: two products with banded matrices are several times faster than a general interpolation.
        by_row = _weights(inverse[0, 0], offset[0], shape[0], values.shape[0])
        by_column = _weights(inverse[1, 1], offset[1], shape[1], values.shape[1])
        return np.asarray((by_row @ values) @ by_column.T, np.float32)
    return ndimage.affine_transform(values, inverse, offset, output_shape=shape, order=1, mode="grid-constant")


def _weights(step: float, start: float, count: int, size: int) -> np.ndarray:
    """Bilinear weights (count x size, float32) of ``size`` samples at positions ``start + step * i``."""
    positions = start + step * np.arange(count)
    return np.clip(1 - np.abs(positions[:, None] - np.arange(size)[None, :]), 0, 1).astype(np.float32)
