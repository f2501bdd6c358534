"""How much the hypotheses differ: entropies in bits, and the expected distance between two of them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OsteoScreenLib.segmentation.values import Hypotheses

RIM_PX = 2
"""Rim around a bone, in network-grid pixels, over which its mean uncertainty is taken too."""


def binary_entropy(probability: np.ndarray) -> np.ndarray:
    """Entropy of a yes/no variable in bits (float32, same shape); 0 at probability 0 and 1, 1 at one half."""
    safe = np.clip(probability, np.float32(1e-7), np.float32(1 - 1e-7))
    bits = -(safe * np.log2(safe) + (1 - safe) * np.log2(1 - safe))
    return np.where((probability <= 1e-7) | (probability >= 1 - 1e-7), np.float32(0), bits).astype(np.float32)


def entropies(mean: np.ndarray, within: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(total, between) per bone from the weighted mean probability and the weighted mean of the hypotheses' entropies.

    total = entropy of the mean; between = total - within, at least 0 (rounding can make it slightly negative).
    All float32, 7 x rows x columns, bits.
    """
    total = binary_entropy(mean)
    return total, np.clip(total - within, 0, total)


def most_uncertain_bone(total: np.ndarray, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(total, between) at each pixel of the bone with the largest total there; rows x columns."""
    bone = np.argmax(total, axis=0)[None]
    return np.take_along_axis(total, bone, 0)[0], np.take_along_axis(between, bone, 0)[0]


def disagreement(hypotheses: Hypotheses, channel: int, threshold: float) -> float:
    """Expected 1 - IoU between two hypotheses of one bone drawn by their weights.

    Masks are taken at ``threshold``; two empty masks agree. 0 = all the same, towards 1 = nothing in common.
    All pairs at once by one matrix product.
    """
    masks = hypotheses.probabilities[:, channel] >= threshold
    anywhere = masks.any(0)
    if not anywhere.any():
        return 0.0
    flat = masks[:, anywhere].astype(np.float32)
    both = flat @ flat.T
    area = np.diag(both)
    either = area[:, None] + area[None, :] - both
    iou = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    weights = np.asarray(hypotheses.weights, float)
    return float(max(weights @ (1 - iou) @ weights, 0.0))


def mean_over_bone(total: np.ndarray, mask: np.ndarray) -> float:
    """Mean of ``total`` (rows x columns, bits) over a bone's mask and a rim around it; 0 for an empty mask."""
    if not mask.any():
        return 0.0
    return float(total[ndimage.binary_dilation(mask, iterations=RIM_PX)].mean())
