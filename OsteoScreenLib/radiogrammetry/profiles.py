"""Brightness profiles across the shaft: many per level, sub-pixel, perpendicular to the local shaft direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.radiogrammetry.axis import Plane, ShaftAxis
from OsteoScreenLib.radiograph.values import Radiograph

PROFILES = 64
"""Profiles per level."""
SEGMENT = 0.05
"""Half the shaft segment of a level, as a fraction of the bone's length."""
SAMPLES = 161
REACH = 1.15
"""Profiles reach this many outline widths to either side of the midline."""
_SMOOTHING_PX = 1.5
_SMOOTHING = 0.01
"""Smoothing along the shaft (standard deviation, the larger of pixels and a fraction of the length): the neighbours of a
profile repeat its signal, but not its noise."""


@dataclass(frozen=True)
class ProfileBlock:
    """Profiles of all levels, one row per bone and level.

    Attributes
    ----------
    values : levels x profiles x samples, film brightness; smoothed along the shaft only
    position : samples, place on the profile in outline widths, 0 on the outline's midline
    unit : levels, one outline width in `Plane` units
    centres, normals : levels x profiles x 2, in `Plane` units
    inside : levels x profiles, whether the inner part of the profile lies on the film and in its field
    independent : levels, how many profiles' worth of independent noise a level's smoothed profiles hold
    """

    values: np.ndarray
    position: np.ndarray
    unit: np.ndarray
    centres: np.ndarray
    normals: np.ndarray
    inside: np.ndarray
    independent: np.ndarray


def sample(radiograph: Radiograph, plane: Plane, shafts: list[tuple[ShaftAxis, float]]) -> ProfileBlock:
    """Sample every (axis, level) by cubic splines from the film's unclipped pixels."""
    position = np.linspace(-REACH, REACH, SAMPLES)
    spread = np.linspace(-SEGMENT, SEGMENT, PROFILES)
    unit = np.array([float(np.polyval(axis.width, level)) for axis, level in shafts])
    centres = np.array([axis.centre(level + spread) for axis, level in shafts])
    normals = np.array([axis.normal(level + spread) for axis, level in shafts])
    reach = position[None, None, :, None] * unit[:, None, None, None]
    points = plane.to_film(centres[:, :, None, :] + reach * normals[:, :, None, :])
    values = np.empty(points.shape[:3])
    independent = np.empty(len(shafts))
    for row in range(len(shafts)):
        step = 2.0 * SEGMENT * shafts[row][0].length / (PROFILES - 1)
        smoothing = max(_SMOOTHING_PX, _SMOOTHING * shafts[row][0].length) / step
        # White noise smoothed by a Gaussian repeats itself over 2 sqrt(pi) standard deviations.
        independent[row] = max(PROFILES / (2.0 * np.sqrt(np.pi) * smoothing), 1.0)
        values[row] = ndimage.gaussian_filter1d(_spline(radiograph.pixels, points[row]), smoothing, axis=0)
    inner = points[:, :, np.abs(position) <= 0.75]
    return ProfileBlock(values, position, unit, centres, normals, _in_field(radiograph.field, inner), independent)


def _spline(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Cubic-spline values at points (profiles x samples x 2), prefiltering only the part of the film around them."""
    margin = 12
    low = np.maximum(np.floor(points.min(axis=(0, 1))).astype(int) - margin, 0)
    high = np.minimum(np.ceil(points.max(axis=(0, 1))).astype(int) + margin + 1, pixels.shape)
    low = np.minimum(low, np.array(pixels.shape) - 1)
    high = np.maximum(high, low + 1)
    crop = np.asarray(pixels[low[0] : high[0], low[1] : high[1]], np.float32)
    coordinates = np.moveaxis(points - low, -1, 0)
    return ndimage.map_coordinates(crop, coordinates, order=3, mode="nearest", output=np.float64)


def _in_field(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Whether all points of a profile lie on the film and in its field (levels x profiles)."""
    index = np.rint(points).astype(int)
    limit = np.array(field.shape)
    on_film = ((index >= 0) & (index < limit)).all(axis=-1)
    index = np.clip(index, 0, limit - 1)
    return (on_film & field[index[..., 0], index[..., 1]]).all(axis=-1)
