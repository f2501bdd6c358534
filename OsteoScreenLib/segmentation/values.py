"""Plausible outlines, their consensus, and where they are unsure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import BONES, Bone


@dataclass(frozen=True)
class GridMapping:
    """Affine map from network-grid pixels to film pixels.

    ``film_(row, column) = matrix @ grid_(row, column) + offset``; pixel centres lie at whole numbers on both grids.
    """

    matrix: np.ndarray
    offset: np.ndarray
    grid_shape: tuple[int, int]
    film_shape: tuple[int, int]

    def to_film(self, points: np.ndarray) -> np.ndarray:
        """Map points (n x 2, row and column on the network grid) to film pixels."""
        return np.asarray(points, float) @ self.matrix.T + self.offset

    def to_grid(self, points: np.ndarray) -> np.ndarray:
        """Map points (n x 2, row and column on the film) to network-grid pixels."""
        return (np.asarray(points, float) - self.offset) @ np.linalg.inv(self.matrix).T

    @property
    def film_pixels_per_grid_pixel(self) -> float:
        """Length of one network-grid pixel in film pixels."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))


@dataclass(frozen=True)
class Hypotheses:
    """A weighted set of plausible segmentations.

    Attributes
    ----------
    probabilities : float32 array, N x 7 x rows x columns, at network resolution
    weights : float array, N, summing to 1
    experts : int array, N: the expert (0..K-1) each hypothesis was drawn from
    mapping : from the network grid to the film
    """

    probabilities: np.ndarray
    weights: np.ndarray
    experts: np.ndarray
    mapping: GridMapping


@dataclass(frozen=True)
class UncertaintyMaps:
    """Entropies in bits on the film's grid (float32, rows x columns, 0..1); total = between + within.

    At each pixel the values are those of the bone with the largest total there.
    """

    total: np.ndarray
    between: np.ndarray
    within: np.ndarray


@dataclass(frozen=True)
class BoneSummary:
    """What the hypotheses say of one bone.

    ``found``: enough connected area to be this bone. ``area_px``: pixels of the consensus mask on the film.
    ``disagreement``: expected 1 - IoU between two hypotheses drawn by weight (0 = all the same).
    ``mean_uncertainty``: mean total entropy in bits over the consensus mask and a rim around it.
    ``drawn``: the outline is a person's, not the model's.
    """

    bone: Bone
    found: bool
    area_px: int
    disagreement: float
    mean_uncertainty: float
    drawn: bool = False


@dataclass(frozen=True)
class Segmentation:
    """Consensus on the film's own grid.

    Attributes
    ----------
    masks : bool array, 7 x rows x columns; bones may overlap
    uncertainty : maps over all bones on the film's grid
    bones : one summary per bone, in channel order
    hypotheses : what the consensus was made of; ``None`` where not stored
    renamed : bones whose outline the network had given to another bone, renamed by their places
    """

    masks: np.ndarray
    uncertainty: UncertaintyMaps
    bones: tuple[BoneSummary, ...]
    hypotheses: Hypotheses | None
    renamed: tuple[Bone, ...] = ()

    def mask(self, bone: Bone) -> np.ndarray:
        """Consensus mask of one bone (bool, rows x columns)."""
        return self.masks[bone.channel]

    def found(self, bone: Bone) -> bool:
        """Whether the bone was found."""
        return self.bones[bone.channel].found

    @property
    def found_bones(self) -> tuple[Bone, ...]:
        """The bones that were found, in channel order."""
        return tuple(bone for bone in BONES if self.found(bone))
