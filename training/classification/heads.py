"""Linear heads on frozen features: one logistic regression per bone, its penalty chosen among the training subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from training.classification.classifier import BoneClassifier, BoneHeads
from training.cohort.samples import BoneSamples
from training.evaluation.statistics import auc, subject_probability

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse strengths of the ridge penalty that are tried."""
INNER = 3
"""Parts of the cross-validation among training subjects that chooses between them."""
_BATCH = 256


@dataclass(frozen=True)
class Features:
    """Frozen features (n x F, float32) of cut-outs, with what `BoneSamples` says of each: channel, subject row, label."""

    values: np.ndarray
    bone: np.ndarray
    subject: np.ndarray
    label: np.ndarray

    def of_subjects(self, subjects: np.ndarray) -> Features:
        """Those of these subjects only."""
        rows = np.isin(self.subject, subjects)
        return Features(self.values[rows], self.bone[rows], self.subject[rows], self.label[rows])


@torch.no_grad()
def encode(model: BoneClassifier, samples: BoneSamples) -> Features:
    """Features of all samples, unaugmented, in full precision."""
    model.eval()
    parts = [model.encode(samples.masked(slice(first, first + _BATCH))) for first in range(0, len(samples), _BATCH)]
    return Features(torch.cat(parts).float().numpy(), samples.bone.numpy(), samples.subject.numpy(), samples.label.numpy())


@torch.no_grad()
def head_probabilities(heads: BoneHeads, features: Features) -> np.ndarray:
    """Uncalibrated probability of every cut-out (n)."""
    logits = heads(torch.from_numpy(features.values), torch.from_numpy(features.bone))
    return torch.sigmoid(logits).numpy()


def fit_heads(train: Features, channels: int, strengths: Sequence[float] = STRENGTHS) -> tuple[BoneHeads, float]:
    """Heads fitted on ``train`` with the strength of the best subject AUC in a cross-validation over its subjects."""
    strength = strengths[0] if len(strengths) == 1 else _best_strength(train, channels, strengths)
    return _fit(train, channels, strength), strength


def _best_strength(train: Features, channels: int, strengths: Sequence[float]) -> float:
    """Parts hold whole subjects, with their share of cases each."""
    subjects, first = np.unique(train.subject, return_index=True)
    truth = train.label[first]
    part = np.empty(len(subjects), int)
    part[np.argsort(truth, kind="stable")] = np.arange(len(subjects)) % INNER
    reached = []
    for strength in strengths:
        said = np.empty(len(subjects))
        for number in range(INNER):
            heads = _fit(train.of_subjects(subjects[part != number]), channels, strength)
            tested = train.of_subjects(subjects[part == number])
            mean = subject_probability(head_probabilities(heads, tested), tested.subject, int(subjects.max()) + 1)
            said[part == number] = mean[subjects[part == number]]
        reached.append(auc(truth, said))
    return float(strengths[int(np.argmax(reached))])


def _fit(train: Features, channels: int, strength: float) -> BoneHeads:
    from sklearn.linear_model import LogisticRegression

    mean, scale = train.values.mean(0), np.maximum(train.values.std(0), 1e-4)
    standard = (train.values - mean) / scale
    weight, bias = np.zeros((channels, standard.shape[1])), np.zeros(channels)
    for channel in range(channels):
        rows = train.bone == channel
        if len(set(train.label[rows].tolist())) < 2:
            continue
        fitted = LogisticRegression(C=strength, max_iter=300).fit(standard[rows], train.label[rows])
        weight[channel], bias[channel] = fitted.coef_[0], fitted.intercept_[0]
    heads = BoneHeads(standard.shape[1], channels)
    state = {"weight": weight, "bias": bias, "mean": mean, "scale": scale}
    heads.load_state_dict({name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in state.items()})
    return heads
