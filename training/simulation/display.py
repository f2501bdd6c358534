"""Display processing as vendors apply it: multi-scale contrast, sharpening with halos, tone curves."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from training.simulation.multiscale import multiscale_contrast
from training.simulation.resample import enlarge, shrink

MULTISCALE_CHANCE = 0.25
"""Processing by a pyramid, as most digital systems have it to some degree."""
EQUALISE_CHANCE = 0.25
"""Plain compression of slow variations."""


def render(log_signal: np.ndarray, inside: np.ndarray, pixels_per_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Grey values 0..1 with bright bone (before markers and frames); float32, same shape.

    ``inside`` marks the exposed field, from which tone curves take their range.
    """
    image = log_signal
    kind = rng.random()
    if kind < MULTISCALE_CHANCE:
        image = multiscale_contrast(
            image, float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.1, 0.4)), latitude=float(rng.uniform(0.5, 1.0))
        )
    elif kind < MULTISCALE_CHANCE + EQUALISE_CHANCE:
        image = equalise(image, float(rng.uniform(4, 20)) * pixels_per_mm, float(rng.uniform(0.05, 0.6)))
    if rng.random() < 0.6:
        image = sharpen(image, float(rng.uniform(0.2, 0.5)) * pixels_per_mm, float(rng.uniform(0.1, 1.2)))
    if rng.random() < 0.35:
        image = sharpen(image, float(rng.uniform(0.8, 3.0)) * pixels_per_mm, float(rng.uniform(0.1, 0.9)))
    values = image[inside]
    sample = values[:: max(1, values.size // 4000)]
    low = float(np.percentile(sample, rng.uniform(0.1, 3)))
    high = float(np.percentile(sample, rng.uniform(98.5, 100)))
    grey = (image - low) / max(high - low, 1e-3)
    return tone(grey, rng)


def stretch(log_signal: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Grey values 0..1 without any processing: a straight line between two percentiles of the exposed field."""
    low, high = (float(v) for v in np.percentile(log_signal[inside], [0.5, 99.5]))
    return np.asarray(np.clip((log_signal - low) / max(high - low, 1e-3), 0, 1), dtype=np.float32)


def tone(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A monotone tone curve drawn at random: gamma, sigmoid (film) or linear, then clipped to 0..1."""
    kind = rng.random()
    grey = np.clip(grey, 0, 1.15)
    if kind < 0.45:
        grey = grey ** np.float32(np.exp(rng.normal(-0.15, 0.35)))
    elif kind < 0.8:
        slope, middle = rng.uniform(3, 8), rng.uniform(0.35, 0.65)
        curve = 1 / (1 + np.exp(-slope * (grey - middle)))
        low, high = 1 / (1 + np.exp(slope * middle)), 1 / (1 + np.exp(-slope * (1 - middle)))
        grey = (curve - low) / (high - low)
    top = rng.uniform(0.85, 1.12)
    return np.asarray(np.clip(grey * np.float32(top), 0, 1), dtype=np.float32)


def equalise(image: np.ndarray, sigma: float, strength: float) -> np.ndarray:
    """Take away a share of the slow variation (dynamic range compression)."""
    step = 4
    slow = gaussian_filter(shrink(image, step), sigma / step, truncate=2.5)
    return np.asarray(image - np.float32(strength) * enlarge(slow, step, (image.shape[0], image.shape[1])), dtype=np.float32)


def sharpen(image: np.ndarray, sigma: float, strength: float) -> np.ndarray:
    """Unsharp mask; leaves halos at steep edges as real processing does."""
    return np.asarray(image + np.float32(strength) * (image - gaussian_filter(image, sigma, truncate=3)), dtype=np.float32)
