"""Percentile intervals over resampled subjects (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).

Subjects are drawn with replacement, the same ones in every repeat and for both methods of a comparison; a figure is averaged over
the repeats within each resample. Drawing (repeat, subject) pairs instead would take one subject for several people and
promise too narrow an interval. The predictions stay as they are: the interval tells of other subjects, not of other trainings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluation.values import Interval
from training.evaluation.weighted import Statistic

RESAMPLES = 2000
_AT_ONCE = 4_000_000
"""Weights held in memory at a time."""


@dataclass(frozen=True)
class Difference:
    """First minus second, with its 95 % interval and two-sided p of no difference."""

    first: str
    second: str
    value: float
    low: float
    high: float
    p: float


def bootstrap(truth: np.ndarray, said: np.ndarray, statistic: Statistic, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """Interval of a statistic; ``said`` is (n) or (repeats, n): scores, probabilities or decisions, as the statistic takes."""
    truth, said = np.asarray(truth), np.atleast_2d(said)
    whole = float(statistic(truth, said, np.ones((1, len(truth))))[0])
    return Interval(whole, *percentiles(drawn(truth, said, statistic, seed, resamples)))


def bootstrap_difference(
    truth: np.ndarray,
    first: tuple[str, np.ndarray],
    second: tuple[str, np.ndarray],
    statistic: Statistic,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Difference:
    """Difference of a statistic between two methods (name, what it says) on the same subjects.

    p is twice the smaller share of resamples on either side of 0, at least 2 / (resamples + 1).
    """
    truth, sides = np.asarray(truth), [np.atleast_2d(said) for _, said in (first, second)]
    one = np.ones((1, len(truth)))
    whole = float(statistic(truth, sides[0], one)[0] - statistic(truth, sides[1], one)[0])
    draws = drawn(truth, sides[0], statistic, seed, resamples) - drawn(truth, sides[1], statistic, seed, resamples)
    draws = draws[np.isfinite(draws)]
    beyond = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    p = min(2 * (beyond + 1) / (len(draws) + 1), 1.0)
    return Difference(first[0], second[0], whole, *percentiles(draws), p)


def drawn(truth: np.ndarray, said: np.ndarray, statistic: Statistic, seed: int, resamples: int) -> np.ndarray:
    """The statistic of every resample (resamples); equal seeds draw the same subjects."""
    rng, found, left = np.random.default_rng(seed), [], resamples
    while left > 0:
        count = min(left, max(_AT_ONCE // len(truth), 1))
        found.append(statistic(truth, said, resampled(rng, count, len(truth))))
        left -= count
    return np.concatenate(found)


def resampled(rng: np.random.Generator, count: int, subjects: int) -> np.ndarray:
    """How often each subject is drawn, float (count, subjects); every row sums to ``subjects``."""
    return rng.multinomial(subjects, np.full(subjects, 1 / subjects), count).astype(float)


def percentiles(draws: np.ndarray) -> tuple[float, float]:
    """Ends of the 95 % interval; NaN where no resample has a value."""
    if not np.isfinite(draws).any():
        return float("nan"), float("nan")
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)
