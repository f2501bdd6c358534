"""No subject on two sides, every subject tested once a repeat, strata even, and a leak noticed."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.errors import UsageError
from Testing.evaluation.cohorts import draw_subjects
from training.evaluation.folds import Fold, film_parts, hold_out, repeated_folds

SUBJECTS = draw_subjects(192, 59 / 192)


def test_everybody_is_tested_once_a_repeat_and_on_one_side_only() -> None:
    folds = repeated_folds(SUBJECTS, folds=5, repeats=3)
    for repeat in range(3):
        own = [fold for fold in folds if fold.repeat == repeat]
        np.testing.assert_array_equal(np.sort(np.concatenate([fold.test for fold in own])), np.arange(192))
    for fold in folds:
        parts = [set(part.tolist()) for part in (fold.train, fold.validation, fold.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 192
    assert len(folds) == 15


@pytest.mark.parametrize("seed", range(5))
def test_strata_are_even_over_folds(seed: int) -> None:
    folds = repeated_folds(SUBJECTS, folds=5, repeats=2, seed=seed)
    for repeat in range(2):
        own = [fold for fold in folds if fold.repeat == repeat]
        assert np.ptp([len(fold.test) for fold in own]) <= 1
        for label in (0, 1):
            assert np.ptp([int((SUBJECTS.truth[fold.test] == label).sum()) for fold in own]) <= 1
            for decade in np.unique(SUBJECTS.decade):
                chosen = (SUBJECTS.truth == label) & (SUBJECTS.decade == decade)
                assert np.ptp([int(chosen[fold.test].sum()) for fold in own]) <= 1
    for fold in folds:
        assert SUBJECTS.truth[fold.validation].mean() == pytest.approx(SUBJECTS.truth.mean(), abs=0.08)
        assert len(fold.validation) == pytest.approx(0.15 * (192 - len(fold.test)), abs=1)


def test_seeds_make_folds() -> None:
    def tests(seed: int) -> list[list[int]]:
        return [fold.test.tolist() for fold in repeated_folds(SUBJECTS, repeats=2, seed=seed)]

    assert tests(3) == tests(3) != tests(4)
    assert tests(3)[:5] != tests(3)[5:]


def test_hold_out_keeps_the_share_of_cases() -> None:
    fold = hold_out(SUBJECTS, test=0.25)
    assert len(fold.test) == 48
    assert SUBJECTS.truth[fold.test].mean() == pytest.approx(59 / 192, abs=0.03)
    assert set(fold.test).isdisjoint(fold.train)
    assert hold_out(SUBJECTS, seed=1).test.tolist() != hold_out(SUBJECTS, seed=2).test.tolist()


def test_a_subject_on_two_sides_is_noticed() -> None:
    with pytest.raises(AssertionError, match="two parts"):
        Fold(0, 0, np.array([0, 1]), np.array([2]), np.array([1, 3]))


def test_films_go_where_their_subject_goes() -> None:
    films = np.repeat(SUBJECTS.id, 2)[::-1]  # two films each
    for fold in repeated_folds(SUBJECTS, repeats=1):
        parts = film_parts(fold, SUBJECTS, films)
        sides = [set(films[part]) for part in (parts.train, parts.validation, parts.test)]
        assert not sides[0] & sides[1]
        assert not sides[0] & sides[2]
        assert not sides[1] & sides[2]
        assert sides[2] == set(SUBJECTS.id[fold.test])
        assert len(parts.test) == 2 * len(fold.test)


def test_a_film_of_an_unknown_subject_is_named() -> None:
    fold = hold_out(SUBJECTS)
    with pytest.raises(UsageError, match=r"film number 1.*stranger"):
        film_parts(fold, SUBJECTS, np.array([SUBJECTS.id[0], "stranger"]))


def test_too_few_cases_for_the_folds() -> None:
    with pytest.raises(UsageError, match="3 cases among 30 subjects, too few for 5 folds"):
        repeated_folds(draw_subjects(30, 0.1), folds=5)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("truth", np.full(192, 2), "label 2"),
        ("id", np.array(["twin"] * 192), "twin.*occurs twice"),
        ("age_years", np.full(192, np.nan), "s0000.*no age"),
        ("woman", np.ones(3, bool), "3 values for 192"),
    ],
)
def test_wrong_subjects_are_named(field: str, value: np.ndarray, fault: str) -> None:
    from dataclasses import replace

    with pytest.raises(UsageError, match=fault):
        replace(SUBJECTS, **{field: value})  # type: ignore[arg-type]
