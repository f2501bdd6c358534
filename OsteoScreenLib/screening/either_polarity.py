"""Outlines on a film and, where they are in doubt, on its negative: bone is bright where the network knows the hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.radiograph.negative import negative
from OsteoScreenLib.radiograph.values import PolarityBasis, Radiograph
from OsteoScreenLib.segmentation.engine import InferenceEngine
from OsteoScreenLib.segmentation.inference import segment
from OsteoScreenLib.segmentation.values import Segmentation

DOUBTFUL = 0.08
"""Mean disagreement of the hypotheses from which the film's negative is tried, too.

On simulated films shown the right way it was .02 to .07, on their negatives .11 and more.
"""

FEW_BONES = 6
"""With fewer bones found the negative is tried as well."""

SURER = 0.5
"""Agreement, in bones, by which the negative must exceed the film to be taken instead."""


def segment_either(
    radiograph: Radiograph,
    bundle: Bundle,
    engine: InferenceEngine,
    *,
    seed: int,
    samples: int | None,
    progress: Callable[[float], None],
) -> tuple[Radiograph, Segmentation]:
    """Outline the bones of a film; return the film with bright bone and its outlines.

    What a person said of the polarity is never set aside. Raises what `segment` raises.
    """
    outlined = segment(radiograph, bundle, engine, seed=seed, samples=samples, progress=progress)
    if radiograph.polarity.basis is PolarityBasis.USER or not _in_doubt(outlined):
        return radiograph, outlined
    other = negative(radiograph)
    again = segment(other, bundle, engine, seed=seed, samples=samples)
    if _agreement(again) > _agreement(outlined) + SURER:
        return other, again
    return radiograph, outlined


def _in_doubt(segmentation: Segmentation) -> bool:
    disagreements = [summary.disagreement for summary in segmentation.bones if summary.found]
    return len(disagreements) < FEW_BONES or float(np.mean(disagreements)) > DOUBTFUL


def _agreement(segmentation: Segmentation) -> float:
    """Found bones, each counted by how far its hypotheses agree."""
    return sum(1.0 - summary.disagreement for summary in segmentation.bones if summary.found)
