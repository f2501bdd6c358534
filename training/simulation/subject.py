"""Who is on the film: age, sex, size, and the bone that the film shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import Laterality

OSTEOPOROSIS_T_SCORE = -2.5
"""Definition of osteoporosis by DXA (WHO 1994): T-score of -2.5 or below."""
HEIGHT_CM: dict[str, tuple[float, float]] = {"F": (161.3, 7.1), "M": (175.3, 7.6)}
"""Mean and SD of stature by sex; means of adults in the United States 2015-2018 (Fryar et al., Vital Health Stat 3(46), 2021)."""
METACARPAL_3_MM: dict[str, tuple[float, float]] = {"F": (62.0, 3.4), "M": (67.0, 3.4)}
STATURE_CORRELATION = 0.65
"""Of the third metacarpal's length with stature within a sex (approximation: .5 to .7 in forensic series)."""


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
    porosity : share of the cortex that tunnels take
    trabecular_spacing_mm : distance between trabecular struts
    height_cm : stature
    side : the hand on film; ``None`` leaves it to the film
    """

    age_years: float
    sex: str
    t_score: float
    cortical_index: float
    trabecular_fill: float
    cortical_density: float
    metacarpal_3_mm: float
    porosity: float = 0.0
    trabecular_spacing_mm: float = 0.7
    height_cm: float = 165.0
    side: Laterality | None = None

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
    Cortical porosity rises and struts stand further apart as bone is lost (Boutroy et al. 2005, J Clin Endocrinol Metab
    90:6508, distal radius of women with and without osteoporosis); how steeply is an approximation of ours.
    """
    later = rng.spawn(1)[0]  # of its own, so that what was drawn before it was added stays as it was
    cortical_index = np.clip(0.55 + 0.05 * t_score + rng.normal(0, 0.07), 0.15, 0.82)
    fill = np.clip(0.26 * np.exp(0.09 * t_score + rng.normal(0, 0.22)), 0.05, 0.5)
    density = np.clip(0.94 + 0.018 * t_score + rng.normal(0, 0.03), 0.72, 1.0)
    length = float(np.clip(rng.normal(*METACARPAL_3_MM[sex]), 50, 78))
    loss = float(np.clip(-t_score / 4, 0, 1))
    return Subject(
        age_years=age_years,
        sex=sex,
        t_score=t_score,
        cortical_index=float(cortical_index),
        trabecular_fill=float(fill),
        cortical_density=float(density),
        metacarpal_3_mm=length,
        porosity=loss * float(later.uniform(0.0, 0.15)),
        trabecular_spacing_mm=float(np.clip(0.68 * np.exp(-0.07 * t_score + later.normal(0, 0.2)), 0.4, 1.2)),
        height_cm=_height(length, sex, later),
    )


def _height(metacarpal_3_mm: float, sex: str, rng: np.random.Generator) -> float:
    """Stature that goes with a metacarpal's length."""
    mean, spread = METACARPAL_3_MM[sex]
    stature, stature_spread = HEIGHT_CM[sex]
    shared = STATURE_CORRELATION * (metacarpal_3_mm - mean) / spread
    return stature + stature_spread * (shared + float(rng.normal(0, np.sqrt(1 - STATURE_CORRELATION**2))))
