"""Heel effect: rays that leave the anode at a grazing angle cross more of its tungsten."""

from __future__ import annotations

import numpy as np

ANODE_ANGLE_RAD = float(np.deg2rad(12))
FOCUS_DISTANCE_CM = 100.0
_REACH_CM = 18.0
"""Beyond it the field is taken as uneven as at this distance: no collimated field of a hand reaches further."""


def heel_effect(
    shape: tuple[int, ...], pixels_per_mm: float, percent_per_cm: float, axis_rad: float, centre: tuple[float, float]
) -> np.ndarray:
    """Beam intensity over the film relative to the central ray; float32, ``shape``.

    Electrons stop at one depth below the anode's face (angle a to the central ray), so that a ray at angle f towards the
    cathode crosses depth / sin(a + f) of tungsten: intensity exp(-k (1 / sin(a + f) - 1 / sin a)). ``percent_per_cm`` is the
    slope at the central ray, towards the cathode, in percent of the intensity there; ``axis_rad`` is the direction of the cathode
    on the film and ``centre`` (column, row) where the central ray meets it.
    """
    slope = percent_per_cm / 100
    k = slope * FOCUS_DISTANCE_CM * np.sin(ANODE_ANGLE_RAD) ** 2 / np.cos(ANODE_ANGLE_RAD)
    to_cm = np.float32(0.1 / pixels_per_mm)
    x = (np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(centre[0])) * to_cm
    y = (np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(centre[1])) * to_cm
    along = np.clip(x * np.float32(np.cos(axis_rad)) + y * np.float32(np.sin(axis_rad)), -_REACH_CM, _REACH_CM)
    # One line of values, looked up: the formula has a single variable.
    stations = np.linspace(-_REACH_CM, _REACH_CM, 4097)
    grazing = np.maximum(ANODE_ANGLE_RAD + np.arctan(stations / FOCUS_DISTANCE_CM), np.deg2rad(1.5))
    line = np.exp(-k * (1 / np.sin(grazing) - 1 / np.sin(ANODE_ANGLE_RAD))).astype(np.float32)
    return line[((along + np.float32(_REACH_CM)) * np.float32(4096 / (2 * _REACH_CM)) + np.float32(0.5)).astype(np.int16)]
