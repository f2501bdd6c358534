"""Who is on the film: age, sex, size, and the bone that the film shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OSTEOPOROSIS_T_SCORE = -2.5
"""Definition of osteoporosis by DXA (WHO 1994): T-score of -2.5 or below."""


@dataclass(frozen=True)
class Subject:
    """A simulated person.

    Attributes
    ----------
    t_score : latent areal bone mineral density as a T-score, standing for DXA
    cortical_index : metacarpal cortical index of the second metacarpal at mid-shaft
    trabecular_fill : mineral fraction of the metaphyses' trabecular bone
    cortical_density : mineral of the cortex relative to compact bone (below 1: porosity)
    metacarpal_3_mm : length of the third metacarpal, the unit of all proportions
    """

    age_years: float
    sex: str
    t_score: float
    cortical_index: float
    trabecular_fill: float
    cortical_density: float
    metacarpal_3_mm: float

    @property
    def osteoporotic(self) -> bool:
        """Whether the latent T-score meets the definition."""
        return self.t_score <= OSTEOPOROSIS_T_SCORE


def sample_training_subject(rng: np.random.Generator) -> Subject:
    """Draw a subject for outlining: bone status spread evenly, so that thin and thick cortices are both common."""
    sex = "F" if rng.random() < 0.6 else "M"
    age = float(rng.uniform(15, 95))
    return subject_with_t_score(rng, age, sex, float(rng.uniform(-5.0, 2.0)))


def subject_with_t_score(rng: np.random.Generator, age_years: float, sex: str, t_score: float) -> Subject:
    """Draw the bone that belongs to a T-score, with individual scatter.

    Mean cortical index .55 at T = 0 falling .05 per unit, individual SD .07: with a T-score SD of 1.2 this gives a correlation
    of about .65 between index and density and a population SD of about .1, as published for digital X-ray radiogrammetry.
    """
    cortical_index = np.clip(0.55 + 0.05 * t_score + rng.normal(0, 0.07), 0.15, 0.82)
    fill = np.clip(0.26 * np.exp(0.09 * t_score + rng.normal(0, 0.22)), 0.05, 0.5)
    density = np.clip(0.94 + 0.018 * t_score + rng.normal(0, 0.03), 0.72, 1.0)
    mean_length = 67.0 if sex == "M" else 62.0
    return Subject(
        age_years=age_years,
        sex=sex,
        t_score=t_score,
        cortical_index=float(cortical_index),
        trabecular_fill=float(fill),
        cortical_density=float(density),
        metacarpal_3_mm=float(np.clip(rng.normal(mean_length, 3.4), 50, 78)),
    )
