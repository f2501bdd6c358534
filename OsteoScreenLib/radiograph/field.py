"""The collimated field: what of a film was exposed, inside frames, shutters and borders of any shade.

Each side of the field is looked for as one long straight step with nothing beyond it: a line (tilted up to 24 degrees)
across which the brightness follows one profile nearly everywhere: a jump, flat again within a few pixels inside, and
outside nothing that departs from that profile. The edge of a hand does not repeat along a line, the edge of a forearm is not
flat inside (it is round), the edge of a second exposure has fingers beyond it. Only steps count, so the border may be
white, grey or black. Whatever fails stays in the field: a border kept does little harm, a finger cut off does much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.overview import core_range

STEP = 0.04
"""Smallest step across a field's edge, as a fraction of the film's core range."""
DEPARTURE = 0.4
"""A pixel that differs by more than this fraction of the step from the edge's profile does not follow it."""
UNEVEN = 0.08
"""Unevenness of the open field that is always allowed inside, as a fraction of the core range."""
OUTSIDE = 0.06
"""Largest part of the pixels outside that may depart from the profile (letters, a wire)."""
INSIDE = 0.45
"""Part of the line's length that must follow the profile inside too; the hand may cover the rest."""
SHORTLIST = 0.30
"""Part of a line's length with a step of one sign that makes it worth a full test."""
SUPPORT = 0.6
"""Part of the line's length that must show the step when looked at closely."""
AGAIN = 0.7
"""A further line behind a side already found must be at least this strong, relative to it (a frame within a frame)."""
TRIALS = 14
"""Lines of one side that get the full test, the best supported first."""
SLACK = 0.95
"""Among lines with at least this fraction of the strongest one's strength, the innermost is the side."""
DEEPEST = 0.45
"""A side lies at most this fraction of the film's extent inside."""
MARGIN = 2
"""Pixels of the small copy taken off inside a found side: the blurred edge itself."""
SMALLEST = 0.08
"""A field smaller than this fraction of the film is not believed."""
_TILTS = np.tan(np.radians(np.arange(-24.0, 24.1, 1.5)))
_PAD = 5
"""Border pixels are repeated this often, so that a frame two pixels wide has an outside too."""
_BEFORE, _AFTER = 6, 15
"""Extent of the strip around a line in pixels of the small copy, outside and inside."""


def enlarge(mask: np.ndarray, block: int, shape: tuple[int, ...]) -> np.ndarray:
    """Repeat a mask of the small copy on the film's grid (bool, ``shape``)."""
    if block == 1:
        return mask.copy()
    rows = np.repeat(mask, block, axis=1)[:, : shape[1]]
    return np.repeat(rows, block, axis=0)[: shape[0]]


def small_field(small: np.ndarray) -> np.ndarray:
    """Return the field on the small copy of a film (bool, same shape)."""
    field = np.ones(small.shape, bool)
    if min(small.shape) < 48:
        return field
    low, high = core_range(small)
    strongest = np.zeros((2, 2))  # by axis and side
    for _ in range(3):  # a white frame hides the steps of a dim film: scale again to what is left
        if high <= low:
            break
        found = field & _straight_sides((small - low) / (high - low), field, strongest)
        if found.mean() < SMALLEST:
            break
        field = found
        inner_low, inner_high = core_range(small[field])
        if inner_high - inner_low > 0.7 * (high - low):
            break
        strongest *= (high - low) / (inner_high - inner_low) if inner_high > inner_low else 1.0
        low, high = inner_low, inner_high
    return field


def _straight_sides(scaled: np.ndarray, known: np.ndarray, strongest: np.ndarray) -> np.ndarray:
    """Return the part of ``known`` inside every side that is seen (bool, same shape).

    ``strongest`` (2 x 2, changed in place) holds the strongest line seen on each side so far.
    """
    level = np.clip(scaled, -0.25, 1.25).astype(np.float32)
    level = np.pad(level, _PAD, mode="edge")
    axes = (_Axis.of(level), _Axis.of(level.T))
    field = np.pad(known, _PAD, mode="edge")
    for _ in range(3):
        before = field
        field = axes[0].clip(field, strongest[0])
        field = axes[1].clip(field.T, strongest[1]).T
        if np.array_equal(before, field):
            break
    return field[_PAD:-_PAD, _PAD:-_PAD]


@dataclass(frozen=True)
class _Axis:
    """The film with its columns as the direction across the searched lines, and the signs of all tilted steps."""

    level: np.ndarray
    shifts: np.ndarray  # tilts x rows: columns a tilted line is displaced by in each row
    signs: np.ndarray  # tilts x rows x columns, int8: sign of the step at each place of each line, 0 where small

    @classmethod
    def of(cls, level: np.ndarray) -> _Axis:
        rows, columns = level.shape
        step = np.zeros_like(level)
        step[:, 2:-2] = 0.5 * (level[:, 3:-1] + level[:, 4:] - level[:, :-4] - level[:, 1:-3])
        sign = ((step > STEP).astype(np.int8) - (step < -STEP).astype(np.int8)).copy()
        shifts = np.round(_TILTS[:, None] * (np.arange(rows) - rows / 2)).astype(int)
        padded = np.pad(sign, ((0, 0), (rows // 2, rows // 2)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, columns, axis=1)
        signs = windows[np.arange(rows)[None, :], rows // 2 + shifts]
        return cls(level, shifts, signs)

    def clip(self, field: np.ndarray, strongest: np.ndarray) -> np.ndarray:
        """Return ``field`` without what lies beyond the left and right sides that are seen in it.

        Behind a strong side a much weaker line is no second frame but an arm: ``strongest`` (2, changed in place) remembers.
        """
        columns = self.level.shape[1]
        taken = np.flatnonzero(field.any(axis=1))
        first, last = int(taken[0]), int(taken[-1]) + 1
        signs = self.signs[:, first:last]
        length = last - first
        rising = np.count_nonzero(signs > 0, axis=1) / length
        falling = np.count_nonzero(signs < 0, axis=1) / length
        support = np.maximum(rising, falling)
        reach = int(DEEPEST * columns)
        result = field.copy()
        for mirrored in (False, True):
            candidates = support.copy()
            if mirrored:
                candidates[:, : columns - reach] = 0.0
            else:
                candidates[:, reach:] = 0.0
            half, strength = self._inside(candidates, field, mirrored)
            if strength > AGAIN * strongest[int(mirrored)]:
                strongest[int(mirrored)] = max(strength, strongest[int(mirrored)])
                result &= half
        return result

    def _inside(self, support: np.ndarray, field: np.ndarray, mirrored: bool) -> tuple[np.ndarray, float]:
        """Return the half plane inside the innermost of the strongest lines, and their strength (0 without any)."""
        columns = self.level.shape[1]
        peaks = support * (support >= SHORTLIST)
        sides: list[tuple[float, np.ndarray]] = []
        for _ in range(TRIALS):
            tilt, column = np.unravel_index(int(np.argmax(peaks)), peaks.shape)
            if peaks[tilt, column] == 0.0:
                break
            peaks[max(0, tilt - 1) : tilt + 2, max(0, column - 2) : column + 3] = 0.0
            edge = column + self.shifts[tilt]
            strength = self._strength(edge, field, mirrored)
            if strength > 0.0:
                across = np.arange(columns)[None, :]
                half = across <= edge[:, None] - MARGIN if mirrored else across >= edge[:, None] + MARGIN
                sides.append((strength, half))
        if not sides:
            return np.ones(field.shape, bool), 0.0
        best = max(strength for strength, _ in sides)
        return min((half for strength, half in sides if strength >= SLACK * best), key=np.count_nonzero), best

    def _strength(self, edge: np.ndarray, field: np.ndarray, mirrored: bool) -> float:
        """Return step size times the part of the line that shows it; 0 if the line is no side of the field."""
        columns = self.level.shape[1]
        exposed = field.any(axis=1)
        line = np.flatnonzero(exposed & (edge >= 0) & (edge < columns))
        if line.size < 0.4 * exposed.sum():
            return 0.0
        strip, known, offsets = self._strip(edge, line, field, mirrored, (-_BEFORE, _AFTER))
        profile = _profile(strip, known)
        near, inside = offsets < -1, offsets >= 4
        if not near.any() or not inside.any() or np.ptp(profile[inside]) > UNEVEN:
            return 0.0
        plateau = float(np.median(profile[inside]))
        step = float(np.abs(profile[near] - plateau).max())
        if step < STEP:
            return 0.0
        departs = known & (np.abs(strip - profile) > max(UNEVEN, DEPARTURE * step))
        if np.mean(~departs[:, inside].any(axis=1)) < INSIDE:
            return 0.0
        beside, within = near & (offsets >= -4), inside & (offsets < 8)
        seen = known[:, beside].any(axis=1) & known[:, within].all(axis=1)
        if not seen.any():
            return 0.0
        outer = strip[:, beside].sum(axis=1) / np.maximum(known[:, beside].sum(axis=1), 1)
        jump = (strip[:, within].mean(axis=1) - outer)[seen]
        typical = float(np.median(jump))
        if abs(typical) < STEP:
            return 0.0
        followed = float(np.mean(jump / typical > DEPARTURE))
        if followed < SUPPORT:
            return 0.0
        deepest = columns - 1 - edge[line].min() if mirrored else edge[line].max()
        strip, known, _ = self._strip(edge, line, field, mirrored, (-max(int(deepest), _BEFORE), -2))
        foreign = known & (np.abs(strip - _profile(strip, known)) > DEPARTURE * step)
        return abs(typical) * followed if foreign.sum() <= OUTSIDE * known.sum() else 0.0

    def _strip(
        self, edge: np.ndarray, line: np.ndarray, field: np.ndarray, mirrored: bool, extent: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (brightness, whether known, offset of each column) along the rows ``line`` around ``edge``; unknown is 0."""
        columns = self.level.shape[1]
        offsets = np.arange(extent[0], extent[1] + 1)
        place = edge[line][:, None] + (-1 if mirrored else 1) * offsets[None, :]
        known = (place >= 0) & (place < columns)
        place = np.clip(place, 0, columns - 1)
        known &= field[line[:, None], place]
        filled = known.sum(axis=0) >= 8
        strip = np.where(known, self.level[line[:, None], place], 0.0)
        return strip[:, filled], known[:, filled], offsets[filled]


def _profile(strip: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the median of each column of ``strip`` over its known rows."""
    ordered = np.sort(np.where(known, strip, np.inf), axis=0)
    count = known.sum(axis=0)
    column = np.arange(strip.shape[1])
    return 0.5 * (ordered[(count - 1) // 2, column] + ordered[count // 2, column])
