"""Linear heads on frozen features: one logistic regression per bone, its strength of regularisation chosen on other subjects."""

from __future__ import annotations

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from training.classification.encoder import FEATURES, BoneClassifier, BoneHeads, Encoder
from training.cohort.samples import BoneSamples
from training.evaluation.statistics import auc, subject_probability

STRENGTHS = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
"""Inverse strengths of the ridge penalty that are tried."""
_BATCH = 256


@torch.no_grad()
def encode(encoder: Encoder, samples: BoneSamples) -> np.ndarray:
    """Features (n x F, float32) of all samples, unaugmented, in full precision."""
    encoder.eval()
    parts = [encoder(samples.masked(slice(first, first + _BATCH))) for first in range(0, len(samples), _BATCH)]
    return torch.cat(parts).float().numpy()


@torch.no_grad()
def bone_probabilities(model: BoneClassifier, samples: BoneSamples) -> np.ndarray:
    """Probability of every sample (n)."""
    model.eval()
    parts = [
        model(samples.masked(slice(first, first + _BATCH)), samples.bone[first : first + _BATCH])[0]
        for first in range(0, len(samples), _BATCH)
    ]
    return torch.sigmoid(torch.cat(parts)).numpy()


def fit_heads(encoder: Encoder, train: BoneSamples, validation: BoneSamples) -> tuple[BoneHeads, float]:
    """Heads fitted on ``train`` with the strength of the best subject AUC on ``validation``, and that strength."""
    seen, unseen = encode(encoder, train), encode(encoder, validation)
    mean, scale = seen.mean(0), np.maximum(seen.std(0), 1e-4)
    seen, unseen = (seen - mean) / scale, (unseen - mean) / scale
    truth = _subject_labels(validation)
    best: tuple[float, float, np.ndarray, np.ndarray] | None = None
    for strength in STRENGTHS:
        weight, bias = _fit(seen, train, strength)
        bone = validation.bone.numpy()
        logits = (unseen * weight[bone]).sum(1) + bias[bone]
        reached = auc(truth, subject_probability(1 / (1 + np.exp(-logits)), validation.subject.numpy(), len(truth)))
        if best is None or reached > best[0]:
            best = (reached, strength, weight, bias)
    assert best is not None  # STRENGTHS is not empty
    heads = BoneHeads()
    state = {"weight": best[2], "bias": best[3], "mean": mean, "scale": scale}
    heads.load_state_dict({name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in state.items()})
    return heads, best[1]


def _fit(features: np.ndarray, train: BoneSamples, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    weight, bias = np.zeros((len(BONES), FEATURES)), np.zeros(len(BONES))
    labels, bones = train.label.numpy(), train.bone.numpy()
    for bone in BONES:
        rows = bones == bone.channel
        if len(set(labels[rows].tolist())) < 2:
            continue
        fitted = LogisticRegression(C=strength, max_iter=300).fit(features[rows], labels[rows])
        weight[bone.channel], bias[bone.channel] = fitted.coef_[0], fitted.intercept_[0]
    return weight, bias


def _subject_labels(samples: BoneSamples) -> np.ndarray:
    labels = np.zeros(int(samples.subject.max()) + 1)
    labels[samples.subject.numpy()] = samples.label.numpy()
    return labels
