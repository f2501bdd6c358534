"""How well a probability tells: figures of one sample, as plain numbers.

``score`` and ``probability`` are (n), or (repeats, n) with every subject tested once a repeat; then a figure is computed for
every repeat over all its subjects and averaged over the repeats.
"""

from __future__ import annotations

import numpy as np

from training.evaluation import weighted


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve; NaN without cases or without controls."""
    return _value(weighted.auc, truth, score)


def brier(truth: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared difference of probability and truth."""
    return _value(weighted.brier, truth, probability)


def rates(truth: np.ndarray, probability: np.ndarray, threshold: float) -> tuple[float, float]:
    """Sensitivity and specificity of "probability at or above ``threshold``"."""
    positive = np.asarray(probability) >= threshold
    return _value(weighted.sensitivity, truth, positive), _value(weighted.specificity, truth, positive)


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """PPV and NPV at a prevalence by Bayes' theorem (Altman and Bland, BMJ 1994;309:102); NaN where no such answer occurs."""
    true, false = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    right, wrong = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    ppv = true / (true + false) if true + false > 0 else float("nan")
    return ppv, right / (right + wrong) if right + wrong > 0 else float("nan")


def f1_threshold(truth: np.ndarray, probability: np.ndarray) -> float:
    """The threshold of the highest F1 on these subjects (validation, never test), halfway to the next lower probability."""
    order = np.argsort(-probability, kind="stable")
    ranked, hits = probability[order], np.cumsum(np.asarray(truth)[order] > 0)
    last = np.concatenate([ranked[:-1] != ranked[1:], [True]])  # a threshold cannot cut through equal probabilities
    found = np.where(last, 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1]), -1.0)
    best = int(np.argmax(found))
    return float(ranked[best] if best + 1 == len(ranked) else (ranked[best] + ranked[best + 1]) / 2)


def subject_probability(bone_probability: np.ndarray, subject: np.ndarray, subjects: int) -> np.ndarray:
    """Mean over each subject's bones; .5 for a subject without any."""
    count = np.bincount(subject, minlength=subjects)
    total = np.bincount(subject, bone_probability, minlength=subjects)
    return np.where(count > 0, total / np.maximum(count, 1), 0.5)


def _value(statistic: weighted.Statistic, truth: np.ndarray, said: np.ndarray) -> float:
    return float(statistic(np.asarray(truth), np.atleast_2d(said), np.ones((1, len(truth))))[0])
