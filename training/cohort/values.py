"""What a cohort holds of each film: who it is of, and the cut-outs that every method of the comparison sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS

WHOLE_SHAPE = (160, 128)
"""Rows and columns of the whole film, for methods without segmentation."""
LANDMARKS = 5
LANDMARK_SHAPE = (96, 96)


@dataclass(frozen=True)
class Member:
    """One film of a subject with what DXA and the films' table say; NaN where a number is not known.

    ``true_index`` is the simulation's own cortical index of metacarpal 2 at mid-shaft. ``split`` is empty where the table leaves
    it to the evaluation.
    """

    subject: str
    film: str
    age_years: float
    woman: bool
    osteoporotic: bool
    t_score: float = np.nan
    height_cm: float = np.nan
    side: str = ""
    split: str = ""
    true_index: float = np.nan


@dataclass(frozen=True)
class FilmCuts:
    """A film as the methods see it; pixels are float16, normalised and not masked, masks bool.

    Attributes
    ----------
    pixels, masks : 7 x `CUT_ROWS` x `CUT_COLUMNS`, bones cut out by the consensus of the model's hypotheses
    single : masks of the same shape, by one outline of the most trusted expert
    found : 7, whether there is such a bone
    whole, whole_field : the whole film and its exposed field, `WHOLE_SHAPE`
    landmarks, landmark_found : `LANDMARKS` squares of film about landmarks, soft tissue included
    measured_index : mean cortical index of metacarpals 2 to 4, NaN where it could not be measured
    trusted_spacing : whether the bones were cut out in millimetres
    """

    pixels: np.ndarray
    masks: np.ndarray
    single: np.ndarray
    found: np.ndarray
    whole: np.ndarray
    whole_field: np.ndarray
    landmarks: np.ndarray
    landmark_found: np.ndarray
    measured_index: float
    trusted_spacing: bool


def empty_bones() -> np.ndarray:
    """Room for seven cut-outs, all zero."""
    return np.zeros((7, CUT_ROWS, CUT_COLUMNS), np.float16)
