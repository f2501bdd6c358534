"""The simulated cohort against the published figures it is built on, and against those it is not fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.statistics import auc
from training.simulation.cohort import ENRICHED, SCREENING, Population, mean_t_score, sample_subject
from training.simulation.subject import Subject


def draw(population: Population, count: int, seed: int = 0) -> list[Subject]:
    rng = np.random.default_rng(seed)
    return [sample_subject(rng, population) for _ in range(count)]


def share(people: list[Subject], low: float, high: float) -> float:
    return float(np.mean([low < one.t_score <= high for one in people]))


@pytest.mark.parametrize(("sex", "ages", "published"), [("F", (50, 65), 0.131), ("F", (65, 90), 0.271), ("M", (65, 90), 0.057)])
def test_osteoporosis_by_age_and_sex_is_as_published(sex: str, ages: tuple[float, float], published: float) -> None:
    people = draw(Population(ages, 1.0 if sex == "F" else 0.0), 6000)
    assert share(people, -np.inf, -2.5) == pytest.approx(published, abs=0.03)


@pytest.mark.parametrize(("women", "published"), [(1.0, 0.515), (0.0, 0.335)])
def test_low_bone_mass_was_not_fitted_and_comes_near(women: float, published: float) -> None:
    assert share(draw(Population((50, 90), women), 6000), -2.5, -1.0) == pytest.approx(published, abs=0.06)


def test_the_cortical_index_tells_as_well_as_published_radiogrammetry_and_not_better() -> None:
    people = draw(SCREENING, 12000)
    t_score = np.array([one.t_score for one in people])
    index = np.array([one.cortical_index for one in people])
    truth = np.array([one.osteoporotic for one in people])
    assert 0.5 < np.corrcoef(t_score, index)[0, 1] < 0.67
    assert 0.75 < auc(truth, -index) < 0.87


def test_enriched_cases_are_enriched_and_equal_seeds_give_equal_people() -> None:
    assert np.mean([one.osteoporotic for one in draw(ENRICHED, 1500)]) == pytest.approx(0.4, abs=0.05)
    assert draw(SCREENING, 5, seed=3) == draw(SCREENING, 5, seed=3)
    assert draw(SCREENING, 5, seed=3) != draw(SCREENING, 5, seed=4)


def test_bone_is_lost_with_age_and_more_by_women() -> None:
    for sex in ("F", "M"):
        ages = [mean_t_score(age, sex) for age in range(20, 96, 5)]
        assert (np.diff(ages) <= 0).all()
    assert mean_t_score(30, "F") == mean_t_score(30, "M")
    assert mean_t_score(70, "F") < mean_t_score(70, "M") - 0.8
