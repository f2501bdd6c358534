"""From a film and its outlined bones to cortical measurements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiogrammetry.axis import Plane, ShaftAxis, film_point, find_axes
from OsteoScreenLib.radiogrammetry.edges import find_edges
from OsteoScreenLib.radiogrammetry.forearm import measure_radius
from OsteoScreenLib.radiogrammetry.levels import ShaftLevel, measure_levels
from OsteoScreenLib.radiogrammetry.profiles import sample
from OsteoScreenLib.radiogrammetry.values import BoneAxis, LevelMeasurement, Radiogrammetry, RejectedLevel
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.values import Segmentation

LEVELS = (0.4, 0.5, 0.6)
"""Shaft levels, as fractions of the length from the base.

Mid-shaft is the level of the second-metacarpal index in the literature; its neighbours touch it without a gap (each level
averages a segment of a tenth of the length), and all three stay clear of the flares and of overlap at the bases.
"""
_MINIMUM_WIDTH_PX = 8.0
_CUT_PX = 4.0
"""A bone that ends this near to the edge of the exposed field is taken as cut by it: its levels are then unknown."""


def measure(
    radiograph: Radiograph,
    segmentation: Segmentation,
    *,
    bones: Iterable[Bone] = RADIOGRAMMETRY_BONES,
    levels: Sequence[float] = LEVELS,
) -> Radiogrammetry:
    """Measure the cortex of tubular ``bones`` at shaft ``levels``.

    Per level, 64 sub-pixel profiles across a shaft segment of a tenth of the bone's length are sampled from the film's
    unclipped pixels, perpendicular to the local shaft. Half-height edges (see ``edges``) decide which profiles agree;
    the mean of these, brought to a common centre and width, is fitted by the projection of a tube (see ``tube``), which
    turns the median half-height width into the true W and d. The radius is measured beside them (see ``forearm``), where
    millimetres are trusted and enough of the forearm is on the film.

    Parameters
    ----------
    radiograph
        The film.
    segmentation
        The outlined bones, on the film's grid.
    bones
        Bones to measure; those that were not found are rejected with a reason.
    levels
        Fractions of the length from the base, each in 0.25..0.75.

    Raises
    ------
    UsageError
        A level outside the shaft, or a segmentation of another shape than the film.
    """
    bones = tuple(bones)
    _check(radiograph, segmentation, levels)
    plane = Plane.of(radiograph.spacing)
    axes = find_axes(segmentation, bones, plane)
    cut = {bone: _cut(axis, radiograph.field, plane) for bone, axis in axes.items()}
    rejected: list[RejectedLevel] = []
    wanted: list[ShaftLevel] = []
    for bone in bones:
        for level in levels:
            reason = _unfit(bone, axes, segmentation, level) or cut.get(bone)
            if reason:
                rejected.append(RejectedLevel(bone, float(level), reason))
            else:
                wanted.append(ShaftLevel(axes[bone], float(level)))
    measured: list[LevelMeasurement] = []
    if wanted:
        block = sample(radiograph, plane, [(one.axis, one.level) for one in wanted])
        edges = find_edges(block, saturation=float(radiograph.pixels.max()))
        for outcome in measure_levels(wanted, block, edges, plane):
            if isinstance(outcome, LevelMeasurement):
                measured.append(outcome)
            else:
                rejected.append(outcome)
    order = {(bone, float(level)): place for place, (bone, level) in enumerate((b, x) for b in bones for x in levels)}
    rejected.sort(key=lambda one: order[(one.bone, one.level)])
    radius, radius_rejected = measure_radius(radiograph, segmentation)
    return Radiogrammetry(
        levels=tuple(measured),
        rejected=tuple(rejected),
        axes=tuple(_bone_axis(axis, plane) for axis in axes.values()),
        mean_mci=float(np.mean([one.mci for one in measured])) if measured else None,
        radius=radius,
        radius_rejected=radius_rejected,
    )


def _check(radiograph: Radiograph, segmentation: Segmentation, levels: Sequence[float]) -> None:
    if segmentation.masks.shape[1:] != radiograph.pixels.shape:
        fault = f"the segmentation has {segmentation.masks.shape[1:]} pixels and the film {radiograph.pixels.shape}"
        raise UsageError(radiograph.source.name, fault, "Give the segmentation of this film")
    for level in levels:
        if not 0.25 <= level <= 0.75:
            raise UsageError("levels", f"{level:g} lies outside the shaft", "Give fractions from 0.25 to 0.75")


def _unfit(bone: Bone, axes: dict[Bone, ShaftAxis], segmentation: Segmentation, level: float) -> str | None:
    if not segmentation.found(bone):
        return f"{bone.title} was not found."
    if bone not in axes:
        return f"The outline of {bone.title.lower()} has no long axis."
    width = float(np.polyval(axes[bone].width, level))
    if width < _MINIMUM_WIDTH_PX:
        return f"The shaft is only {width:.1f} pixels wide; at least {_MINIMUM_WIDTH_PX:.0f} are needed."
    return None


def _cut(axis: ShaftAxis, field: np.ndarray, plane: Plane) -> str | None:
    """Whether the exposed field ends where the bone ends."""
    for end, point, outwards in (("base", axis.base, -axis.along), ("head", axis.head, axis.along)):
        row, column = np.rint(plane.to_film(point + _CUT_PX * outwards)).astype(int)
        if not (0 <= row < field.shape[0] and 0 <= column < field.shape[1] and field[row, column]):
            return f"The {end} of {axis.bone.title.lower()} is cut by the edge of the exposed field."
    return None


def _bone_axis(axis: ShaftAxis, plane: Plane) -> BoneAxis:
    base, head = film_point(axis.base, plane), film_point(axis.head, plane)
    length = float(np.hypot(head[0] - base[0], head[1] - base[1]))
    return BoneAxis(axis.bone, base, head, length, axis.length * plane.unit_mm if plane.unit_mm else None)
