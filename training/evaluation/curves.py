"""ROC curve and decision curve with pointwise 95 % bands over resampled subjects; repeats are averaged within a resample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.evaluation.bootstrap import resampled
from training.evaluation.values import OutOfFold

_RESAMPLES = 500
_RATES = np.linspace(0, 1, 101)
_THRESHOLDS = np.linspace(0.01, 0.6, 60)


@dataclass(frozen=True)
class RocCurve:
    """``sensitivity`` with its band ``low`` to ``high`` at every ``false_positive_rate``."""

    false_positive_rate: np.ndarray
    sensitivity: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit by threshold probability, in true positives a subject (Vickers and Elkin, Med Decis Making 2006;26:565).

    At threshold t: share of true positives - share of false positives * t / (1 - t). ``treat_all`` calls everybody
    positive, treating nobody has a net benefit of 0.
    """

    threshold: np.ndarray
    net_benefit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    treat_all: np.ndarray


def roc_curve(truth: np.ndarray, row: OutOfFold, seed: int = 0, resamples: int = _RESAMPLES) -> RocCurve:
    """Sensitivity at fixed false positive rates, straight lines between thresholds."""
    case = np.asarray(truth) > 0
    weights = resampled(np.random.default_rng(seed), resamples, len(case))
    weights = weights[(weights[:, case].sum(1) > 0) & (weights[:, ~case].sum(1) > 0)]
    whole, *draws = _sensitivities(case, row.probability, np.concatenate([np.ones((1, len(case))), weights]))
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return RocCurve(_RATES, whole, low, high)


def _sensitivities(case: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(resamples, rates)."""
    found = np.zeros((len(weights), len(_RATES)))
    for score in probability:
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        last = np.concatenate([ranked[:-1] != ranked[1:], [True]])
        hits = np.cumsum(weights[:, order] * case[order], axis=1)[:, last]
        alarms = np.cumsum(weights[:, order] * ~case[order], axis=1)[:, last]
        for number, (hit, alarm) in enumerate(zip(hits, alarms, strict=True)):
            found[number] += _at_rates(alarm / alarm[-1], hit / hit[-1])
    return found / len(probability)


def _at_rates(alarm: np.ndarray, hit: np.ndarray) -> np.ndarray:
    # np.interp takes the last of equal places, which is the upper end of a vertical step, as it should be.
    return np.interp(_RATES, np.concatenate([[0.0], alarm]), np.concatenate([[0.0], hit]))


def decision_curve(truth: np.ndarray, row: OutOfFold, seed: int = 0, resamples: int = _RESAMPLES) -> DecisionCurve:
    """Net benefit of "probability at or above t" at thresholds of 1 to 60 %."""
    case = np.asarray(truth) > 0
    weights = resampled(np.random.default_rng(seed), resamples, len(case))
    weights = np.concatenate([np.ones((1, len(case))), weights]) / len(case)
    odds = _THRESHOLDS / (1 - _THRESHOLDS)
    found = np.empty((len(weights), len(_THRESHOLDS)))
    for column, threshold in enumerate(_THRESHOLDS):
        positive = (row.probability >= threshold).mean(0)  # net benefit is linear, so repeats can be averaged here
        found[:, column] = weights @ (positive * np.where(case, 1.0, -odds[column]))
    low, high = np.percentile(found[1:], [2.5, 97.5], axis=0)
    prevalence = case.mean()
    return DecisionCurve(_THRESHOLDS, found[0], low, high, prevalence - (1 - prevalence) * odds)
