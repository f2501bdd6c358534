"""From the mean of the bones' probabilities to a calibrated one, and the thresholds on it; all chosen on validation subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.classification.evaluation import rates

SENSITIVITY = 0.90
SPECIFICITY = 0.90
LEAST_SLOPE = 1e-3
"""A slope below this means that the score says nothing."""


@dataclass(frozen=True)
class Calibration:
    """Platt scaling (Platt, 1999) of the logit of the mean probability: slope and intercept."""

    slope: float
    intercept: float

    def apply(self, probability: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, same shape."""
        return 1 / (1 + np.exp(-(self.slope * logit(probability) + self.intercept)))


def logit(probability: np.ndarray | np.floating) -> np.ndarray:
    """log(p / (1 - p)), finite at 0 and 1."""
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def fit_calibration(truth: np.ndarray, probability: np.ndarray) -> Calibration:
    """Maximum likelihood slope and intercept; where the score does not rise with the truth, the prevalence for everybody."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(logit(probability)[:, None], truth > 0)
    slope = float(fitted.coef_[0, 0])
    if slope < LEAST_SLOPE:
        return Calibration(LEAST_SLOPE, float(logit(np.mean(truth > 0))))
    return Calibration(slope, float(fitted.intercept_[0]))


def rule_out_threshold(truth: np.ndarray, score: np.ndarray, sensitivity: float = SENSITIVITY) -> float:
    """Largest threshold at which at least ``sensitivity`` of the cases score at or above it."""
    cases = np.sort(score[truth > 0])
    return float(cases[int(np.floor((1 - sensitivity) * len(cases) + 1e-9))])


def rule_in_threshold(truth: np.ndarray, score: np.ndarray, specificity: float = SPECIFICITY) -> float:
    """Smallest threshold, halfway between two controls, at which at least ``specificity`` of the controls score below it."""
    controls = np.sort(score[truth <= 0])
    below = int(np.ceil(specificity * len(controls) - 1e-9))
    if below >= len(controls):
        return float(np.nextafter(controls[-1], np.inf))
    return float((controls[below - 1] + controls[below]) / 2)


def operating_point(
    validation: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], population: str
) -> dict[str, float | int | str]:
    """The ``operating_point`` of ``bundle.json`` from (truth, calibrated probability) of validation and test subjects."""
    truth, probability = validation
    ends = sorted([rule_out_threshold(truth, probability), rule_in_threshold(truth, probability)])
    tested, tested_probability = test
    at_out, at_in = (rates(tested, tested_probability, threshold) for threshold in ends)
    return {
        "rule_out": ends[0],
        "rule_in": ends[1],
        "sensitivity_at_rule_out": at_out[0],
        "specificity_at_rule_out": at_out[1],
        "sensitivity_at_rule_in": at_in[0],
        "specificity_at_rule_in": at_in[1],
        "prevalence": float(np.mean(truth > 0)),
        "subjects": len(tested),
        "cases": int(np.sum(tested > 0)),
        "population": population,
    }
