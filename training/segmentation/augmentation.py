"""How annotated films are varied: another view of the same film for its pixels and masks alike, and other grey values."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from OsteoScreenLib.segmentation.sampling import InputGrid

CLOSE_CHANCE = 0.5
"""Share of views that show the annotated bones closely, as the program's second look does; the others show the whole film."""


def draw_view(box: tuple[np.ndarray, np.ndarray], shape: tuple[int, int], size: int, rng: np.random.Generator) -> InputGrid:
    """Draw a square grid of ``size`` pixels over a film of ``shape``: turned, scaled, shifted, and mirrored half of the time.

    ``box`` holds the first and last (row, column) of the annotated bones.
    """
    if rng.random() < CLOSE_CHANCE:
        low, high = (np.asarray(corner, float) for corner in box)
        zoom = float(rng.uniform(1.04, 1.6))
    else:
        low, high = np.zeros(2), np.array(shape, float) - 1
        zoom = float(np.exp(rng.uniform(-0.1, 0.35)))
    angle = _angle(rng)
    cosine, sine = math.cos(angle), math.sin(angle)
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    extent = np.abs(rotation.T) @ (high - low + 1)  # of the turned box
    scale = zoom * float(extent.max()) / size
    matrix = scale * rotation @ np.diag([1.0, rng.choice([-1.0, 1.0])])
    centre = (low + high) / 2 + rng.normal(0, 0.03, 2) * scale * size
    return InputGrid(matrix, centre - matrix @ np.full(2, (size - 1) / 2), (size, size), shape)


def _angle(rng: np.random.Generator) -> float:
    """Most films lie nearly upright, some anyhow; radians."""
    chance = rng.random()
    if chance < 0.75:
        return math.radians(float(rng.normal(0, 10)))
    return math.radians(float(rng.uniform(-45, 45) if chance < 0.95 else rng.uniform(-180, 180)))


def vary_grey(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another window, gamma, sharpness and noise; pixels 0..1, float32, bright bone."""
    low, high = float(rng.uniform(0.0, 0.08)), float(rng.uniform(0.85, 1.0))
    grey = np.clip((pixels - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    grey = grey ** np.float32(np.exp(rng.normal(0, 0.2)))
    if rng.random() < 0.4:
        blurred = gaussian_filter(grey, float(rng.uniform(0.5, 2.0)), truncate=2.5)
        grey = grey + np.float32(rng.uniform(-0.7, 1.0)) * (grey - blurred)
    if rng.random() < 0.5:
        grey = grey + rng.standard_normal(grey.shape, dtype=np.float32) * np.float32(rng.uniform(0, 0.03))
    return np.asarray(np.clip(grey, 0, 1), dtype=np.float32)
