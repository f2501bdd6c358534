"""Cohorts by name: the published cohort of 192 people, and screening populations of any size.

The published cohort (Hwang, Lee, Yoon, Scientific Reports 15, 2025): its table of ages by decade and its totals by sex, of
people with and without osteoporosis. How sex and age go together within them is not published: sexes are dealt out at
random. Teenagers are 16 to 20 years old, since the simulation builds no children.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import truncnorm

from OsteoScreenLib.radiograph.values import Laterality
from training.simulation.cohort import ENRICHED, SCREENING, T_SCORE_SD, Population, mean_t_score, sample_subject
from training.simulation.subject import OSTEOPOROSIS_T_SCORE, Subject, subject_with_t_score

PAPER_DECADES: dict[bool, tuple[int, ...]] = {
    False: (0, 8, 9, 24, 51, 23, 13, 4, 1),
    True: (2, 0, 2, 4, 12, 21, 13, 5, 0),
}
"""People from the teens to the nineties, by "has osteoporosis"."""
PAPER_MEN: dict[bool, int] = {False: 18, True: 5}
YOUNGEST = 16.0


@dataclass(frozen=True)
class Preset:
    """A cohort's people, drawn from a seed: ``draw(seed, count)`` gives them; ``count`` is the number usually drawn."""

    name: str
    words: str
    count: int
    draw: Callable[[int, int], tuple[Subject, ...]]


def paper_people(seed: int, count: int = 192) -> tuple[Subject, ...]:
    """The 192 people of the published table, in random order; fewer are the first of them. Raises `ValueError` for more."""
    whole = sum(map(sum, PAPER_DECADES.values()))
    if count > whole:
        raise ValueError(f"the published cohort has {whole} people, not {count}")
    rng = np.random.default_rng([seed, 192])
    people = []
    for osteoporotic, decades in PAPER_DECADES.items():
        total = sum(decades)
        men = set(rng.choice(total, PAPER_MEN[osteoporotic], replace=False).tolist())
        number = 0
        for decade, members in enumerate(decades, start=1):
            for _ in range(members):
                age = float(rng.uniform(max(10.0 * decade, YOUNGEST), 10.0 * decade + 10))
                people.append(_with_status(age, "M" if number in men else "F", osteoporotic, rng))
                number += 1
    return tuple(people[index] for index in rng.permutation(whole)[:count])


def screened_people(population: Population, code: int) -> Callable[[int, int], tuple[Subject, ...]]:
    """A function that draws people of a population; ``code`` keeps populations of equal seeds apart."""

    def draw(seed: int, count: int) -> tuple[Subject, ...]:
        people = []
        for index in range(count):
            rng = np.random.default_rng([seed, code, index])
            people.append(_with_side(sample_subject(rng, population), rng))
        return tuple(people)

    return draw


PRESETS: Mapping[str, Preset] = {
    one.name: one
    for one in (
        Preset("paper", "the published cohort: 192 people, 59 with osteoporosis", 192, paper_people),
        Preset("screening", "people of 50 to 90, seven in ten women", 1000, screened_people(SCREENING, 1)),
        Preset("enriched", "the same, four in ten with osteoporosis, for training", 1000, screened_people(ENRICHED, 2)),
    )
}


def _with_status(age: float, sex: str, osteoporotic: bool, rng: np.random.Generator) -> Subject:
    """A person whose T-score is drawn from those of their age and sex on the given side of the definition."""
    mean = mean_t_score(age, sex)
    edge = (OSTEOPOROSIS_T_SCORE - mean) / T_SCORE_SD
    low, high = (-np.inf, edge) if osteoporotic else (np.nextafter(edge, np.inf), np.inf)
    t_score = float(truncnorm.rvs(low, high, loc=mean, scale=T_SCORE_SD, random_state=rng))
    return _with_side(subject_with_t_score(rng, age, sex, t_score), rng)


def _with_side(person: Subject, rng: np.random.Generator) -> Subject:
    return replace(person, side=Laterality.LEFT if rng.random() < 0.5 else Laterality.RIGHT)
