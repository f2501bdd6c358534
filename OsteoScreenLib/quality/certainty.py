"""Do the hypotheses agree, and do they all mean the same hand?"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.values import Bundle, QualityThresholds
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.segmentation.values import Segmentation

SECOND_PART = 0.4
"""A second part of a bone counts where it has at least this share of the largest part's area."""
TWICE_ENOUGH = 3
"""Bones that must show a second part before a second hand is suspected."""


def hypotheses_disagree(segmentation: Segmentation, limits: QualityThresholds) -> QualityFinding | None:
    """The plausible outlines differ too much for one consensus to stand for them."""
    found = [summary for summary in segmentation.bones if summary.found]
    if not found:
        return None
    mean = float(np.mean([summary.disagreement for summary in found]))
    if mean <= limits.max_disagreement:
        return None
    worst = max(found, key=lambda summary: summary.disagreement)
    text = (
        f"The plausible outlines differ by {mean:.0%} on average, most at {worst.bone.title.lower()} "
        f"({worst.disagreement:.0%}): the outlines are not certain enough"
    )
    if mean > limits.refuse_disagreement:
        return QualityFinding("hypotheses_disagree", Severity.REFUSAL, f"{text} for a score.")
    return QualityFinding("hypotheses_disagree", Severity.INDETERMINATE, f"{text} for a clear state.")


def two_hands(segmentation: Segmentation, bundle: Bundle) -> QualityFinding | None:
    """Several bones were seen in two places."""
    hypotheses = segmentation.hypotheses
    if hypotheses is None:
        return None
    model = bundle.segmentation
    mean = np.tensordot(hypotheses.weights.astype(np.float32), hypotheses.probabilities, axes=(0, 0))
    twice = [bone for bone in BONES if _seen_twice(mean[bone.channel], model.threshold(bone), model.min_area_px)]
    if len(twice) < TWICE_ENOUGH:
        return None
    return QualityFinding(
        "two_hands",
        Severity.INDETERMINATE,
        "There seem to be two hands on this film; their bones may be mixed up. Screen each hand on a film of its own.",
    )


def _seen_twice(probability: np.ndarray, threshold: float, min_area: int) -> bool:
    labels, count = ndimage.label(probability >= threshold)
    if count < 2:
        return False
    areas = np.sort(np.bincount(labels.ravel())[1:])[::-1]
    return bool(areas[1] >= max(min_area, SECOND_PART * areas[0]))
