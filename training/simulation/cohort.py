"""Simulated people with a latent T-score that follows age and sex, for training and judging the classifier.

The T-score stands for DXA: the lower one of femoral neck and lumbar spine, against a young adult reference.

Sources of the numbers
----------------------
- Osteoporosis at femoral neck or lumbar spine, United States 2017-2018 (Sarafrazi, Wambogo, Shepherd, NCHS Data Brief 405,
  2021): women 13.1 % (50-64 years) and 27.1 % (65 and older), men 3.3 % (flagged there as potentially unreliable) and 5.7 %;
  low bone mass (-2.5 < T <= -1): women 51.5 %, men 33.5 %.
- Young adults: each site has mean 0 and SD 1 by definition; the lower one of two standard normals of correlation r has mean
  -sqrt((1 - r) / pi), which is -.36 for r = .6 (approximation: published correlations of the two sites lie around .5 to .7).

Approximations of ours: normal T-scores at every age with an SD of 1.1, and straight lines between the ages of `T_SCORE_MEANS`.
At 57 and 74 years, taken as the middle of the two published age groups, the means are those that give the published osteoporosis
with this SD: -2.5 + 1.1 * z. The shares of low bone mass are not fitted and serve as a check (see the tests).

How cortical index, trabecular mineral and density depend on the T-score, with individual scatter, is in `subject`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.subject import Subject, subject_with_t_score

T_SCORE_SD = 1.1
T_SCORE_MEANS: dict[str, tuple[tuple[float, float], ...]] = {
    "F": ((20, -0.36), (42, -0.36), (57, -1.27), (74, -1.83), (95, -2.2)),
    "M": ((20, -0.36), (48, -0.36), (57, -0.48), (74, -0.76), (95, -1.1)),
}
"""(age in years, mean T-score) by sex; linear in between."""


@dataclass(frozen=True)
class Population:
    """Who is screened. Ages are uniform in ``age_years``; ``women`` is a share.

    ``osteoporotic`` draws that share of cases whatever age and sex say (for training); ``None`` leaves it to nature.
    """

    age_years: tuple[float, float] = (50.0, 90.0)
    women: float = 0.7
    osteoporotic: float | None = None


SCREENING = Population()
"""People of 50 and older with a hand film, mostly women: the natural share of osteoporosis."""
ENRICHED = Population(osteoporotic=0.4)
"""The same with more cases, so that training sees enough of them."""


def mean_t_score(age_years: float, sex: str) -> float:
    """Mean T-score at an age; ``sex`` is "F" or "M"."""
    ages, means = zip(*T_SCORE_MEANS[sex], strict=True)
    return float(np.interp(age_years, ages, means))


def sample_subject(rng: np.random.Generator, population: Population = SCREENING) -> Subject:
    """Draw one person of a population. Equal generator states give equal people."""
    wanted = None if population.osteoporotic is None else bool(rng.random() < population.osteoporotic)
    while True:
        age = float(rng.uniform(*population.age_years))
        sex = "F" if rng.random() < population.women else "M"
        t_score = float(rng.normal(mean_t_score(age, sex), T_SCORE_SD))
        person = subject_with_t_score(rng, age, sex, t_score)
        if wanted is None or person.osteoporotic == wanted:
            return person
