"""How probable each bone is at every pixel, as a fractional DICOM segmentation: the uncertainty of the outlines."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.reports.dicom.equipment import compress
from OsteoScreenLib.reports.dicom.segmentation import PROBABILITY, build, shown_bones
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.consensus import film_maps
from OsteoScreenLib.segmentation.values import Hypotheses

LEVELS = 255
"""Probability 1."""


def probability_object(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    """SEG FRACTIONAL, kind PROBABILITY, with the same segments as the binary one. The result must have hypotheses."""
    from highdicom.seg import SegmentationFractionalTypeValues, SegmentationTypeValues, SegmentsOverlapValues

    hypotheses = result.segmentation.hypotheses
    assert hypotheses is not None
    bones = shown_bones(result)
    made = build(
        result,
        source,
        uids,
        PROBABILITY,
        # Bytes of nothing hold the place: of probabilities, as 32-bit floats, highdicom would make several copies.
        np.zeros((1, *result.film.shape, len(bones)), np.uint8),
        segmentation_type=SegmentationTypeValues.FRACTIONAL,
        fractional_type=SegmentationFractionalTypeValues.PROBABILITY,
        max_fractional_value=LEVELS,
    )
    levels = np.stack([probability_levels(hypotheses, bone.channel) for bone in bones])
    made.PixelData = levels.tobytes() + b"\0" * (levels.size % 2)
    made.SegmentsOverlap = SegmentsOverlapValues.YES.value
    compress(made)
    return made


def probability_levels(hypotheses: Hypotheses, channel: int) -> np.ndarray:
    """`bone_probability` as it is stored: uint8, off by at most half a level."""
    return np.rint(bone_probability(hypotheses, channel) * np.float32(LEVELS)).astype(np.uint8)


def bone_probability(hypotheses: Hypotheses, channel: int) -> np.ndarray:
    """Weighted mean of the hypotheses of one bone on the film's grid (float32, rows x columns, 0..1), bilinear."""
    weights = np.asarray(hypotheses.weights, np.float32)
    mean = np.tensordot(weights / weights.sum(), hypotheses.probabilities[:, channel], axes=1)
    return np.clip(film_maps([mean.astype(np.float32)], hypotheses.mapping)[0], 0.0, 1.0)
