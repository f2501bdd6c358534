"""Size, place and direction of an outlined bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.segmentation.values import Segmentation

_ROWS_ENOUGH = 500
"""Masks are thinned to about this many rows: shapes need no more."""


@dataclass(frozen=True)
class BoneShape:
    """A bone as a bar, in film pixels: ``axis`` is a unit vector (row, column) without a meaningful sign."""

    bone: Bone
    centroid: np.ndarray
    axis: np.ndarray
    length: float
    width: float

    @property
    def elongation(self) -> float:
        """Length over width."""
        return self.length / self.width


def bone_shapes(segmentation: Segmentation) -> dict[Bone, BoneShape]:
    """Shape of every bone that was found."""
    step = max(1, segmentation.masks.shape[1] // _ROWS_ENOUGH)
    shapes = {}
    for bone in segmentation.found_bones:
        points = np.argwhere(segmentation.mask(bone)[::step, ::step]) * float(step)
        if len(points) >= 8:
            shapes[bone] = _shape(bone, points, step)
    return shapes


def _shape(bone: Bone, points: np.ndarray, step: int) -> BoneShape:
    centroid = points.mean(0)
    _, vectors = np.linalg.eigh(np.cov((points - centroid).T))
    axis = vectors[:, 1]
    along = (points - centroid) @ axis
    length = float(along.max() - along.min()) + step
    return BoneShape(bone, centroid, axis, length, max(len(points) * step**2 / length, 1.0))
