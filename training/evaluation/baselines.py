"""What a sceptic tries first: age, sex and the cortical index, alone and together with the network, all out of fold.

Inputs are standardised on the subjects a model is fitted on. A missing cortical index takes the mean of those subjects' indices,
and a further input, 1 where it is missing, lets the model give its absence a meaning of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from OsteoScreenLib.classification.calibration import logit
from OsteoScreenLib.errors import UsageError
from training.evaluation.folds import Fold
from training.evaluation.statistics import f1_threshold
from training.evaluation.values import OutOfFold, Subjects

PENALTY = 1.0
"""Strength of the ridge penalty on standardised inputs: next to nothing on a hundred subjects, a rein on twenty."""
INNER = 5
INPUTS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "age_sex": ("age", "woman"),
    "index": ("index",),
    "index_age_sex": ("index", "age", "woman"),
}
TITLES = {
    "age": "age only",
    "age_sex": "age and sex",
    "index": "cortical index only",
    "index_age_sex": "cortical index, age and sex",
    "combined": "network, cortical index, age and sex",
}


@dataclass(frozen=True)
class Unseen:
    """What a fold's networks say of subjects that they were not trained on.

    ``inner`` (n): of training and validation subjects, by networks trained on neither the subject nor anybody of the test part;
    NaN where there is none (only validation subjects need one). ``test`` (n): of test subjects, NaN elsewhere.
    """

    fold: Fold
    inner: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        place = f"repeat {self.fold.repeat}, fold {self.fold.number}"
        if np.isfinite(self.inner[self.fold.test]).any():
            raise UsageError(place, "gives inner predictions of test subjects", "Leave them out: they would leak")
        if not np.isfinite(self.test[self.fold.test]).all():
            raise UsageError(place, "lacks predictions of test subjects", "Give one for each")


def baseline(name: str, subjects: Subjects, folds: Sequence[Fold]) -> OutOfFold:
    """A logistic model of `INPUTS`, fitted on each fold's training and validation subjects (it chooses nothing on the latter)."""
    probability, threshold = _blank(subjects, folds), _blank(subjects, folds)
    for fold in folds:
        seen = np.concatenate([fold.train, fold.validation])
        model = _Clinical(name, subjects, seen)
        probability[fold.repeat, fold.test] = model.probability(fold.test)
        threshold[fold.repeat, fold.test] = f1_threshold(subjects.truth[seen], model.probability(seen))
    return OutOfFold(name, TITLES[name], probability, threshold)


def combined(subjects: Subjects, unseen: Sequence[Unseen]) -> OutOfFold:
    """Stacking (Wolpert, Neural Netw 1992;5:241) of the network with cortical index, age and sex, of which no test subject knows.

    The clinical model's logits of training and validation subjects are cross-fitted among these; a logistic model of the two
    logits is fitted where the network has an inner prediction; the clinical model is then fitted on all of them and both are
    applied to the test part. Raises `UsageError` where a fold has inner predictions of one class only.
    """
    probability, threshold = (_blank(subjects, [each.fold for each in unseen]) for _ in range(2))
    for each in unseen:
        fold, seen = each.fold, np.concatenate([each.fold.train, each.fold.validation])
        clinical = np.full(len(subjects), np.nan)
        clinical[seen] = _cross_fitted(subjects, seen)
        clinical[fold.test] = _Clinical("index_age_sex", subjects, seen).probability(fold.test)
        usable = seen[np.isfinite(each.inner[seen])]
        if len(np.unique(subjects.truth[usable])) < 2:
            place = f"repeat {fold.repeat}, fold {fold.number}"
            raise UsageError(place, f"has {len(usable)} inner predictions of one class only", "Give those of validation subjects")
        network = np.where(np.isfinite(each.inner), each.inner, each.test)
        inputs = np.stack([logit(network), logit(clinical)], axis=1)
        model = _Logistic(inputs[usable], subjects.truth[usable])
        probability[fold.repeat, fold.test] = model.probability(inputs[fold.test])
        threshold[fold.repeat, fold.test] = f1_threshold(subjects.truth[usable], model.probability(inputs[usable]))
    return OutOfFold("combined", TITLES["combined"], probability, threshold)


class _Logistic:
    """Logistic regression on inputs standardised by those it is fitted on."""

    def __init__(self, inputs: np.ndarray, truth: np.ndarray) -> None:
        from sklearn.linear_model import LogisticRegression

        self._mean, spread = inputs.mean(0), inputs.std(0)
        self._spread = np.where(spread > 0, spread, 1.0)
        self._model: Any = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit(self._scaled(inputs), truth)

    def probability(self, inputs: np.ndarray) -> np.ndarray:
        return np.asarray(self._model.predict_proba(self._scaled(inputs))[:, 1])

    def _scaled(self, inputs: np.ndarray) -> np.ndarray:
        return (inputs - self._mean) / self._spread


class _Clinical:
    """A logistic model of age, sex and index, fitted on the subjects at ``seen``."""

    def __init__(self, name: str, subjects: Subjects, seen: np.ndarray) -> None:
        self._name, self._subjects = name, subjects
        index = np.asarray(subjects.cortical_index, float)[seen]
        known = index[np.isfinite(index)]
        self._typical = float(known.mean()) if len(known) else 0.0
        self._model = _Logistic(self._inputs(seen), subjects.truth[seen])

    def probability(self, places: np.ndarray) -> np.ndarray:
        return self._model.probability(self._inputs(places))

    def _inputs(self, places: np.ndarray) -> np.ndarray:
        index = np.asarray(self._subjects.cortical_index, float)[places]
        missing = ~np.isfinite(index)
        columns = {
            "age": self._subjects.age_years[places],
            "woman": self._subjects.woman[places],
            "index": np.where(missing, self._typical, index),
            "missing": missing,
        }
        names = INPUTS[self._name]
        names += ("missing",) if "index" in names else ()
        return np.stack([np.asarray(columns[name], float) for name in names], axis=1)


def _cross_fitted(subjects: Subjects, seen: np.ndarray) -> np.ndarray:
    """Clinical probability of every subject at ``seen`` by a model fitted on others of them."""
    found = np.empty(len(seen))
    order = np.argsort(subjects.truth[seen], kind="stable")  # so that every part has its share of cases
    part = np.empty(len(seen), int)
    part[order] = np.arange(len(seen)) % INNER
    for number in range(INNER):
        found[part == number] = _Clinical("index_age_sex", subjects, seen[part != number]).probability(seen[part == number])
    return found


def _blank(subjects: Subjects, folds: Sequence[Fold]) -> np.ndarray:
    return np.full((1 + max(fold.repeat for fold in folds), len(subjects)), np.nan)
