"""A small, evenly scaled copy of a film on which field and polarity are decided."""

from __future__ import annotations

import numpy as np

LONG_SIDE = 256
"""Longest side of the small copy in pixels: a collimator edge is still sharp, a decision takes milliseconds."""

TAIL_MASS = 0.06
"""Most of a film that lead letters, frames and hot pixels may cover and still be taken for a detached tail."""

GAP = 0.30
"""A tail is detached when it starts this fraction of the remaining range above everything else."""


def overview(pixels: np.ndarray) -> tuple[np.ndarray, int]:
    """Return block means of ``pixels`` (float64, at most 256 on the long side) and the block size in film pixels.

    The last block of a row or column covers the remainder, so that small pixel (r, c) is the mean of film pixels
    ``[r * k, (r + 1) * k)`` x ``[c * k, (c + 1) * k)`` cut at the film's edge.
    """
    rows, columns = pixels.shape
    block = max(1, -(-max(rows, columns) // LONG_SIDE))
    if block == 1:
        return pixels.astype(np.float64), 1
    by_rows = _block_sums(pixels, block)
    sums = _block_sums(by_rows.T, block).T
    row_counts = np.minimum(block, rows - np.arange(0, rows, block))
    column_counts = np.minimum(block, columns - np.arange(0, columns, block))
    return np.ascontiguousarray(sums / np.outer(row_counts, column_counts)), block


def _block_sums(values: np.ndarray, block: int) -> np.ndarray:
    """Return sums over ``block`` rows (float64): whole rows are added, which is faster than `np.add.reduceat`."""
    sums = values[::block].astype(np.float64)
    for first in range(1, block):
        rows = values[first::block]
        sums[: len(rows)] += rows
    return sums


def core_range(values: np.ndarray) -> tuple[float, float]:
    """Return the range of ``values`` without detached tails: (low, high), low <= high.

    A saturated marker or a frame sits far from everything a hand shows, with almost nothing between. Both ends are treated
    alike, so that ``core_range(-v)`` is ``core_range(v)`` mirrored.
    """
    ordered = np.sort(values, axis=None).astype(np.float64)
    count = ordered.size
    low, high = _quantile(ordered, 0.002), _quantile(ordered, 0.998)
    for _ in range(2):
        new_high = _upper_without_tail(ordered, low, high)
        new_low = -_upper_without_tail(-ordered[::-1], -high, -low)
        if (new_low, new_high) == (low, high) or count < 100 or new_low >= new_high:
            break
        low, high = new_low, new_high
    return low, high


def _upper_without_tail(ordered: np.ndarray, low: float, high: float) -> float:
    """Return ``high``, or the end of the main body of ``ordered`` when what lies above is a detached tail."""
    count = ordered.size
    steps = np.linspace(1.0 - TAIL_MASS, 0.998, 120)
    levels = ordered[np.minimum((steps * count).astype(int), count - 1)]
    for mass_below, level in zip(steps, levels, strict=True):
        reach = level + GAP * (level - low)
        if reach >= high or level <= low:
            continue
        above = 1.0 - mass_below
        between = np.searchsorted(ordered, reach) / count - mass_below
        if between < 0.3 * above:
            return float(level)
    return high


def _quantile(ordered: np.ndarray, fraction: float) -> float:
    return float(ordered[round(fraction * (ordered.size - 1))])
