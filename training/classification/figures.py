"""What the bundle keeps of a classifier: its figures on people it has not seen, beside what a sceptic would try first."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from training.classification.calibration import rule_in_threshold, rule_out_threshold
from training.classification.people import Part
from training.evaluation.baselines import Unseen, baseline, combined
from training.evaluation.bootstrap import bootstrap
from training.evaluation.folds import Fold
from training.evaluation.reliability import calibration_errors
from training.evaluation.statistics import brier
from training.evaluation.values import Subjects
from training.evaluation.weighted import auc

BASELINES = {
    "cortical index, measured": "index",
    "age": "age",
    "age and sex": "age_sex",
    "cortical index, age and sex": "index_age_sex",
}


def results(said: dict[str, np.ndarray], validation: Part, test: Part, seed: int) -> dict[str, Any]:
    """Figures of the calibrated probabilities ``said`` of validation and test people; only the latter enter.

    Baselines, and the classifier together with them, are fitted on the validation people. Every AUC has its bootstrap interval.
    """
    truth = test.truth
    people, folds = _joined(validation.subjects, test.subjects)
    scores = {"classifier": said["test"]}
    for title, name in BASELINES.items():
        scores[title] = baseline(name, people, folds).probability[0, folds[0].test]
    everybody = np.concatenate([said["validation"], said["test"]])
    unseen = [_unseen(fold, everybody) for fold in folds]
    scores["classifier, cortical index, age and sex"] = combined(people, unseen).probability[0, folds[0].test]
    errors = calibration_errors(truth, said["test"])
    areas = {name: bootstrap(truth, values, auc, seed) for name, values in scores.items()}
    return {
        "test_subjects": len(test.subjects),
        "test_cases": test.subjects.cases,
        "auc": {name: [area.value, area.low, area.high] for name, area in areas.items()},
        "brier": {"classifier": brier(truth, said["test"])},
        "calibration_error": {"plain": errors.plain, "if it were perfect": errors.if_perfect, "debiased": errors.debiased},
    }


def index_thresholds(validation: Part) -> dict[str, float]:
    """Cortical indices that nine in ten cases lie below (``rule_out``), and nine in ten others above (``rule_in``)."""
    known = np.isfinite(validation.subjects.cortical_index)
    truth, index = validation.truth[known], -validation.subjects.cortical_index[known]
    low, high = sorted((-rule_out_threshold(truth, index), -rule_in_threshold(truth, index)))
    return {"rule_in": low, "rule_out": high}


def _joined(validation: Subjects, test: Subjects) -> tuple[Subjects, tuple[Fold, Fold]]:
    """Both parts as one list of people, and two folds that swap who is fitted on and who is tested; the first tests ``test``."""
    names = [field.name for field in fields(Subjects) if field.name != "simulated"]
    arrays = {name: np.concatenate([getattr(part, name) for part in (validation, test)]) for name in names}
    places = np.arange(len(validation) + len(test))
    first, second = places[: len(validation)], places[len(validation) :]
    # Baselines choose nothing on a fold's validation part: they are fitted on it as well.
    folds = (Fold(0, 0, first[:-1], first[-1:], second), Fold(0, 1, second[:-1], second[-1:], first))
    return Subjects(**arrays, simulated=test.simulated), folds


def _unseen(fold: Fold, said: np.ndarray) -> Unseen:
    """The classifier has seen neither part."""
    tested = np.isin(np.arange(len(said)), fold.test)
    return Unseen(fold, np.where(tested, np.nan, said), np.where(tested, said, np.nan))
