"""The long axis of a bone, which of its ends is the base, and how its shaft runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.radiogrammetry.values import Point
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.segmentation.values import Segmentation

SHAFT = (0.25, 0.75)
"""Part of the length that is shaft and not flare (fractions from the base); the midline is fitted there."""
_THINNING = 3
"""Other bones are only needed roughly, to tell the ends apart: every third pixel will do."""


@dataclass(frozen=True)
class Plane:
    """Film plane with square units: a point is (row * row_scale, column * column_scale).

    The scales have a geometric mean of 1, so that a unit is one pixel of equal area, and ``unit_mm`` millimetres where the
    spacing is trusted. Where it is not, pixels are taken as square.
    """

    row_scale: float
    column_scale: float
    unit_mm: float | None

    @classmethod
    def of(cls, spacing: Spacing) -> Plane:
        """Plane of a film with this spacing."""
        if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
            return cls(1.0, 1.0, None)
        unit = float(np.sqrt(spacing.row_mm * spacing.column_mm))
        return cls(spacing.row_mm / unit, spacing.column_mm / unit, unit)

    @property
    def scale(self) -> np.ndarray:
        """(row_scale, column_scale)."""
        return np.array([self.row_scale, self.column_scale])

    def from_film(self, points: np.ndarray) -> np.ndarray:
        """Film pixels (... x 2, row and column) to the plane."""
        return np.asarray(points, float) * self.scale

    def to_film(self, points: np.ndarray) -> np.ndarray:
        """Plane (... x 2) to film pixels."""
        return np.asarray(points, float) / self.scale


@dataclass(frozen=True)
class ShaftAxis:
    """Straight axis from base to head, and the bent midline of the shaft beside it; all in `Plane` units.

    ``midline`` are polynomial coefficients (highest first) of the sideways offset as a function of the fraction of the
    length; ``width`` are coefficients of the outline's width in the same way, over `SHAFT`.
    """

    bone: Bone
    base: np.ndarray
    head: np.ndarray
    midline: np.ndarray
    width: np.ndarray

    @property
    def length(self) -> float:
        """Distance between base and head."""
        return float(np.linalg.norm(self.head - self.base))

    @property
    def along(self) -> np.ndarray:
        """Unit vector from base to head."""
        return (self.head - self.base) / self.length

    @property
    def across(self) -> np.ndarray:
        """Unit vector perpendicular to ``along``."""
        return _perpendicular(self.along)

    def centre(self, level: np.ndarray) -> np.ndarray:
        """Points of the midline at fractions of the length (... -> ... x 2)."""
        level = np.asarray(level, float)[..., None]
        return self.base + level * self.length * self.along + np.polyval(self.midline, level) * self.across

    def normal(self, level: np.ndarray) -> np.ndarray:
        """Unit vectors perpendicular to the midline at fractions of the length (... -> ... x 2)."""
        slope = np.polyval(np.polyder(self.midline), np.asarray(level, float))[..., None] / self.length
        return (self.across - slope * self.along) / np.sqrt(1.0 + slope**2)


def find_axes(segmentation: Segmentation, bones: Iterable[Bone], plane: Plane) -> dict[Bone, ShaftAxis]:
    """Long axes of the found ``bones``; a bone whose mask is too small or too round to have one is left out.

    The direction of the principal axis is refined through the midpoints of the shaft's cross-sections, because flared ends
    of unequal shape turn the principal axis. The base is the end nearer to the forearm. Where no forearm bone is outlined it
    is the end at which the metacarpals converge, and where the bone is alone the lower end on the film (fingers up).
    """
    points = {bone: found for bone in bones if (found := bone_points(segmentation, bone, plane)) is not None}
    straight = {bone: fitted for bone, pts in points.items() if (fitted := straight_axis(pts)) is not None}
    if not straight:
        return {}
    forearm, metacarpals = _surroundings(segmentation, plane)
    axes = {}
    for bone, (origin, direction) in straight.items():
        along = (points[bone] - origin) @ direction
        ends = np.array([origin + along.min() * direction, origin + along.max() * direction])
        base, head = ends if _first_is_base(bone, ends, forearm, metacarpals) else ends[::-1]
        axis = with_midline(bone, base, head, points[bone])
        if axis is not None:
            axes[bone] = axis
    return axes


def film_point(point: np.ndarray, plane: Plane) -> Point:
    """A plane point as (row, column) in film pixels."""
    row, column = plane.to_film(point)
    return (float(row), float(column))


def bone_points(segmentation: Segmentation, bone: Bone, plane: Plane) -> np.ndarray | None:
    """Pixels of the largest connected part of the bone's mask (n x 2, plane units)."""
    if not segmentation.found(bone):
        return None
    mask = segmentation.mask(bone)
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    band = mask[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(band.any(axis=0))
    crop = band[:, columns[0] : columns[-1] + 1]
    labels, count = ndimage.label(crop)
    if count > 1:
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        crop = labels == sizes.argmax()
    return plane.from_film(np.argwhere(crop) + np.array([rows[0], columns[0]]))


def straight_axis(points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Origin and unit direction of the axis through the shaft's midpoints, or ``None`` for a blob."""
    if len(points) < 40:
        return None
    origin = points.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov((points - origin).T))
    if variances[1] < 4.0 * variances[0]:
        return None
    direction = vectors[:, 1]
    for _ in range(3):
        along, across = (points - origin) @ direction, (points - origin) @ _perpendicular(direction)
        low, high = along.min(), along.max()
        fraction = (along - low) / (high - low)
        position, middle, _ = _cross_sections(fraction, across, high - low)
        if len(position) < 5:
            return None
        slope, offset = _robust_polyfit(position * (high - low) + low, middle, 1)
        origin = origin + offset * _perpendicular(direction)
        direction = direction + slope * _perpendicular(direction)
        direction /= np.linalg.norm(direction)
    return origin, direction


def with_midline(bone: Bone, base: np.ndarray, head: np.ndarray, points: np.ndarray) -> ShaftAxis | None:
    """Axis from ``base`` to ``head`` with the midline and width of the outline's ``points`` between, or ``None`` for too few."""
    length = float(np.linalg.norm(head - base))
    direction = (head - base) / length
    fraction = (points - base) @ direction / length
    position, middle, width = _cross_sections(fraction, (points - base) @ _perpendicular(direction), length)
    if len(position) < 5:
        return None
    return ShaftAxis(bone, base, head, _robust_polyfit(position, middle, 2), _robust_polyfit(position, width, 2))


def _cross_sections(fraction: np.ndarray, across: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions (fractions), midpoints and widths of the outline's cross-sections along the shaft."""
    inside = (fraction > SHAFT[0]) & (fraction < SHAFT[1])
    fraction, across = fraction[inside], across[inside]
    count = int(np.clip((SHAFT[1] - SHAFT[0]) * length / 2.0, 5, 60))
    section = ((fraction - SHAFT[0]) / (SHAFT[1] - SHAFT[0]) * count).astype(int)
    pixels = np.bincount(section, minlength=count)[:count]
    full = pixels > 0
    middle = np.bincount(section, across, count)[:count][full] / pixels[full]
    width = pixels[full] * count / ((SHAFT[1] - SHAFT[0]) * length)
    position = SHAFT[0] + (np.arange(count) + 0.5)[full] / count * (SHAFT[1] - SHAFT[0])
    return position, middle, width


def _robust_polyfit(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    """Polynomial fit that a few stray cross-sections cannot bend (Tukey weights, three rounds)."""
    weights = np.ones_like(x)
    for _ in range(3):
        coefficients = np.polyfit(x, y, degree, w=weights)
        residual = np.abs(y - np.polyval(coefficients, x))
        spread = max(1.4826 * float(np.median(residual)), 1e-3)
        weights = np.clip(1.0 - (residual / (4.7 * spread)) ** 2, 1e-3, None)
    return coefficients


def _surroundings(segmentation: Segmentation, plane: Plane) -> tuple[np.ndarray, dict[Bone, np.ndarray]]:
    """Thinned pixels of the forearm bones, and of every found metacarpal (plane units)."""
    thin = segmentation.masks[:, ::_THINNING, ::_THINNING]
    pixels = {
        bone: plane.from_film(np.argwhere(thin[bone.channel]) * _THINNING)
        for bone in (*FOREARM_BONES, *METACARPALS)
        if segmentation.found(bone)
    }
    forearm = [pixels[bone] for bone in FOREARM_BONES if bone in pixels]
    metacarpals = {bone: pixels[bone] for bone in METACARPALS if bone in pixels and len(pixels[bone]) > 20}
    return np.concatenate([np.empty((0, 2)), *forearm]), metacarpals


def _first_is_base(bone: Bone, ends: np.ndarray, forearm: np.ndarray, metacarpals: dict[Bone, np.ndarray]) -> bool:
    if len(forearm):
        distance = [np.min(np.linalg.norm(forearm - end, axis=1)) for end in ends]
        return bool(distance[0] < distance[1])
    convergence = 0.0
    for other, pixels in metacarpals.items():
        if other is not bone:
            others = [np.min(np.linalg.norm(pixels - end, axis=1)) for end in ends]
            convergence += float(others[1] - others[0])
    if convergence != 0.0:
        return convergence > 0.0
    return bool(ends[0][0] > ends[1][0])


def _perpendicular(direction: np.ndarray) -> np.ndarray:
    return np.array([-direction[1], direction[0]])
