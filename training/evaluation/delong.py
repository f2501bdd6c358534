"""Variance of areas under ROC curves and the test of two correlated ones.

DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837. Placement values come from mid-ranks (Sun and Xu, IEEE Signal Process
Lett 2014;21:1389), in n log n steps. Repeats: the mean over the repeats of the share of pairs in order is itself a
two-sample statistic of the same subjects, so its variance is DeLong's with every subject's placement values averaged over
the repeats. As the bootstrap, it tells of other subjects, not of other trainings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from OsteoScreenLib.errors import UsageError
from training.evaluation.bootstrap import Difference
from training.evaluation.values import Interval

_QUANTILE = float(norm.ppf(0.975))


@dataclass(frozen=True)
class DeLong:
    """AUC with its standard error and two 95 % intervals: plain (cut at 0 and 1), and symmetric on the logit scale.

    The logit one stays inside 0..1 and covers better near 1; it is NaN where the AUC is 0 or 1, for which DeLong's
    variance is 0 whatever the number of subjects.
    """

    auc: float
    standard_error: float
    plain: Interval
    logit: Interval


def delong(truth: np.ndarray, score: np.ndarray) -> DeLong:
    """DeLong's interval of the AUC (mean over the repeats); ``score`` is (n) or (repeats, n).

    Raises `UsageError` with fewer than two cases or controls.
    """
    cases, controls = placements(truth, score)
    area, error = float(cases.mean()), float(np.sqrt(_variance(cases, controls)))
    reach = _QUANTILE * error
    plain = Interval(area, max(area - reach, 0.0), min(area + reach, 1.0))
    if not 0 < area < 1:
        return DeLong(area, error, plain, Interval(area, float("nan"), float("nan")))
    centre, spread = np.log(area / (1 - area)), reach / (area * (1 - area))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (centre - spread, centre + spread))
    return DeLong(area, error, plain, Interval(area, low, high))


def delong_difference(truth: np.ndarray, first: tuple[str, np.ndarray], second: tuple[str, np.ndarray]) -> Difference:
    """First AUC minus second, of two methods (name, score) on the same subjects, with DeLong's interval and two-sided p.

    Raises `UsageError` with fewer than two cases or controls.
    """
    (cases, controls), (other_cases, other_controls) = (placements(truth, score) for _, score in (first, second))
    value = float(cases.mean() - other_cases.mean())
    error = float(np.sqrt(_variance(cases - other_cases, controls - other_controls)))
    p = float(2 * norm.sf(abs(value) / error)) if error > 0 else float(value == 0)
    return Difference(first[0], second[0], value, value - _QUANTILE * error, value + _QUANTILE * error, p)


def placements(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per case the share of the controls below it, per control the share of the cases above it, ties half; mean over repeats."""
    case = np.asarray(truth) > 0
    cases, controls = int(case.sum()), int((~case).sum())
    if min(cases, controls) < 2:
        raise UsageError("evaluation", f"has {cases} cases and {controls} controls", "Give at least two of each")
    score = np.atleast_2d(score)
    ranks = rankdata(score, axis=1)
    of_cases = (ranks[:, case] - rankdata(score[:, case], axis=1)) / controls
    of_controls = 1 - (ranks[:, ~case] - rankdata(score[:, ~case], axis=1)) / cases
    return of_cases.mean(0), of_controls.mean(0)


def _variance(cases: np.ndarray, controls: np.ndarray) -> float:
    return float(cases.var(ddof=1) / len(cases) + controls.var(ddof=1) / len(controls))
