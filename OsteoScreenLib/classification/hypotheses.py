"""What the classifier says of every bone under the consensus and under every plausible outline."""

from __future__ import annotations

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

    ``plausible`` is NaN where a hypothesis does not see the bone.
    """

    bones: tuple[Bone, ...]
    consensus: np.ndarray
    plausible: np.ndarray
    weights: np.ndarray


def bone_probabilities(
    cutouts: tuple[Cutout, ...], hypotheses: Hypotheses | None, bundle: Bundle, engine: InferenceEngine
) -> BoneProbabilities:
    """Run the classifier on all cut-outs. Raises `BundleError` where the graph breaks its contract.

    The pixels of a bone are sampled once; a hypothesis changes the mask only.
    """
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
    probability = _run(np.concatenate(inputs), np.concatenate(channels), bundle, engine)
    consensus = np.empty(len(cutouts))
    plausible = np.full(seen.shape, np.nan)
    first = 0
    for column in range(len(cutouts)):
        count = int(seen[:, column].sum())
        consensus[column] = probability[first]
        plausible[seen[:, column], column] = probability[first + 1 : first + 1 + count]
        first += 1 + count
    return BoneProbabilities(tuple(cutout.bone for cutout in cutouts), consensus, plausible, weights)


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


def _run(cutouts: np.ndarray, channels: np.ndarray, bundle: Bundle, engine: InferenceEngine) -> np.ndarray:
    assert bundle.classification is not None  # `score_film` asks first
    graph = bundle.classification.graph
    logits = []
    for first in range(0, len(cutouts), CHUNK):
        images = np.zeros((CHUNK, 1, *cutouts.shape[1:]), np.float32)
        bones = np.zeros(CHUNK, np.int64)
        count = min(CHUNK, len(cutouts) - first)
        images[:count, 0], bones[:count] = cutouts[first : first + count], channels[first : first + count]
        outputs = engine.run(graph, {"cutouts": images, "bone": bones})
        if "logit" not in outputs or outputs["logit"].shape != (CHUNK,):
            found = outputs["logit"].shape if "logit" in outputs else "missing"
            raise BundleError(graph, f"output 'logit' is {found}, not {(CHUNK,)}", "Export the bundle again")
        logits.append(outputs["logit"][:count])
    logit = np.concatenate(logits).astype(float)
    if not np.isfinite(logit).all():
        raise BundleError(graph, "gives values that are not finite", "Train or export the bundle again")
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -50, 50))))
