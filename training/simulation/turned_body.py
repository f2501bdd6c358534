"""Soft tissue of a hand that does not lie flat: limbs stand one behind the other, and the rays pass through all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from training.simulation.obliquity import Attitude, projected_half_width
from training.simulation.tubes import Placement

# From, to (mm, with height above the hand's plane), half widths and half depths at both ends (mm).
Limb = tuple[np.ndarray, np.ndarray, tuple[float, float], tuple[float, float]]
BEADS_APART = 0.4
"""Distance of the ellipsoids that a limb is strung from, in half widths: the path through them ripples by 2 %."""


def path_through(
    limbs: Iterable[Limb], attitude: Attitude, placement: Placement, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Path (mm, float32) from the first skin a ray meets to the last: limbs that hold together without air between them.

    Each limb is a string of ellipsoids whose shadows turn with the hand; an ellipsoid keeps its volume.
    """
    shape = (rows.shape[0], columns.shape[1])
    front, back = np.full(shape, -np.inf, np.float32), np.full(shape, np.inf, np.float32)
    for start, end, widths, depths in limbs:
        count = 2 + int(np.linalg.norm(end - start) / (BEADS_APART * min(widths)))
        for share in np.linspace(0, 1, count):
            width, depth = (float(pair[0] + share * (pair[1] - pair[0])) for pair in (widths, depths))
            _add_bead(front, back, start + share * (end - start), width, depth, attitude, placement, rows, columns)
    return np.where(np.isfinite(front), front - back, np.float32(0)).astype(np.float32)


def _add_bead(
    front: np.ndarray,
    back: np.ndarray,
    centre: np.ndarray,
    width: float,
    depth: float,
    attitude: Attitude,
    placement: Placement,
    rows: np.ndarray,
    columns: np.ndarray,
) -> None:
    """Move ``front`` forward and ``back`` backward where an ellipsoid (half width, half depth) reaches further."""
    across, along = (
        float(projected_half_width(np.array(width), np.array(depth), angle)) for angle in (attitude.roll_rad, attitude.pitch_rad)
    )
    column, row = placement.to_film(centre[None, :2])[0]
    reach = max(across, along) * placement.pixels_per_mm + 1
    high, low = max(int(row - reach), 0), min(int(row + reach) + 2, front.shape[0])
    left, right = max(int(column - reach), 0), min(int(column + reach) + 2, front.shape[1])
    if high >= low or left >= right:
        return
    window = (slice(high, low), slice(left, right))
    scale = np.float32(1 / placement.pixels_per_mm)
    y, x = (rows[window[0]] - np.float32(row)) * scale, (columns[:, window[1]] - np.float32(column)) * scale
    cosine, sine = np.float32(np.cos(placement.angle_rad)), np.float32(np.sin(placement.angle_rad))
    squared = ((cosine * x + sine * y) / np.float32(across)) ** 2 + ((cosine * y - sine * x) / np.float32(along)) ** 2
    inside = squared < 1
    half = np.float32(width * width * depth / (across * along)) * np.sqrt(np.maximum(1 - squared, 0))
    height = np.float32(centre[2])
    front[window] = np.where(inside, np.maximum(front[window], height + half), front[window])
    back[window] = np.where(inside, np.minimum(back[window], height - half), back[window])
