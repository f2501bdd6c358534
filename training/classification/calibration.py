"""From the mean of the bones' probabilities to a calibrated one, and the thresholds on it; all chosen on validation subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from OsteoScreenLib.classification.calibration import Knots, calibrate, logit
from training.evaluation.statistics import rates

SENSITIVITY = 0.90
SPECIFICITY = 0.90
LEAST_SLOPE = 1e-3
"""A slope below this means that the score says nothing."""
PARTS, ROUNDS = 5, 4
"""Of the cross-validation by which a kind of calibration is chosen."""


@dataclass(frozen=True)
class Calibration:
    """A rising map from the mean probability to a calibrated one: a line on the logit, or ``knots`` in its place."""

    slope: float = 1.0
    intercept: float = 0.0
    knots: Knots | None = None

    def apply(self, probability: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, same shape, by the very code that the shipped classifier uses."""
        return calibrate(probability, self.slope, self.intercept, self.knots)

    def as_bundle(self) -> dict[str, Any]:
        """The ``calibration`` object of ``bundle.json``."""
        if self.knots is not None:
            return {"knots": [list(each) for each in self.knots]}
        return {"slope": self.slope, "intercept": self.intercept}


def fit_calibration(truth: np.ndarray, probability: np.ndarray) -> Calibration:
    """Platt scaling (1999): maximum likelihood slope and intercept of the logit.

    Where the score does not rise with the truth, the prevalence for everybody.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(logit(probability)[:, None], truth > 0)
    slope = float(fitted.coef_[0, 0])
    if slope < LEAST_SLOPE:
        return Calibration(LEAST_SLOPE, float(logit(np.mean(truth > 0))))
    return Calibration(slope, float(fitted.intercept_[0]))


def fit_temperature(truth: np.ndarray, probability: np.ndarray) -> Calibration:
    """Temperature scaling (Guo et al., ICML 2017): maximum likelihood slope, no intercept, so that .5 stays .5."""
    from scipy.optimize import minimize_scalar

    score, sign = logit(probability), np.where(truth > 0, -1.0, 1.0)
    found = minimize_scalar(
        lambda log_slope: float(np.logaddexp(0, np.exp(log_slope) * score * sign).mean()),
        bounds=(np.log(LEAST_SLOPE), np.log(100.0)),
        method="bounded",
    )
    return Calibration(float(np.exp(found.x)))


def fit_isotonic(truth: np.ndarray, probability: np.ndarray) -> Calibration:
    """Isotonic regression (Zadrozny and Elkan, KDD 2002), with straight lines between the middles of its steps.

    The lines (Oron and Flournoy, Biometrika 2017;104:1) spare subjects of different scores the same probability. Nobody gets
    less than 1 / (n + 2) or more than its complement: n subjects cannot tell a certainty. Where the score does not rise
    with the truth there is one step: the prevalence for everybody.
    """
    from scipy.optimize import isotonic_regression

    scores, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    shares = np.bincount(place, truth > 0) / counts
    fitted = isotonic_regression(shares, weights=counts)
    blocks = np.asarray(fitted.blocks)
    weights = np.add.reduceat(counts, blocks[:-1])
    middles = np.add.reduceat(scores * counts, blocks[:-1]) / weights
    least = 1 / (len(truth) + 2)
    steps = np.clip(np.asarray(fitted.x)[blocks[:-1]], least, 1 - least)
    if len(middles) == 1:
        return Calibration(knots=((0.0, 1.0), (float(steps[0]), float(steps[0]))))
    return Calibration(knots=(tuple(middles.tolist()), tuple(np.maximum.accumulate(steps).tolist())))


Fit = Callable[[np.ndarray, np.ndarray], Calibration]
KINDS: dict[str, Fit] = {"temperature": fit_temperature, "platt": fit_calibration, "isotonic": fit_isotonic}
"""From the simplest on."""


@dataclass(frozen=True)
class Choice:
    """The kind that was chosen, fitted on everybody, and every kind's cross-validated losses, mean over subjects."""

    kind: str
    calibration: Calibration
    log_loss: dict[str, float]
    brier: dict[str, float]


def choose_calibration(truth: np.ndarray, probability: np.ndarray, seed: int = 0) -> Choice:
    """The simplest kind that no other one beats clearly.

    Going from simple to flexible, a kind takes the place of the chosen one where both its cross-validated log loss and its Brier
    score are lower, the log loss by more than one standard error of the difference over subjects (the rule of Breiman et
    al., Classification and Regression Trees, 1984). All kinds see the same `PARTS` stratified parts, `ROUNDS` times.
    """
    losses = {kind: _losses(truth, probability, fit, seed) for kind, fit in KINDS.items()}
    chosen, *others = KINDS
    for kind in others:
        gain = losses[chosen] - losses[kind]
        error = gain[0].std(ddof=1) / np.sqrt(len(truth))
        if gain[0].mean() > error and gain[1].mean() > 0:
            chosen = kind
    log_loss, brier = ({kind: float(each[part].mean()) for kind, each in losses.items()} for part in (0, 1))
    return Choice(chosen, KINDS[chosen](truth, probability), log_loss, brier)


def _losses(truth: np.ndarray, probability: np.ndarray, fit: Fit, seed: int) -> np.ndarray:
    """Log loss and squared error of every subject when a calibration fitted on others is applied (2, n)."""
    total = np.zeros((2, len(truth)))
    rng = np.random.default_rng(seed)
    for _ in range(ROUNDS):
        order = rng.permutation(len(truth))
        order = order[np.argsort(truth[order], kind="stable")]
        part = np.empty(len(truth), int)
        part[order] = np.arange(len(truth)) % PARTS
        for number in range(PARTS):
            tested = part == number
            said = np.clip(fit(truth[~tested], probability[~tested]).apply(probability[tested]), 1e-6, 1 - 1e-6)
            right = np.where(truth[tested] > 0, said, 1 - said)
            total[:, tested] += np.stack([-np.log(right), (1 - right) ** 2])
    return total / ROUNDS


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
