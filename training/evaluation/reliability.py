"""Whether probabilities come true: calibration error, line and curve.

All take ``truth`` (n) and ``probability`` (n) or (repeats, n); figures are computed for each repeat and averaged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from OsteoScreenLib.classification.calibration import logit
from OsteoScreenLib.words import wilson_interval
from training.evaluation.bootstrap import drawn, percentiles
from training.evaluation.values import Interval

BINS = 10
_LINE_RESAMPLES = 500
_STEPS = 25
_LARGEST = 30.0


@dataclass(frozen=True)
class CalibrationError:
    """Expected calibration error over bins of equally many subjects, with what chance alone makes of it.

    Attributes
    ----------
    plain : weighted mean over the bins of |observed share - mean probability| (Naeini et al., AAAI 2015). It is above 0 for
        a perfect score too, since the share among a few dozen people scatters
    if_perfect : the mean plain error that perfect probabilities, these very ones, would show on as many subjects
    debiased : plain, less its bias as a normal scatter of each bin's share gives it (Kumar et al., NeurIPS 2019); what is left
        of the bias is smaller, but still above 0 for a perfect score
    squared : mean squared difference of share and probability, less the share's variance: of no bias, so below 0 at times
        (Bröcker, Clim Dyn 2012;39:655)
    """

    plain: float
    if_perfect: float
    debiased: float
    squared: float

    @property
    def root(self) -> float:
        """Root of the unbiased mean square, 0 where that is below 0."""
        return float(np.sqrt(max(self.squared, 0.0)))


@dataclass(frozen=True)
class CalibrationLine:
    """Logistic recalibration (Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230).

    ``slope`` and ``intercept`` of logit(share) on the logit of the probability are 1 and 0 at best; a slope below 1 is
    overconfident. ``in_the_large`` is the intercept with the slope held at 1 (above 0: probabilities are too low on the whole).
    """

    slope: Interval
    intercept: Interval
    in_the_large: Interval


@dataclass(frozen=True)
class CurvePoint:
    """One bin of the calibration curve: mean probability, observed share with its Wilson interval, and number of subjects."""

    probability: float
    share: Interval
    subjects: float


def calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error, plain; see `CalibrationError`."""
    return calibration_errors(truth, probability, bins).plain


def calibration_errors(truth: np.ndarray, probability: np.ndarray, bins: int = BINS) -> CalibrationError:
    """Plain and debiased calibration errors."""
    each = [_errors(np.asarray(truth, float), one, bins) for one in np.atleast_2d(probability)]
    plain, if_perfect, debiased, squared = np.mean(each, axis=0)
    return CalibrationError(float(plain), float(if_perfect), float(debiased), float(squared))


def _errors(truth: np.ndarray, probability: np.ndarray, bins: int) -> tuple[float, float, float, float]:
    groups = [rows for rows in np.array_split(np.argsort(probability, kind="stable"), bins) if len(rows)]
    count = np.array([len(rows) for rows in groups])
    weight = count / count.sum()
    share = np.array([truth[rows].mean() for rows in groups])
    gap = np.abs(share - [probability[rows].mean() for rows in groups])
    plain = float(weight @ gap)
    # A bin of one subject has no variance of its own: that of a fair coin is the largest.
    variance = np.where(count > 1, share * (1 - share) / np.maximum(count - 1, 1), 0.25)
    own = np.array([np.sum(probability[rows] * (1 - probability[rows])) for rows in groups]) / count**2
    if_perfect = float(weight @ _folded(np.zeros(len(count)), np.sqrt(own)))
    bias = float(weight @ _folded(gap, np.sqrt(variance))) - plain
    return plain, if_perfect, max(plain - bias, 0.0), float(weight @ (gap**2 - variance))


def _folded(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Mean of |x| for normal x."""
    safe = np.where(spread > 0, spread, 1.0)
    folded = safe * np.sqrt(2 / np.pi) * np.exp(-((mean / safe) ** 2) / 2) + mean * (1 - 2 * norm.cdf(-mean / safe))
    return np.where(spread > 0, folded, np.abs(mean))


def calibration_line(
    truth: np.ndarray, probability: np.ndarray, seed: int = 0, resamples: int = _LINE_RESAMPLES
) -> CalibrationLine:
    """Slope and intercepts with bootstrap intervals over subjects."""
    truth, probability = np.asarray(truth, float), np.atleast_2d(probability)
    whole = _lines(truth, probability, np.ones((1, len(truth))))[0]
    draws = drawn(truth, probability, _lines, seed, resamples)
    return CalibrationLine(*(Interval(float(whole[part]), *percentiles(draws[:, part])) for part in range(3)))


def _lines(truth: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Slope, intercept and calibration in the large of every resample (resamples, 3), by Newton's method."""
    return np.mean([_fitted(truth, logit(one), weights) for one in probability], axis=0)


def _fitted(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    slope, intercept, large = np.ones(len(weights)), np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(_STEPS):
        share = _sigmoid(slope[:, None] * score + intercept[:, None])
        rest, curve = weights * (truth - share), weights * share * (1 - share)
        step = _solved(rest @ score, rest.sum(1), curve @ score**2, curve @ score, curve.sum(1))
        slope, intercept = np.clip(slope + step[0], -_LARGEST, _LARGEST), np.clip(intercept + step[1], -_LARGEST, _LARGEST)
        share = _sigmoid(score + large[:, None])
        curve = (weights * share * (1 - share)).sum(1)
        large = np.clip(large + (weights * (truth - share)).sum(1) / np.maximum(curve, 1e-9), -_LARGEST, _LARGEST)
        if np.abs(step).max() < 1e-8:
            break
    return np.stack([slope, intercept, large], axis=1)


def _solved(first: np.ndarray, second: np.ndarray, a: np.ndarray, b: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Newton step of [[a, b], [b, d]]; at most 2 in any direction, as a score of one value would leap."""
    area = np.maximum(a * d - b * b, 1e-9)
    return np.clip([(d * first - b * second) / area, (a * second - b * first) / area], -2, 2)


def calibration_curve(truth: np.ndarray, probability: np.ndarray, bins: int = BINS) -> tuple[CurvePoint, ...]:
    """Bins of equally many predictions, of all repeats together; each counts as predictions / repeats subjects."""
    probability = np.atleast_2d(probability)
    repeats = len(probability)
    flat, labels = probability.ravel(), np.tile(np.asarray(truth, float), repeats)
    points = []
    for rows in np.array_split(np.argsort(flat, kind="stable"), bins):
        if len(rows):
            share, subjects = float(labels[rows].mean()), len(rows) / repeats
            # Whole subjects: a person's predictions in several repeats are no further people.
            low, high = wilson_interval(share, max(int(subjects), 1))
            points.append(CurvePoint(float(flat[rows].mean()), Interval(share, low, high), subjects))
    return tuple(points)


def _sigmoid(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(score, -50, 50)))
