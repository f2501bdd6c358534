"""Every figure of one row of the table, with its intervals."""

from __future__ import annotations

from dataclasses import dataclass

from training.evaluation import weighted
from training.evaluation.bootstrap import RESAMPLES, bootstrap
from training.evaluation.delong import DeLong, delong
from training.evaluation.reliability import CalibrationError, CalibrationLine, calibration_errors, calibration_line
from training.evaluation.statistics import predictive_values
from training.evaluation.values import Interval, OutOfFold, Subjects


@dataclass(frozen=True)
class Summary:
    """A method on a cohort. Intervals are bootstrap percentiles over subjects, but for ``delong``.

    Rates belong to the row's own thresholds (`OutOfFold.threshold`). ``ppv`` and ``npv`` follow from them at ``prevalence``.
    """

    name: str
    title: str
    subjects: int
    cases: int
    repeats: int
    auc: Interval
    delong: DeLong
    f1: Interval
    macro_f1: Interval
    accuracy: Interval
    sensitivity: Interval
    specificity: Interval
    brier: Interval
    prevalence: float
    ppv: float
    npv: float
    calibration_error: CalibrationError
    calibration_line: CalibrationLine


def summarise(
    row: OutOfFold, subjects: Subjects, prevalence: float | None = None, seed: int = 0, resamples: int = RESAMPLES
) -> Summary:
    """All figures of a row; ``prevalence`` is that of the cohort where none is given.

    A figure is computed for every repeat over all its subjects (its folds together) and averaged over the repeats; the
    interval is the bootstrap's over subjects of that mean. Equal seeds draw the same people for every row.

    Raises `UsageError` with fewer than two cases or controls.
    """
    truth, positive = subjects.truth, row.positive
    prevalence = subjects.cases / len(subjects) if prevalence is None else prevalence

    def rate(statistic: weighted.Statistic) -> Interval:
        return bootstrap(truth, positive, statistic, seed, resamples)

    sensitivity, specificity = rate(weighted.sensitivity), rate(weighted.specificity)
    ppv, npv = predictive_values(sensitivity.value, specificity.value, prevalence)
    return Summary(
        name=row.name,
        title=row.title,
        subjects=len(subjects),
        cases=subjects.cases,
        repeats=len(row.probability),
        auc=bootstrap(truth, row.probability, weighted.auc, seed, resamples),
        delong=delong(truth, row.probability),
        f1=rate(weighted.f1),
        macro_f1=rate(weighted.macro_f1),
        accuracy=rate(weighted.accuracy),
        sensitivity=sensitivity,
        specificity=specificity,
        brier=bootstrap(truth, row.probability, weighted.brier, seed, resamples),
        prevalence=prevalence,
        ppv=ppv,
        npv=npv,
        calibration_error=calibration_errors(truth, row.probability),
        calibration_line=calibration_line(truth, row.probability, seed, max(resamples // 4, 2)),
    )
