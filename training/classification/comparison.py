"""The methods beside each other and beside what a sceptic would try first: age, sex and the cortical index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.classification.calibration import (
    Calibration,
    fit_calibration,
    operating_point,
    rule_in_threshold,
    rule_out_threshold,
)
from training.classification.cohort_store import Split
from training.classification.encoder import BoneClassifier
from training.classification.heads import bone_probabilities
from training.cohort.samples import BoneSamples
from training.evaluation import weighted
from training.evaluation.bootstrap import bootstrap
from training.evaluation.reliability import calibration_error
from training.evaluation.statistics import auc, brier, subject_probability
from training.evaluation.values import Interval

POPULATION = "simulated films"


@dataclass(frozen=True)
class Method:
    """A network's calibrated subject probabilities by split, and what was chosen on the validation subjects."""

    probability: dict[str, np.ndarray]
    calibration: Calibration
    operating_point: dict[str, float | int | str]


@dataclass(frozen=True)
class Comparison:
    """AUC by method, ``index_thresholds`` on the measured cortical index, and ``results`` for the bundle."""

    validation_auc: dict[str, float]
    test_auc: dict[str, Interval]
    index_thresholds: dict[str, float]
    results: dict[str, Any]

    def table(self) -> str:
        """AUC on the test subjects, as Markdown."""
        rows = [f"| {name} | {interval} |" for name, interval in self.test_auc.items()]
        return "\n".join(["| method | AUC on test subjects (95 % interval) |", "|---|---|", *rows])


def scores_of(model: BoneClassifier, samples: dict[str, BoneSamples], splits: dict[str, Split]) -> Method:
    """Probabilities of a model, calibrated on the validation subjects."""
    raw = {
        name: subject_probability(bone_probabilities(model, samples[name]), samples[name].subject.numpy(), len(splits[name]))
        for name in ("validation", "test")
    }
    truth = {name: splits[name].osteoporotic.astype(float) for name in raw}
    calibration = fit_calibration(truth["validation"], raw["validation"])
    probability = {name: calibration.apply(values) for name, values in raw.items()}
    population = (
        f"{POPULATION} of {len(splits['test'])} test subjects of 50 to 90 years; thresholds chosen on "
        f"{len(splits['validation'])} other subjects"
    )
    point = operating_point((truth["validation"], probability["validation"]), (truth["test"], probability["test"]), population)
    return Method(probability, calibration, point)


def compare(methods: dict[str, Method], splits: dict[str, Split], seed: int) -> Comparison:
    """Every method and baseline on the same test subjects."""
    validation, test = splits["validation"], splits["test"]
    truth, tested = validation.osteoporotic.astype(float), test.osteoporotic.astype(float)
    score = {name: (method.probability["validation"], method.probability["test"]) for name, method in methods.items()}
    score["cortical index, measured"] = (-_index(validation), -_index(test))
    score["cortical index, true"] = (-validation.cortical_index, -test.cortical_index)
    score["age"] = (validation.age_years, test.age_years)
    score["age and sex"] = _age_and_sex(validation, test)
    test_auc = {name: bootstrap(tested, values[1], weighted.auc, seed) for name, values in score.items()}
    index = -_index(validation)
    ends = sorted((-rule_out_threshold(truth, index), -rule_in_threshold(truth, index)))
    results = {
        "test_subjects": len(test),
        "test_cases": int(tested.sum()),
        "auc": {name: [interval.value, interval.low, interval.high] for name, interval in test_auc.items()},
        "brier": {name: brier(tested, method.probability["test"]) for name, method in methods.items()},
        "calibration_error": {name: calibration_error(tested, method.probability["test"]) for name, method in methods.items()},
        "cortical_index_correlation": {
            "true": float(np.corrcoef(test.t_score, test.cortical_index)[0, 1]),
            "measured": float(np.corrcoef(test.t_score, _index(test))[0, 1]),
        },
        "cortical_index_measured": float(np.isfinite(test.measured_index).mean()),
    }
    return Comparison(
        validation_auc={name: auc(truth, values[0]) for name, values in score.items()},
        test_auc=test_auc,
        index_thresholds={"rule_in": ends[0], "rule_out": ends[1]},
        results=results,
    )


def _index(split: Split) -> np.ndarray:
    """Measured cortical index; the split's mean where it could not be measured."""
    return np.where(np.isfinite(split.measured_index), split.measured_index, np.nanmean(split.measured_index))


def _age_and_sex(validation: Split, test: Split) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    def inputs(split: Split) -> np.ndarray:
        woman = split.woman.astype(float)
        return np.stack([split.age_years / 10, woman, woman * split.age_years / 10], axis=1)

    # Fitted on the validation subjects: training is enriched with cases.
    fitted = LogisticRegression(C=1e3, max_iter=1000).fit(inputs(validation), validation.osteoporotic)
    return fitted.decision_function(inputs(validation)), fitted.decision_function(inputs(test))
