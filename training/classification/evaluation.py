"""How well a probability tells: area under the curve with bootstrap intervals over subjects, calibration, rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

RESAMPLES = 1000


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve: share of pairs of case and control that ``score`` puts in order (Mann-Whitney), ties half."""
    cases = int(np.sum(truth > 0))
    controls = len(truth) - cases
    if cases == 0 or controls == 0:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[np.asarray(truth) > 0].sum() - cases * (cases + 1) / 2) / (cases * controls))


def bootstrap(
    truth: np.ndarray,
    score: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Percentile interval of ``statistic`` over resampled subjects."""
    rng = np.random.default_rng(seed)
    draws = [statistic(truth[rows], score[rows]) for rows in rng.integers(0, len(truth), (resamples, len(truth)))]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Interval(float(statistic(truth, score)), float(low), float(high))


def subject_probability(bone_probability: np.ndarray, subject: np.ndarray, subjects: int) -> np.ndarray:
    """Mean over each subject's bones; .5 for a subject without any."""
    count = np.bincount(subject, minlength=subjects)
    total = np.bincount(subject, bone_probability, minlength=subjects)
    return np.where(count > 0, total / np.maximum(count, 1), 0.5)


def calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int = 8) -> float:
    """Expected calibration error over ``bins`` bins of equal size."""
    groups = np.array_split(np.argsort(probability, kind="stable"), bins)
    return float(sum(len(rows) * abs(truth[rows].mean() - probability[rows].mean()) for rows in groups if len(rows)) / len(truth))


def brier(truth: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared difference of probability and truth."""
    return float(np.mean((probability - truth) ** 2))


def rates(truth: np.ndarray, probability: np.ndarray, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity of "probability at or above ``threshold``"."""
    positive, case = probability >= threshold, truth > 0
    return float(positive[case].mean()), float((~positive[~case]).mean())
