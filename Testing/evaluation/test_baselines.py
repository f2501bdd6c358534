"""Logistic baselines out of fold, and stacking that neither leaks nor loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.errors import UsageError
from Testing.evaluation.cohorts import binormal, draw_subjects, posterior
from training.evaluation.baselines import INPUTS, Unseen, baseline, combined
from training.evaluation.folds import repeated_folds
from training.evaluation.statistics import auc

SUBJECTS = draw_subjects(600)
FOLDS = repeated_folds(SUBJECTS, folds=3, repeats=2)


def unseen(network: np.ndarray, *, everybody: bool = False) -> list[Unseen]:
    found = []
    for fold in FOLDS:
        inner, test = np.full(600, np.nan), np.full(600, np.nan)
        places = np.concatenate([fold.train, fold.validation]) if everybody else fold.validation
        inner[places], test[fold.test] = network[places], network[fold.test]
        found.append(Unseen(fold, inner, test))
    return found


def test_age_alone_tells_what_age_tells() -> None:
    row = baseline("age", SUBJECTS, FOLDS)
    assert auc(SUBJECTS.truth, row.probability) == pytest.approx(auc(SUBJECTS.truth, SUBJECTS.age_years), abs=0.015)
    assert row.probability.shape == (2, 600)


def test_more_inputs_tell_more_and_all_rows_are_calibrated() -> None:
    found = {name: baseline(name, SUBJECTS, FOLDS) for name in INPUTS}
    area = {name: auc(SUBJECTS.truth, row.probability) for name, row in found.items()}
    assert area["age"] < area["age_sex"] < area["index_age_sex"]
    assert area["index"] < area["index_age_sex"]
    for row in found.values():
        assert row.probability.mean() == pytest.approx(SUBJECTS.truth.mean(), abs=0.02)


def test_labels_of_the_test_part_change_nothing_said_of_it() -> None:
    fold = FOLDS[0]
    turned = SUBJECTS.truth.copy()
    turned[fold.test] = 1 - turned[fold.test]
    network = posterior(binormal(SUBJECTS.truth, 0.8)[0], 0.8, 0.3)
    given = unseen(network)
    said = [
        (baseline("index_age_sex", each, FOLDS).probability[0, fold.test], combined(each, given).probability[0, fold.test])
        for each in (SUBJECTS, replace(SUBJECTS, truth=turned))
    ]
    np.testing.assert_array_equal(said[0][0], said[1][0])
    np.testing.assert_array_equal(said[0][1], said[1][1])


def test_thresholds_are_the_folds_own_and_not_chosen_on_the_test_part() -> None:
    row = baseline("index_age_sex", SUBJECTS, FOLDS)
    for fold in FOLDS:
        assert len(np.unique(np.asarray(row.threshold)[fold.repeat, fold.test])) == 1
    assert len(np.unique(row.threshold)) > 1


def test_a_missing_index_is_no_hidden_case() -> None:
    missing = ~np.isfinite(SUBJECTS.cortical_index)
    assert missing.sum() > 20
    row = baseline("index", SUBJECTS, FOLDS)
    assert row.probability[:, missing].mean() == pytest.approx(SUBJECTS.truth[missing].mean(), abs=0.12)
    # An index that is missing because of the disease tells, and may tell.
    told = replace(SUBJECTS, cortical_index=np.where(SUBJECTS.truth == 1, np.nan, 0.5))
    assert auc(told.truth, baseline("index", told, FOLDS).probability) > 0.99
    nobody = replace(SUBJECTS, cortical_index=np.full(600, np.nan))
    assert auc(SUBJECTS.truth, baseline("index", nobody, FOLDS).probability) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("everybody", [False, True])
def test_combined_is_better_than_either_part(everybody: bool) -> None:
    network = posterior(binormal(SUBJECTS.truth, 0.8)[0], 0.8, 0.3)
    both = auc(SUBJECTS.truth, combined(SUBJECTS, unseen(network, everybody=everybody)).probability)
    assert both > auc(SUBJECTS.truth, baseline("index_age_sex", SUBJECTS, FOLDS).probability) + 0.02
    assert both > auc(SUBJECTS.truth, network) + 0.02


def test_combined_is_not_misled_by_a_network_of_chance() -> None:
    chance = np.random.default_rng(5).random(600)
    both = combined(SUBJECTS, unseen(chance))
    assert (
        auc(SUBJECTS.truth, both.probability) > auc(SUBJECTS.truth, baseline("index_age_sex", SUBJECTS, FOLDS).probability) - 0.03
    )


def test_leaks_and_gaps_are_refused() -> None:
    fold, nothing = FOLDS[0], np.full(600, np.nan)
    with pytest.raises(UsageError, match=r"repeat 0, fold 0.*inner predictions of test subjects"):
        Unseen(fold, np.full(600, 0.5), np.full(600, 0.5))
    with pytest.raises(UsageError, match="lacks predictions"):
        Unseen(fold, nothing, nothing)
    with pytest.raises(UsageError, match="one class only"):
        combined(SUBJECTS, [Unseen(fold, nothing, np.full(600, 0.5))])
