"""What storing does to a finished film: a window set for other things, few grey levels, compression."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

JPEG_CHANCE = 0.25
"""Films that passed through a JPEG file on their way."""
DIM_CHANCE = 0.15
"""Films whose hand uses a fraction of the grey scale, because markers, frames or unused depth took the rest."""


def store(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey levels and, at times, JPEG; float32 0..1, same shape."""
    grey = quantise(grey, int(rng.choice([64, 256, 1024, 4096], p=[0.1, 0.6, 0.1, 0.2])))
    if rng.random() < JPEG_CHANCE:
        grey = jpeg(grey, sample_quality(rng))
    return grey


def sample_quality(rng: np.random.Generator) -> int:
    """JPEG quality as tools set it: mostly 75 to 95, one in six down to 30."""
    return int(rng.integers(30, 75) if rng.random() < 1 / 6 else rng.integers(75, 96))


def dim(grey: np.ndarray, low: float, high: float) -> np.ndarray:
    """Squeeze the grey scale into ``low`` to ``high``, as a window does that was set for brighter things."""
    return np.asarray(np.float32(low) + np.float32(high - low) * grey, dtype=np.float32)


def quantise(grey: np.ndarray, levels: int) -> np.ndarray:
    """Round to so many grey levels."""
    return np.asarray(np.round(grey * (levels - 1)) / np.float32(levels - 1), dtype=np.float32)


def jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    """Store as 8-bit baseline JPEG of a quality (1 to 95) and read again; float32 0..1, same shape."""
    buffer = BytesIO()
    Image.fromarray(np.asarray(grey * 255 + 0.5).astype(np.uint8)).save(buffer, "JPEG", quality=quality)
    return np.asarray(np.asarray(Image.open(buffer), np.float32) / 255, dtype=np.float32)
