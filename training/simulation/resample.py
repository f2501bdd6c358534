"""Quick separable resampling by whole factors: two small matrix products."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter


def enlarge(image: np.ndarray, factor: int, shape: tuple[int, int]) -> np.ndarray:
    """Bilinear enlargement by ``factor``, cropped to ``shape``; float32. Pixel areas, not centres, coincide at the corner."""
    rows = _bilinear(image.shape[0], factor)[: shape[0]]
    columns = _bilinear(image.shape[1], factor)[: shape[1]]
    return np.asarray(rows @ image.astype(np.float32) @ columns.T)


def shrink(image: np.ndarray, factor: int) -> np.ndarray:
    """Area mean over ``factor`` x ``factor`` pixels; the last, incomplete ones are means over what is there. float32."""
    return np.asarray(_box(image.shape[0], factor) @ image.astype(np.float32) @ _box(image.shape[1], factor).T)


def smooth_noise(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise smoothed by about ``sigma`` pixels, mean 0 and SD about 1; float32."""
    factor = max(1, int(sigma / 1.5))
    small = rng.standard_normal((-(-shape[0] // factor), -(-shape[1] // factor)), dtype=np.float32)
    smooth = gaussian_filter(small, sigma / factor, mode="wrap")
    return enlarge(smooth / max(float(smooth.std()), 1e-6), factor, shape)


@lru_cache(maxsize=64)
def _bilinear(size: int, factor: int) -> np.ndarray:
    position = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    lower = np.minimum(position.astype(int), max(size - 2, 0))
    matrix = np.zeros((size * factor, size), np.float32)
    index = np.arange(size * factor)
    matrix[index, lower] += 1 - (position - lower)
    matrix[index, np.minimum(lower + 1, size - 1)] += position - lower
    return matrix


@lru_cache(maxsize=64)
def _box(size: int, factor: int) -> np.ndarray:
    count = -(-size // factor)
    matrix = np.zeros((count, size), np.float32)
    matrix[np.arange(size) // factor, np.arange(size)] = 1
    return matrix / matrix.sum(axis=1, keepdims=True)
