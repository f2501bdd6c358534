"""From the profiles of a level to its measurement, or to the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiogrammetry import indices
from OsteoScreenLib.radiogrammetry.axis import Plane, ShaftAxis, film_point
from OsteoScreenLib.radiogrammetry.edges import REASONS, HalfHeightEdges
from OsteoScreenLib.radiogrammetry.profiles import PROFILES, ProfileBlock
from OsteoScreenLib.radiogrammetry.tube import SAMPLES, WINDOW, TubeFit, fit_tubes
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, RejectedLevel

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
    fits: dict[int, tuple[np.ndarray, np.ndarray, float]] = {}
    if enough.size:
        half = np.broadcast_to([-0.5, 0.5], (enough.size, 2))
        pixel = 1.0 / (widths[enough] * block.unit[enough])
        fit = fit_tubes(position, means[enough], half, starts[enough], pixel)
        fits = {int(row): _row(fit, place) for place, row in enumerate(enough)}
    outcomes: list[LevelMeasurement | RejectedLevel] = []
    for row, one in enumerate(wanted):
        reason = _rejection(edges.reason[row], fits.get(row))
        if reason:
            outcomes.append(RejectedLevel(one.axis.bone, one.level, reason))
            continue
        outer, medullary, _ = fits[row]
        outcomes.append(_measurement(one, block, edges, row, outer * widths[row], medullary * widths[row], plane))
    return outcomes


def _row(fit: TubeFit, place: int) -> tuple[np.ndarray, np.ndarray, float]:
    return fit.outer[place], fit.medullary[place], float(fit.residual[place])


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


def _rejection(reasons: np.ndarray, fit: tuple[np.ndarray, np.ndarray, float] | None) -> str | None:
    """Why a level cannot be measured (one sentence), or ``None``."""
    if fit is None:
        counts = np.bincount(reasons, minlength=len(REASONS))
        worst = int(counts[1:].argmax()) + 1
        return f"Only {counts[0]} of {PROFILES} profiles can be used; mostly, {REASONS[worst]}."
    outer, _, misfit = fit
    if misfit > _LARGEST_MISFIT:
        return f"The profile does not look like a tubular shaft (misfit {100 * misfit:.0f} % of the cortical peak)."
    if np.abs(outer - (-0.5, 0.5)).max() > _FARTHEST:
        return "The outer edges of the shaft are ambiguous."
    return None


def _measurement(
    one: ShaftLevel, block: ProfileBlock, edges: HalfHeightEdges, row: int, outer: np.ndarray, medullary: np.ndarray, plane: Plane
) -> LevelMeasurement:
    """``outer`` and ``medullary`` are in outline widths from the shaft's own middle."""
    accepted = np.flatnonzero(edges.reason[row] == 0)
    middle = int(accepted[np.abs(accepted - 0.5 * (PROFILES - 1)).argmin()])
    line = np.polyfit(accepted, edges.outer[row, accepted].mean(axis=1), 1)
    offsets = (np.polyval(line, middle) + np.concatenate([outer, medullary])) * block.unit[row]
    points = block.centres[row, middle] + offsets[:, None] * block.normals[row, middle]
    film = plane.to_film(points)
    width = float(np.linalg.norm(film[1] - film[0]))
    cavity = float(np.linalg.norm(film[3] - film[2]))
    mm = plane.unit_mm
    ends = [film_point(point, plane) for point in points]
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
    )
