"""Pictures for the documentation, small enough for a repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_STEP = 8


def save_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write rows x columns x 3 pixels as a PNG in steps of eight grey levels, which leaves out half of what noise takes up.

    A palette of 256 colours would be no smaller and falsify outlines and legends.
    """
    coarse = (np.rint(pixels / _STEP) * _STEP).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).save(path, optimize=True)
