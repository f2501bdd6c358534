"""What the classifier says of every bone under the consensus and under every plausible outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.cutouts import FEWEST_PIXELS, Cutout, hypothesis_masks
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.segmentation.engine import InferenceEngine
from OsteoScreenLib.segmentation.values import Hypotheses

CARRIED = 16
"""Hypotheses carried through the classifier; more would only cost time."""
CHUNK = 16
"""Cut-outs per run of the graph, always as many, since a graph is compiled anew for every shape."""


@dataclass(frozen=True)
class BoneProbabilities:
    """Uncalibrated probabilities: ``consensus`` (bones) and ``plausible`` (N x bones) with ``weights`` (N).

    ``plausible`` is NaN where a hypothesis does not see the bone. ``distance`` (bones): squared Mahalanobis distance of each
    consensus cut-out's features from those of the training films; ``None`` where the graph does not give it.
    """

    bones: tuple[Bone, ...]
    consensus: np.ndarray
    plausible: np.ndarray
    weights: np.ndarray
    distance: np.ndarray | None = None


def bone_probabilities(
    cutouts: tuple[Cutout, ...], hypotheses: Hypotheses | None, bundle: Bundle, engine: InferenceEngine
) -> BoneProbabilities:
    """Run the classifier on all cut-outs. Raises `BundleError` where the graph breaks its contract.

    The pixels of a bone are sampled once; a hypothesis changes the mask only.
    """
    if not cutouts:
        return BoneProbabilities((), np.empty(0), np.empty((0, 0)), np.empty(0))
    kept, weights = (np.empty(0, int), np.empty(0)) if hypotheses is None else carried(hypotheses)
    inputs, channels, seen = [], [], np.zeros((len(kept), len(cutouts)), bool)
    for column, cutout in enumerate(cutouts):
        inputs.append(cutout.masked()[None])
        masks = np.empty((0, *cutout.mask.shape), bool)
        if hypotheses is not None:
            masks = hypothesis_masks(cutout, hypotheses, bundle.segmentation.threshold(cutout.bone), kept)
        enough = masks.sum(axis=(1, 2)) >= FEWEST_PIXELS / 2
        seen[:, column] = enough
        inputs.append(np.where(masks[enough], cutout.pixels, np.float32(0)))
        channels.append(np.full(1 + int(enough.sum()), cutout.bone.channel, np.int64))
    logit, distance = _run(np.concatenate(inputs), np.concatenate(channels), bundle, engine)
    probability = 1 / (1 + np.exp(-np.clip(logit, -50, 50)))
    counts = seen.sum(0)
    first = np.cumsum(1 + counts) - (1 + counts)
    plausible = np.full(seen.shape, np.nan)
    for column, (start, count) in enumerate(zip(first, counts, strict=True)):
        plausible[seen[:, column], column] = probability[start + 1 : start + 1 + count]
    bones = tuple(cutout.bone for cutout in cutouts)
    return BoneProbabilities(bones, probability[first], plausible, weights, None if distance is None else distance[first])


def carried(hypotheses: Hypotheses) -> tuple[np.ndarray, np.ndarray]:
    """Which hypotheses are classified, and their weights (summing to 1): at most `CARRIED`, the first of every expert.

    An expert's weight is shared by those of its hypotheses that are kept.
    """
    experts = np.unique(hypotheses.experts)
    each = max(CARRIED // len(experts), 1)
    kept, weights = [], []
    for expert in experts:
        rows = np.flatnonzero(hypotheses.experts == expert)
        chosen = rows[:each]
        kept.append(chosen)
        own = hypotheses.weights[chosen]
        total = float(hypotheses.weights[rows].sum())
        weights.append(own / own.sum() * total if own.sum() > 0 else np.full(len(chosen), total / len(chosen)))
    weight = np.concatenate(weights)
    return np.concatenate(kept), weight / weight.sum()


def weighted_quantile(values: np.ndarray, weights: np.ndarray, quantile: float) -> float:
    """Smallest value at which the weights of all values up to it reach ``quantile`` of their sum."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, quantile * reached[-1] * (1 - 1e-12)))
    return float(values[order][min(place, len(values) - 1)])


def _run(
    cutouts: np.ndarray, channels: np.ndarray, bundle: Bundle, engine: InferenceEngine
) -> tuple[np.ndarray, np.ndarray | None]:
    """Logit and, where the graph gives it, distance of every cut-out."""
    assert bundle.classification is not None  # `read_bones` asks first
    graph = bundle.classification.graph
    found: dict[str, list[np.ndarray]] = {"logit": [], "distance": []}
    for first in range(0, len(cutouts), CHUNK):
        images = np.zeros((CHUNK, 1, *cutouts.shape[1:]), np.float32)
        bones = np.zeros(CHUNK, np.int64)
        count = min(CHUNK, len(cutouts) - first)
        images[:count, 0], bones[:count] = cutouts[first : first + count], channels[first : first + count]
        outputs = engine.run(graph, {"cutouts": images, "bone": bones})
        for name, values in found.items():
            if name in outputs or name == "logit":
                values.append(_checked(outputs, name, bundle)[:count])
    return np.concatenate(found["logit"]), np.concatenate(found["distance"]) if found["distance"] else None


def _checked(outputs: Mapping[str, np.ndarray], name: str, bundle: Bundle) -> np.ndarray:
    assert bundle.classification is not None
    graph = bundle.classification.graph
    if name not in outputs or outputs[name].shape != (CHUNK,):
        found = outputs[name].shape if name in outputs else "missing"
        raise BundleError(graph, f"output '{name}' is {found}, not {(CHUNK,)}", "Export the bundle again")
    values = outputs[name].astype(float)
    if not np.isfinite(values).all():
        raise BundleError(graph, f"gives values of '{name}' that are not finite", "Train or export the bundle again")
    return np.asarray(values)
