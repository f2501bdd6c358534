"""Both cortices of the distal radius, at given distances proximal to the distal ulnar surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OsteoScreenLib.bones import METACARPALS, Bone
from OsteoScreenLib.radiogrammetry.axis import Plane, ShaftAxis, bone_points, straight_axis, with_midline
from OsteoScreenLib.radiogrammetry.edges import find_edges
from OsteoScreenLib.radiogrammetry.levels import ShaftLevel, measure_levels
from OsteoScreenLib.radiogrammetry.profiles import SEGMENT, sample
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, RadiusMeasurement, RejectedRadius
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.values import Segmentation

DISTANCES_MM = (50.0, 70.0)
"""Where bicortical width is read; the radius is a tube there, and no longer cancellous."""
_FRAME_MM = (20.0, 100.0)
"""Head and base of the frame in which these places are levels of a shaft: 50 mm is .625 of its length, 70 mm is .375."""
_HEAD_OF_ULNA_MM = 8.0
"""Columns of the ulna's outline that end within this of its tip belong to its head or styloid process."""


def measure_radius(
    radiograph: Radiograph, segmentation: Segmentation, distances_mm: Sequence[float] = DISTANCES_MM
) -> tuple[tuple[RadiusMeasurement, ...], tuple[RejectedRadius, ...]]:
    """Measured and rejected ``distances_mm`` (40 to 80), along the radius from the distal surface of the ulna.

    Profiles, edges and the fitted tube are those of the metacarpal levels; each distance averages 8 mm of shaft.
    """
    plane = Plane.of(radiograph.spacing)
    frame = _frame(segmentation, plane)
    if isinstance(frame, str):
        return (), tuple(RejectedRadius(distance, frame) for distance in distances_mm)
    axis, visible_mm = frame
    wanted: list[ShaftLevel] = []
    rejected: list[RejectedRadius] = []
    for distance in distances_mm:
        needed = distance + SEGMENT * (_FRAME_MM[1] - _FRAME_MM[0])
        if axis is None or visible_mm < needed:
            shown = f"Not on the film: it shows {max(visible_mm, 0):.0f} mm of radius proximal to the distal ulnar surface"
            rejected.append(RejectedRadius(distance, f"{shown}; {needed:.0f} mm are needed."))
        else:
            wanted.append(ShaftLevel(axis, (_FRAME_MM[1] - distance) / (_FRAME_MM[1] - _FRAME_MM[0])))
    measured: list[RadiusMeasurement] = []
    if wanted:
        block = sample(radiograph, plane, [(one.axis, one.level) for one in wanted])
        edges = find_edges(block, saturation=float(radiograph.pixels.max()))
        for one, outcome in zip(wanted, measure_levels(wanted, block, edges, plane), strict=True):
            distance = _FRAME_MM[1] - one.level * (_FRAME_MM[1] - _FRAME_MM[0])
            if isinstance(outcome, LevelMeasurement):
                measured.append(_of_radius(outcome, distance))
            else:
                rejected.append(RejectedRadius(distance, outcome.reason, outcome.set_aside))
    return tuple(measured), tuple(sorted(rejected, key=lambda each: each.distance_mm))


def _frame(segmentation: Segmentation, plane: Plane) -> tuple[ShaftAxis | None, float] | str:
    """The radius' shaft between `_FRAME_MM` (``None``: too little of it is seen), and how many mm of radius lie proximal to the
    ulnar surface; or why neither is known.
    """
    if plane.unit_mm is None:
        return "The pixel spacing is not trusted: millimetres along the forearm are unknown."
    points = {bone: bone_points(segmentation, bone, plane) for bone in (Bone.RADIUS, Bone.ULNA)}
    for bone, found in points.items():
        if found is None:
            return f"{bone.title} was not found."
    radius, ulna = points[Bone.RADIUS], points[Bone.ULNA]
    fitted = None if radius is None else straight_axis(radius)
    if radius is None or ulna is None or fitted is None:
        return "Not on the film: too little of the radius' shaft is seen to have a long axis."
    origin, direction = fitted
    distal = _towards_hand(segmentation, plane, origin, direction)
    surface = _ulnar_surface((ulna - origin) @ distal, (ulna - origin) @ np.array([-distal[1], distal[0]]), plane.unit_mm)
    head, base = (origin + (surface - distance / plane.unit_mm) * distal for distance in _FRAME_MM)
    visible_mm = (surface - float(((radius - origin) @ distal).min())) * plane.unit_mm
    return with_midline(Bone.RADIUS, base, head, radius), visible_mm


def _towards_hand(segmentation: Segmentation, plane: Plane, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """``direction`` or its reverse, whichever points from the forearm to the metacarpals (none: up on the film)."""
    masks = segmentation.masks[[bone.channel for bone in METACARPALS], ::3, ::3].any(axis=0)
    if masks.any():
        hand = plane.from_film(np.argwhere(masks).mean(axis=0) * 3)
        return direction if (hand - origin) @ direction > 0 else -direction
    return direction if direction[0] < 0 else -direction


def _ulnar_surface(along: np.ndarray, across: np.ndarray, unit_mm: float) -> float:
    """Place of the ulna's distal surface on the axis, in plane units: the median over its head, past which the styloid stands."""
    column = np.rint(across).astype(int)
    ends = np.full(column.max() - column.min() + 1, -np.inf)
    np.maximum.at(ends, column - column.min(), along)
    return float(np.median(ends[ends > ends.max() - _HEAD_OF_ULNA_MM / unit_mm]))


def _of_radius(level: LevelMeasurement, distance_mm: float) -> RadiusMeasurement:
    assert level.outer_width_mm is not None
    assert level.medullary_width_mm is not None
    assert level.quality is not None
    return RadiusMeasurement(
        distance_mm=distance_mm,
        outer_width_mm=level.outer_width_mm,
        medullary_width_mm=level.medullary_width_mm,
        profile=level.profile,
        medullary=level.medullary,
        profiles=level.profiles,
        accepted=level.accepted,
        quality=level.quality,
        set_aside=level.set_aside,
    )
