"""From the profiles of a level to its measurement, or to the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiogrammetry import indices
from OsteoScreenLib.radiogrammetry.axis import Plane, ShaftAxis, film_point
from OsteoScreenLib.radiogrammetry.edges import REASONS, HalfHeightEdges, sample_noise
from OsteoScreenLib.radiogrammetry.profiles import PROFILES, ProfileBlock
from OsteoScreenLib.radiogrammetry.trust import profile_error, trust_of
from OsteoScreenLib.radiogrammetry.tube import SAMPLES, WINDOW, TubeFit, fit_tubes
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, LevelQuality, RejectedLevel, SetAside

MINIMUM_ACCEPTED = 20
"""A level needs this many accepted profiles of 64."""
_LARGEST_MISFIT = 0.06
_FARTHEST = 0.12
"""The fitted outer edges may lie this far from the half-height ones, in widths."""


@dataclass(frozen=True)
class ShaftLevel:
    """A level to measure: a bone's axis and the fraction of its length from the base."""

    axis: ShaftAxis
    level: float


def measure_levels(
    wanted: list[ShaftLevel], block: ProfileBlock, edges: HalfHeightEdges, plane: Plane
) -> list[LevelMeasurement | RejectedLevel]:
    """Fit the accepted profiles of every level and write down what came of it."""
    accepted = edges.reason == 0
    enough = np.flatnonzero(accepted.sum(axis=1) >= MINIMUM_ACCEPTED)
    widths = np.full(len(wanted), np.nan)
    starts = np.full((len(wanted), 2), np.nan)
    means = np.full((len(wanted), SAMPLES), np.nan)
    position = np.linspace(-WINDOW, WINDOW, SAMPLES)
    for row in enough.tolist():
        widths[row], starts[row], means[row] = _mean_profile(block, edges, row, accepted[row], position)
    fits: dict[int, _Tube] = {}
    if enough.size:
        half = np.broadcast_to([-0.5, 0.5], (enough.size, 2))
        pixel = 1.0 / (widths[enough] * block.unit[enough])
        worth = block.independent[enough] * accepted[enough].mean(axis=1)
        noise = sample_noise(block)[enough] / np.sqrt(np.maximum(worth, 1.0))
        fit = fit_tubes(position, means[enough], half, starts[enough], pixel, noise)
        fits = {int(row): _Tube.of(fit, place) for place, row in enumerate(enough)}
    outcomes: list[LevelMeasurement | RejectedLevel] = []
    for row, one in enumerate(wanted):
        tube = fits.get(row)
        reason = _rejection(edges.reason[row], tube)
        if reason or tube is None:
            outcomes.append(RejectedLevel(one.axis.bone, one.level, reason or "", _set_aside(edges.reason[row])))
            continue
        outcomes.append(_measurement(one, block, edges, row, tube, float(widths[row]), plane))
    return outcomes


@dataclass(frozen=True)
class _Tube:
    """One row of a `TubeFit`: edges in half-height widths."""

    outer: np.ndarray
    medullary: np.ndarray
    misfit: float
    mci_error: float

    @classmethod
    def of(cls, fit: TubeFit, place: int) -> _Tube:
        return cls(fit.outer[place], fit.medullary[place], float(fit.residual[place]), float(fit.mci_error[place]))


def _mean_profile(
    block: ProfileBlock, edges: HalfHeightEdges, row: int, accepted: np.ndarray, position: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Median half-height width (outline widths), start for the medullary edges, and the mean profile.

    Profiles are brought to a common centre and width first, so that a bend or a taper of the shaft does not blur the mean.
    """
    outer, inner = edges.outer[row, accepted], edges.medullary[row, accepted]
    centre, width = _straight(outer.mean(axis=1), accepted), _straight(outer[:, 1] - outer[:, 0], accepted)
    wanted = centre[:, None] + width[:, None] * position
    step = block.position[1] - block.position[0]
    index = np.clip((wanted - block.position[0]) / step, 0, len(block.position) - 1.001)
    left = index.astype(int)
    part = index - left
    values = block.values[row, accepted]
    values = np.take_along_axis(values, left, 1) * (1 - part) + np.take_along_axis(values, left + 1, 1) * part
    start = np.median((inner - centre[:, None]) / width[:, None], axis=0)
    return float(np.median(outer[:, 1] - outer[:, 0])), start, values.mean(axis=0)


def _straight(values: np.ndarray, accepted: np.ndarray) -> np.ndarray:
    """Values replaced by their straight line along the shaft: single profiles' noise must not blur the mean."""
    place = np.flatnonzero(accepted) / len(accepted)
    return np.polyval(np.polyfit(place, values, 1), place)


def _rejection(reasons: np.ndarray, tube: _Tube | None) -> str | None:
    """Why a level cannot be measured (one sentence), or ``None``."""
    if tube is None:
        counts = np.bincount(reasons, minlength=len(REASONS))
        worst = int(counts[1:].argmax()) + 1
        return f"Only {counts[0]} of {PROFILES} profiles can be used; mostly, {REASONS[worst]}."
    if tube.misfit > _LARGEST_MISFIT:
        return f"The profile does not look like a tubular shaft (misfit {100 * tube.misfit:.0f} % of the cortical peak)."
    if np.abs(tube.outer - (-0.5, 0.5)).max() > _FARTHEST:
        return "The outer edges of the shaft are ambiguous."
    return None


def _set_aside(reasons: np.ndarray) -> tuple[SetAside, ...]:
    """The profiles that were not accepted, by reason, the most frequent first."""
    counts = np.bincount(reasons, minlength=len(REASONS))
    order = sorted(range(1, len(REASONS)), key=lambda code: -counts[code])
    return tuple(SetAside(REASONS[code], int(counts[code])) for code in order if counts[code])


def _measurement(
    one: ShaftLevel, block: ProfileBlock, edges: HalfHeightEdges, row: int, tube: _Tube, unit: float, plane: Plane
) -> LevelMeasurement:
    """``unit`` is the median half-height width in outline widths; the tube's edges count in it from the shaft's own middle."""
    accepted = np.flatnonzero(edges.reason[row] == 0)
    middle = int(accepted[np.abs(accepted - 0.5 * (PROFILES - 1)).argmin()])
    line = np.polyfit(accepted, edges.outer[row, accepted].mean(axis=1), 1)
    offsets = (np.polyval(line, middle) + unit * np.concatenate([tube.outer, tube.medullary])) * block.unit[row]
    points = block.centres[row, middle] + offsets[:, None] * block.normals[row, middle]
    film = plane.to_film(points)
    width = float(np.linalg.norm(film[1] - film[0]))
    cavity = float(np.linalg.norm(film[3] - film[2]))
    mm = plane.unit_mm
    ends = [film_point(point, plane) for point in points]
    length = float(np.linalg.norm(plane.to_film(one.axis.head - one.axis.base)))
    return LevelMeasurement(
        bone=one.axis.bone,
        level=one.level,
        outer_width_px=width,
        medullary_width_px=cavity,
        mci=indices.mci(width, cavity),
        pca=indices.pca(width, cavity),
        outer_width_mm=float(offsets[1] - offsets[0]) * mm if mm else None,
        medullary_width_mm=float(offsets[3] - offsets[2]) * mm if mm else None,
        profile=(ends[0], ends[1]),
        medullary=(ends[2], ends[3]),
        profiles=PROFILES,
        accepted=len(accepted),
        length_px=length,
        length_mm=one.axis.length * mm if mm else None,
        quality=_quality(block, edges, row, tube, 0.5 * float(offsets[1] - offsets[0] - offsets[3] + offsets[2])),
        set_aside=_set_aside(edges.reason[row]),
    )


def _quality(block: ProfileBlock, edges: HalfHeightEdges, row: int, tube: _Tube, cortex: float) -> LevelQuality:
    """``cortex`` is the thickness of one cortex in plane units, which are pixels of equal area."""
    accepted = edges.reason[row] == 0
    spread = profile_error(
        edges.outer[row, accepted], edges.medullary[row, accepted], float(block.independent[row]) * accepted.mean()
    )
    return LevelQuality(trust_of(tube.mci_error), tube.mci_error, spread, tube.misfit, cortex)
