"""How good a weighted set of outlines is: against several annotators, as a probability, and per bone.

Masks are (N, 7, H, W): N hypotheses or M annotators, one channel per bone, bool or probabilities (a mask then holds where
``threshold`` is exceeded). The distance of two outlinings is d = 1 - IoU, the IoU being the mean over those bones that either
of the two contains; two without any bone are equal, d = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np
import ot
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

LARGEST_ASSIGNMENT = 1024
"""Rows up to which uniform weights are matched by assignment; its time grows with their third power."""
ROUNDING = 1e-5
"""How far a weighted mean in float32 may leave 0..1."""


@dataclass(frozen=True)
class Calibration:
    """Reliability diagram: per bin of equal width the pixels, their mean probability and mean reference (nan where empty)."""

    pixels: np.ndarray
    probability: np.ndarray
    reference: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error, 0..1: mean over pixels of their bin's |mean probability - mean reference|."""
        used = self.pixels > 0
        return float(np.average(np.abs(self.probability - self.reference)[used], weights=self.pixels[used]))


def distances(first: np.ndarray, second: np.ndarray, *, threshold: float = 0.5) -> np.ndarray:
    """Distances 1 - IoU between all outlinings of two sets, (N, 7, H, W) and (M, 7, H, W) to N x M.

    Raises
    ------
    ValueError
        If a set is empty, or bones or sizes differ.
    """
    return _gram(first, second, threshold)[: len(first), len(first) :]


def generalised_energy_distance(
    hypotheses: np.ndarray,
    weights: np.ndarray | None,
    annotators: np.ndarray,
    annotator_weights: np.ndarray | None = None,
    *,
    threshold: float = 0.5,
) -> float:
    """GED^2 = 2 E d(s, y) - E d(s, s') - E d(y, y') (Szekely and Rizzo, 2013; Kohl et al., NeurIPS 2018); 0 for equal sets.

    Expectations are under the weights, each pair of equal index included. ``None`` weighs all alike.

    Raises
    ------
    ValueError
        If shapes do not fit, or weights are negative or do not sum to 1.
    """
    alpha, beta = _shares(weights, len(hypotheses), "weights"), _shares(annotator_weights, len(annotators), "annotator_weights")
    # With signed weights (alpha, -beta) the three terms are one quadratic form.
    signed = np.concatenate([alpha, -beta])
    return float(-signed @ _gram(hypotheses, annotators, threshold) @ signed)


def matched_iou(
    hypotheses: np.ndarray,
    weights: np.ndarray | None,
    annotators: np.ndarray,
    annotator_weights: np.ndarray | None = None,
    *,
    threshold: float = 0.5,
) -> float:
    """Mean IoU (1 - d) of hypotheses and annotators under the best matching; 1 for equal sets.

    Uniform weights: Hungarian assignment after both sets are repeated to the least common multiple of their counts (Kohl et
    al., 2019). Otherwise, or where that is too large: exact optimal transport, which for uniform weights gives the same value.

    Raises
    ------
    ValueError
        If shapes do not fit, or weights are negative or do not sum to 1.
    """
    alpha, beta = _shares(weights, len(hypotheses), "weights"), _shares(annotator_weights, len(annotators), "annotator_weights")
    cost = distances(hypotheses, annotators, threshold=threshold)
    rows = lcm(*cost.shape)
    if np.ptp(alpha) < 1e-9 and np.ptp(beta) < 1e-9 and rows <= LARGEST_ASSIGNMENT:
        repeated = cost.repeat(rows // cost.shape[0], axis=0).repeat(rows // cost.shape[1], axis=1)
        return float(1 - repeated[linear_sum_assignment(repeated)].mean())
    return float(1 - (ot.emd(alpha, beta, np.ascontiguousarray(cost)) * cost).sum())


def marginal(hypotheses: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weighted mean of masks or probabilities, (N, 7, H, W) to (7, H, W) float32."""
    shares = _shares(weights, len(hypotheses), "weights").astype(np.float32)
    return np.tensordot(shares, np.asarray(hypotheses, dtype=np.float32), axes=1)


def calibration(probability: np.ndarray, reference: np.ndarray, bins: int = 10) -> Calibration:
    """Reliability of ``probability`` against ``reference`` (equal shapes, 0..1) over all pixels and bones.

    ``reference`` is the mean of the annotators' masks: the share of people who call the pixel bone. Background counts, so the
    error is small where little of the film is bone: compare it only between models on the same films. A probability of
    exactly 1 falls into the last bin. Stack films along any axis to pool them.

    Raises
    ------
    ValueError
        If shapes differ or are empty, or a value lies outside 0..1.
    """
    probability, reference = np.asarray(probability), np.asarray(reference)
    if probability.shape != reference.shape or probability.size == 0:
        raise ValueError(f"probability has shape {probability.shape} and reference {reference.shape}: give two equal, not empty")
    for name, values in (("probability", probability), ("reference", reference)):
        if not (values.min() >= -ROUNDING and values.max() <= 1 + ROUNDING):
            raise ValueError(f"{name} ranges from {values.min():g} to {values.max():g}: give values of 0..1")
    index = np.minimum((probability * bins).astype(np.intp), bins - 1).ravel()
    pixels = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(index, weights=values.ravel(), minlength=bins) / pixels for values in (probability, reference)]
    return Calibration(pixels, *means)


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|) of two bool masks of any equal shape; 1 if both are empty."""
    sizes = np.count_nonzero(first) + np.count_nonzero(second)
    return float(2 * np.count_nonzero(first & second) / sizes) if sizes else 1.0


def hausdorff_95(first: np.ndarray, second: np.ndarray, spacing: float | Sequence[float] = 1.0) -> float:
    """Symmetric 95 % Hausdorff distance of two bool masks (H, W), in units of ``spacing`` (one pixel's height and width).

    The larger of the two directed 95th percentiles of the distances from one mask's boundary pixels to the other's. Boundary
    pixels touch the outside by an edge; the film's border counts as outside. Two empty masks: 0. One empty mask: the film's
    diagonal, the largest distance there is, so that a missed bone weighs heavily but means stay finite.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"masks have shapes {first.shape} and {second.shape}: bring them to one grid first")
    steps = np.broadcast_to(np.asarray(spacing, dtype=float), (2,))
    if not (first.any() and second.any()):
        return float(np.hypot(*(steps * first.shape))) if first.any() or second.any() else 0.0
    window = ndimage.find_objects((first | second).astype(np.uint8))[0]
    edges = [_boundary(mask[window]) for mask in (first, second)]
    to_edge = [ndimage.distance_transform_edt(~edge, sampling=steps) for edge in edges]
    return float(max(np.percentile(to_edge[1][edges[0]], 95), np.percentile(to_edge[0][edges[1]], 95)))


def _boundary(mask: np.ndarray) -> np.ndarray:
    return mask & ~ndimage.binary_erosion(mask)


def _gram(first: np.ndarray, second: np.ndarray, threshold: float) -> np.ndarray:
    """Distances among all outlinings of both sets together, (N + M) x (N + M)."""
    if first.ndim != 4 or second.ndim != 4 or first.shape[1:] != second.shape[1:] or 0 in (len(first), len(second)):
        raise ValueError(f"masks have shapes {first.shape} and {second.shape}: give (N, bones, H, W) and (M, bones, H, W)")
    summed = np.zeros((len(first) + len(second),) * 2)
    present = np.zeros_like(summed)
    for bone in range(first.shape[1]):
        masks = np.concatenate([_masks(each[:, bone], threshold) for each in (first, second)])
        flat = _cropped(masks).reshape(len(masks), -1).astype(np.float32)
        overlap = (flat @ flat.T).astype(np.float64)
        sizes = overlap.diagonal()
        union = sizes[:, None] + sizes - overlap
        summed += overlap / np.maximum(union, 1)
        present += union > 0
    return np.where(present > 0, 1 - summed / np.maximum(present, 1), 0.0)


def _masks(values: np.ndarray, threshold: float) -> np.ndarray:
    return values if values.dtype == bool else values > threshold


def _cropped(masks: np.ndarray) -> np.ndarray:
    """The window of (N, H, W) masks that holds all of them: what is background in all changes no overlap."""
    anywhere = masks.any(axis=0)
    window = ndimage.find_objects(anywhere.astype(np.uint8))
    return masks[(slice(None), *window[0])] if window else masks[:, :0, :0]


def _shares(weights: np.ndarray | None, count: int, name: str) -> np.ndarray:
    if weights is None:
        return np.full(count, 1.0 / count)
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (count,) or not (shares >= 0).all() or abs(shares.sum() - 1) > 1e-4:
        raise ValueError(f"{name} is {shares.tolist()}: give {count} shares, none negative, that sum to 1")
    return shares / shares.sum()
