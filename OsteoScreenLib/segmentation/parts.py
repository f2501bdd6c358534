"""One connected part per bone, at network resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SPUR_SHARE = 0.3
"""What is thinner than this share of a bone's largest inscribed radius is no part of it."""
REGROWTH = 1.0
"""Pixels by which the opened mask may grow back."""


@dataclass(frozen=True)
class Part:
    """The largest connected part of one bone.

    Attributes
    ----------
    mask : bool array, rows x columns of the network grid, without holes; empty where nothing passed the threshold
    area : its pixels
    mean_probability : mean probability inside, 0 where empty
    found : whether area and mean probability suffice to call it this bone
    """

    mask: np.ndarray
    area: int
    mean_probability: float
    found: bool


def largest_part(probability: np.ndarray, threshold: float, min_area: int, min_probability: float) -> Part:
    """The connected part of ``probability`` (rows x columns) at or above ``threshold`` with the largest sum.

    Parts connect through sides only, so that they stay connected when interpolated; holes are filled, thin spurs cut off.
    """
    labels, count = ndimage.label(probability >= threshold)
    if count == 0:
        return Part(np.zeros(probability.shape, bool), 0, 0.0, False)
    mass = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count + 1)
    label = int(np.argmax(mass[1:])) + 1
    place = ndimage.find_objects(labels, label)[label - 1]
    inside = labels[place] == label
    mean = float(probability[place][inside].mean())
    mask = np.zeros(probability.shape, bool)
    mask[place] = without_spurs(_filled(inside))
    area = int(mask.sum())
    return Part(mask, area, mean, area >= min_area and mean >= min_probability)


def largest_parts(mean: np.ndarray, thresholds: Sequence[float], min_area: int, min_probability: float) -> tuple[Part, ...]:
    """`largest_part` of every bone of ``mean`` (7 x rows x columns)."""
    return tuple(
        largest_part(probability, threshold, min_area, min_probability)
        for probability, threshold in zip(mean, thresholds, strict=True)
    )


def _filled(mask: np.ndarray) -> np.ndarray:
    """``mask`` (tight in its box) with holes filled; background that meets only at corners counts as connected."""
    outside, _ = ndimage.label(np.pad(~mask, 1, constant_values=True), structure=np.ones((3, 3)))
    return (outside != outside[0, 0])[1:-1, 1:-1]


def without_spurs(mask: np.ndarray) -> np.ndarray:
    """``mask`` (tight in its box) without appendages much thinner than the bone: bits of a neighbour drawn along.

    An opening by `SPUR_SHARE` of the largest inscribed radius, which then grows back a little inside the mask, so that corners
    stay. Where the mask ends at its box's side, as a forearm does at the film's edge, it is taken to go on beyond.
    """
    margin = 4
    padded = np.pad(mask, margin, mode="edge")
    depth = ndimage.distance_transform_edt(np.pad(padded, 1))[1:-1, 1:-1]
    radius = SPUR_SHARE * float(depth.max())
    core = depth > radius
    if not core.any() or radius < 1:
        return mask
    labels, count = ndimage.label(core)
    if count > 1:
        core = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    kept = padded & (ndimage.distance_transform_edt(~core) <= radius + REGROWTH)
    return np.asarray(kept[margin:-margin, margin:-margin])
