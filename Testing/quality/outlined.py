"""A segmentation with given outlines, and the bundle that the gate's limits are read from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.segmentation.values import BoneSummary, Hypotheses, Segmentation, UncertaintyMaps
from Testing.band_bundle import write_band_bundle


def band_bundle(folder: Path) -> Bundle:
    """The loaded band bundle."""
    return load_bundle(write_band_bundle(folder))


def outlined(masks: np.ndarray, disagreement: float = 0.02, hypotheses: Hypotheses | None = None) -> Segmentation:
    """A segmentation with exactly these masks (bool, 7 x rows x columns)."""
    nothing = np.zeros(masks.shape[1:], np.float32)
    summaries = tuple(
        BoneSummary(bone, bool(masks[bone.channel].any()), int(masks[bone.channel].sum()), disagreement, 0.1) for bone in BONES
    )
    return Segmentation(masks, UncertaintyMaps(nothing, nothing, nothing), summaries, hypotheses)
