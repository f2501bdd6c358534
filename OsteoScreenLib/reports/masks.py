"""Consensus masks as plain pictures, for programs that read nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.screening.values import ScreeningResult


def write_masks(result: ScreeningResult, folder: Path) -> None:
    """Write ``<bone>.png`` (8 bit, 0 / 255) per bone on the film's own grid; a bone that was not found is all 0."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for bone in BONES:
        Image.fromarray(result.segmentation.mask(bone).astype(np.uint8) * 255).save(folder / f"{bone.value}.png")
