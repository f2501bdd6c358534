"""Statistics of many weighted samples at once: a bootstrap resample is a weight (how often drawn) for every subject.

Every function takes ``truth`` (n), what a method says (repeats, n) and ``weights`` (resamples, n), and returns one value for
each resample: the statistic of every repeat, averaged over the repeats. NaN where it is not defined (no case drawn).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def auc(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: share of pairs of case and control that the score puts in order (Mann-Whitney), ties half."""
    case = np.asarray(truth) > 0
    return np.mean([_auc(case, each, weights) for each in score], axis=0)


def _auc(case: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    order = np.argsort(score, kind="stable")
    ranked, ordered = score[order], weights[:, order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    cases = np.add.reduceat(ordered * case[order], starts, axis=1)
    controls = np.add.reduceat(ordered * ~case[order], starts, axis=1)
    beaten = np.cumsum(controls, axis=1) - controls / 2
    return _ratio((cases * beaten).sum(1), cases.sum(1) * controls.sum(1))


def brier(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean squared difference of probability and truth (Brier, Mon Weather Rev 1950;78:1)."""
    return (weights @ ((probability - truth) ** 2).T).mean(1) / weights.sum(1)


def sensitivity(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the cases that are called positive; ``positive`` is bool (repeats, n), as for all rates."""
    hits, _, misses, _ = _counts(truth, positive, weights)
    return _ratio(hits, hits + misses).mean(1)


def specificity(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the controls that are not called positive."""
    _, alarms, _, rejections = _counts(truth, positive, weights)
    return _ratio(rejections, rejections + alarms).mean(1)


def accuracy(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the subjects that are called right."""
    hits, alarms, misses, rejections = _counts(truth, positive, weights)
    return _ratio(hits + rejections, hits + alarms + misses + rejections).mean(1)


def f1(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Harmonic mean of sensitivity and positive predictive value; 0 where there are cases and none is found."""
    hits, alarms, misses, _ = _counts(truth, positive, weights)
    return _ratio(2 * hits, 2 * hits + alarms + misses).mean(1)


def macro_f1(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of the F1 of the cases and that of the controls."""
    return (f1(truth, positive, weights) + f1(1 - np.asarray(truth), ~positive, weights)) / 2


def _counts(truth: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """True and false positives, false and true negatives, each (resamples, repeats)."""
    case = np.asarray(truth) > 0
    cells = (positive & case, positive & ~case, ~positive & case, ~positive & ~case)
    return tuple(weights @ cell.T.astype(float) for cell in cells)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
