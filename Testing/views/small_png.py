"""Pictures for the documentation, small enough for a repository."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def save_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write rows x columns x 3 pixels as a PNG with 256 colours of its own."""
    picture = Image.fromarray(pixels).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
