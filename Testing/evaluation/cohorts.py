"""Drawn subjects and scores whose true figures are known."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from training.evaluation.values import OutOfFold, Subjects


def draw_subjects(count: int = 200, prevalence: float = 0.3, seed: int = 0) -> Subjects:
    """Cases are older, more often women, and have a lower index; one index in twelve is missing."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(count) < round(prevalence * count)).astype(int)
    rng.shuffle(truth)
    index = rng.normal(0.50 - 0.08 * truth, 0.08)
    index[rng.random(count) < 1 / 12] = np.nan
    return Subjects(
        id=np.array([f"s{number:04d}" for number in range(count)]),
        truth=truth,
        t_score=rng.normal(-1 - 2 * truth, 0.5),
        age_years=np.clip(rng.normal(58 + 8 * truth, 10, count), 20, 94),
        woman=rng.random(count) < 0.7 + 0.2 * truth,
        height_cm=rng.normal(165, 8, count),
        cortical_index=index,
        simulated=True,
    )


def binormal(truth: np.ndarray, auc: float, repeats: int = 1, shared: float = 0.8, seed: int = 0) -> np.ndarray:
    """Scores (repeats, n), N(0, 1) of controls and N(sqrt(2) z(AUC), 1) of cases; repeats correlate by ``shared``."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(repeats, len(truth)))
    noise = np.sqrt(shared) * rng.normal(size=len(truth)) + np.sqrt(1 - shared) * own
    return noise + np.sqrt(2) * norm.ppf(auc) * truth


def posterior(score: np.ndarray, auc: float, prevalence: float) -> np.ndarray:
    """The perfectly calibrated probability that belongs to a binormal score."""
    shift = np.sqrt(2) * norm.ppf(auc)
    return 1 / (1 + np.exp(-(shift * score - shift**2 / 2 + np.log(prevalence / (1 - prevalence)))))


def row(subjects: Subjects, auc: float, name: str = "full", repeats: int = 3, seed: int = 0) -> OutOfFold:
    """A calibrated method of known AUC."""
    share = float(subjects.truth.mean())
    said = posterior(binormal(subjects.truth, auc, repeats, seed=seed), auc, share)
    return OutOfFold(name, name, said)
