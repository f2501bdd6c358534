"""How far a measured level can be trusted: a number for each cause of error, and one word by a rule."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.radiogrammetry.values import Trust

GOOD_ERROR = 0.016
FAIR_ERROR = 0.03


def trust_of(mci_error: float, profile_error: float) -> Trust:
    """The word for a level, by the expected error of its index: both causes of error added in squares."""
    error = float(np.hypot(mci_error, profile_error))
    if error <= GOOD_ERROR:
        return Trust.GOOD
    return Trust.FAIR if error <= FAIR_ERROR else Trust.POOR


def profile_error(outer: np.ndarray, medullary: np.ndarray, independent: float) -> float:
    """Standard error of the cortical index over profiles.

    Parameters
    ----------
    outer, medullary
        Profiles x 2 (left, right): half-height edges, whose bias all profiles of a level share.
    independent
        How many independent profiles these are worth; neighbours repeat each other.
    """
    index = 1.0 - (medullary[:, 1] - medullary[:, 0]) / (outer[:, 1] - outer[:, 0])
    spread = 1.4826 * float(np.median(np.abs(index - np.median(index))))
    return spread / float(np.sqrt(max(independent, 1.0)))
