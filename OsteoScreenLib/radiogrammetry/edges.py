"""Half-height edges of every profile, and the reasons for which profiles are set aside.

Convention: the outer edge is the half maximum of the outer flank, between the soft tissue beside the bone and the cortical
peak; the endosteal edge is the half height of the inner flank, between the cortical peak and the medullary minimum. These
edges are biased in a known way (see ``tube``); they decide which profiles agree and where the bone lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.radiogrammetry.profiles import ProfileBlock

_OUTLINE_SLACK = 0.30
"""How far the outline may be from the bone's true edge, in outline widths (more where the bone is thin: in pixels)."""
_OUTLINE_SLACK_PX = 5.0
_TISSUE = (0.08, 0.30)
"""Soft tissue is read this far outside the outer edge, in outline widths."""
_BLUR_PX = 2.5
"""Nearer to an edge than this, the profile is blur and not background."""
_DIP = 0.05
"""A cavity must be at least this much darker than either cortical peak, relative to the peaks' height above soft tissue."""


@dataclass(frozen=True)
class HalfHeightEdges:
    """Edges of every profile (levels x profiles), in outline widths from the outline's midline; NaN where there is none.

    ``outer`` and ``medullary`` are levels x profiles x 2 (left, right). ``reason`` is an index into `REASONS` (0 = accepted).
    """

    outer: np.ndarray
    medullary: np.ndarray
    reason: np.ndarray


REASONS = (
    "accepted",
    "the profile leaves the film or its field",
    "the film is clipped there",
    "no bone edge stands out from the soft tissue",
    "no medullary cavity is visible between two cortical peaks",
    "the edges contradict the outline or the neighbouring profiles",
)
_ACCEPTED, _OUTSIDE, _CLIPPED, _NO_EDGE, _NO_MEDULLA, _CONTRADICTION = range(len(REASONS))


def find_edges(block: ProfileBlock, saturation: float) -> HalfHeightEdges:
    """Half-height edges of all profiles at once.

    ``saturation`` is the film's largest value: a plateau at it hides the cortical peaks.
    """
    guide = _Guide.of(block)
    peaks, heights = _peaks(block, guide)
    valley = _valley(block, peaks)
    tissue = _tissue(block, guide)
    outer_height = 0.5 * (heights + tissue)
    inner_height = 0.5 * (heights + valley[..., None])
    outer = np.stack(
        [_crossing(block, peaks[..., 0], outer_height[..., 0], -1), _crossing(block, peaks[..., 1], outer_height[..., 1], 1)], -1
    )
    inner = np.stack(
        [_crossing(block, peaks[..., 0], inner_height[..., 0], 1), _crossing(block, peaks[..., 1], inner_height[..., 1], -1)], -1
    )
    reason = np.zeros(outer.shape[:2], int)
    contrast = heights - tissue
    noise = sample_noise(block)
    _mark(reason, ~block.inside, _OUTSIDE)
    _mark(reason, _plateau(block, saturation), _CLIPPED)
    _mark(reason, ~guide.usable[:, None] | (contrast <= 4.0 * noise[:, None, None]).any(-1) | np.isnan(outer).any(-1), _NO_EDGE)
    dip = (heights - valley[..., None]).min(-1)
    _mark(reason, (dip <= np.maximum(_DIP * contrast.mean(-1), 1.5 * noise[:, None])) | np.isnan(inner).any(-1), _NO_MEDULLA)
    _mark(reason, ~(inner[..., 0] < inner[..., 1]), _NO_MEDULLA)
    _mark(reason, _stray(outer, inner, reason), _CONTRADICTION)
    return HalfHeightEdges(outer, inner, reason)


@dataclass(frozen=True)
class _Guide:
    """Outer edges and peaks of every level's mean profile (levels x 2): where its single profiles are searched."""

    outer: np.ndarray
    peaks: np.ndarray
    usable: np.ndarray

    @classmethod
    def of(cls, block: ProfileBlock) -> _Guide:
        """Steepest outer flanks near the outline, then the highest points in either half between them."""
        mean = block.values.mean(axis=1)
        x = block.position
        step = x[1] - x[0]
        slack = np.maximum(_OUTLINE_SLACK, _OUTLINE_SLACK_PX / block.unit)[:, None]
        slope = ndimage.gaussian_filter1d(mean, 0.02 / step, axis=1, order=1)
        outer = np.empty((len(mean), 2))
        for side, sign in ((0, -1.0), (1, 1.0)):
            distance = (x - 0.5 * sign)[None] / slack
            # Near flanks win over equally steep ones farther away: a neighbouring bone has flanks as well.
            weighted = np.where(np.abs(distance) <= 1, -sign * slope * (1 - 0.6 * np.abs(distance)), -np.inf)
            weighted[:, x * sign <= 0.05] = -np.inf
            outer[:, side] = x[weighted.argmax(axis=1)]
        middle = outer.mean(axis=1, keepdims=True)
        peaks = np.empty_like(outer)
        for side in (0, 1):
            low, high = (outer[:, :1], middle) if side == 0 else (middle, outer[:, 1:])
            peaks[:, side] = x[np.where((x >= low) & (x <= high), mean, -np.inf).argmax(axis=1)]
        usable = (outer[:, 1] - outer[:, 0] > 0.4) & np.isfinite(mean).all(axis=1)
        return cls(outer, peaks, usable)


def _peaks(block: ProfileBlock, guide: _Guide) -> tuple[np.ndarray, np.ndarray]:
    """Cortical peaks of every profile (levels x profiles x 2): position and height."""
    x = block.position
    position = np.empty((*block.values.shape[:2], 2))
    height = np.empty_like(position)
    middle = guide.outer.mean(axis=1)
    for side in (0, 1):
        near = np.abs(x[None] - guide.peaks[:, side, None]) <= 0.12
        near &= (x[None] < middle[:, None]) if side == 0 else (x[None] > middle[:, None])
        searched = np.where(near[:, None, :], block.values, -np.inf)
        index = searched.argmax(axis=2)
        position[..., side] = x[index]
        height[..., side] = np.take_along_axis(block.values, index[..., None], axis=2)[..., 0]
    return position, height


def _valley(block: ProfileBlock, peaks: np.ndarray) -> np.ndarray:
    """Medullary minimum of every profile (levels x profiles)."""
    x = block.position
    between = (x >= peaks[..., :1]) & (x <= peaks[..., 1:])
    lowest = np.where(between, block.values, np.inf).min(axis=2)
    return np.where(np.isfinite(lowest), lowest, -np.inf)


def _tissue(block: ProfileBlock, guide: _Guide) -> np.ndarray:
    """Brightness of the soft tissue beside either flank of every profile (levels x profiles x 2)."""
    x = block.position
    near = np.maximum(_TISSUE[0], _BLUR_PX / block.unit)
    far = np.maximum(_TISSUE[1], near + 3.0 / block.unit)
    tissue = np.empty((*block.values.shape[:2], 2))
    for side, sign in ((0, -1.0), (1, 1.0)):
        outward = sign * (x[None] - guide.outer[:, side, None])
        beside = (outward >= near[:, None]) & (outward <= far[:, None])
        # A neighbouring bone can only brighten the strip beside the shaft: take its darker part.
        strip = np.where(beside[:, None, :], block.values, np.nan)
        tissue[..., side] = _low_quantile(strip)
    return tissue


def _low_quantile(strip: np.ndarray, fraction: float = 0.35) -> np.ndarray:
    """Quantile over the last axis ignoring NaN (NaN where nothing is left)."""
    ordered = np.sort(strip, axis=-1)
    count = np.isfinite(strip).sum(axis=-1)
    index = np.maximum(np.rint(fraction * (count - 1)).astype(int), 0)
    return np.take_along_axis(ordered, index[..., None], axis=-1)[..., 0]


def _crossing(block: ProfileBlock, start: np.ndarray, height: np.ndarray, direction: int) -> np.ndarray:
    """First place, walking from ``start`` in ``direction``, at which the profile falls through ``height`` (NaN: never)."""
    x = block.position
    step = x[1] - x[0]
    below = block.values < height[..., None]
    ahead = (x - start[..., None]) * direction > 0
    hit = below & ahead
    index = hit.argmax(axis=2) if direction > 0 else hit.shape[2] - 1 - hit[..., ::-1].argmax(axis=2)
    before = np.clip(index - direction, 0, len(x) - 1)
    value = np.take_along_axis(block.values, index[..., None], 2)[..., 0]
    previous = np.take_along_axis(block.values, before[..., None], 2)[..., 0]
    drop = previous - value
    part = np.clip((previous - height) / np.where(drop > 0, drop, 1.0), 0.0, 1.0)
    return np.where(hit.any(axis=2), x[before] + direction * part * step, np.nan)


def sample_noise(block: ProfileBlock) -> np.ndarray:
    """Noise of a profile's sample, from the differences of neighbouring profiles (levels)."""
    difference = np.diff(block.values[:, ::4], axis=1)
    return 1.4826 * np.median(np.abs(difference), axis=(1, 2)) / np.sqrt(2.0)


def _plateau(block: ProfileBlock, saturation: float) -> np.ndarray:
    """Profiles of which more than a twentieth of the inner part sits at the film's largest value."""
    inner = np.abs(block.position) <= 0.5
    reached = block.values[..., inner] >= saturation - 1e-3 * abs(saturation)
    return reached.mean(axis=2) > 0.05


def _stray(outer: np.ndarray, inner: np.ndarray, reason: np.ndarray) -> np.ndarray:
    """Profiles of which an edge lies far from the straight line through the level's other edges."""
    edges = np.concatenate([outer, inner], axis=2)
    good = np.where((reason == _ACCEPTED)[..., None], edges, np.nan)
    place = np.linspace(-1.0, 1.0, edges.shape[1])[None, :, None]
    stray = np.zeros(outer.shape[:2], bool)
    for level in np.flatnonzero((reason == _ACCEPTED).sum(axis=1) >= 8):
        kept = np.isfinite(good[level]).all(axis=1)
        for edge in range(4):
            y, t = good[level, kept, edge], place[0, kept, 0]
            slope = np.median((y[len(y) // 2 :] - y[: len(y) - len(y) // 2]) / (t[len(y) // 2 :] - t[: len(y) - len(y) // 2]))
            residual = edges[level, :, edge] - slope * place[0, :, 0]
            residual = np.abs(residual - np.median(residual[kept]))
            spread = 1.4826 * np.median(residual[kept])
            stray[level] |= ~(residual <= np.clip(3.5 * spread, 0.03, 0.10))
    return stray


def _mark(reason: np.ndarray, where: np.ndarray, code: int) -> None:
    """Give a reason to profiles that have none yet."""
    reason[(reason == _ACCEPTED) & where] = code
