"""The collimated field: a slightly turned rectangle, and the frame that is laid around it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from training.simulation.field import View

COLLIMATOR_CHANCE = 0.55


def collimate(grey: np.ndarray, view: View, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lay the collimator's frame and the film's padding around the exposed field.

    Returns the film (float32) and the exposed field (bool), both of the canvas' shape.
    """
    film = np.zeros(grey.shape, bool)
    film[view.film_slices] = True
    exposed = film.copy()
    out = grey.copy()
    if rng.random() < COLLIMATOR_CHANCE:
        insets = rng.uniform(-0.01, 0.07, 4) * (rng.random(4) < 0.7)
        exposed &= turned_rectangle(grey.shape, view.film_area, insets, float(np.deg2rad(rng.normal(0, 2.5))))
        rim = float(rng.uniform(0.2, 0.9)) if rng.random() < 0.3 else 0.0
        out = frame(out, exposed, sample_level(rng), float(rng.uniform(0.4, 2.5)), rim)
    out[~film] = 0
    return out, exposed


def sample_level(rng: np.random.Generator) -> float:
    """Draw a frame's grey: black (35 %), white (40 %) or between."""
    kind = rng.random()
    return 0.0 if kind < 0.35 else float(rng.uniform(0.85, 1.0)) if kind < 0.75 else float(rng.uniform(0.15, 0.7))


def turned_rectangle(shape: tuple[int, ...], area: tuple[int, int, int, int], insets: np.ndarray, angle_rad: float) -> np.ndarray:
    """Field of a collimator, bool: the film's area less ``insets`` (left, right, top, bottom; shares of it), turned."""
    top, bottom, left, right = area
    height, width = bottom - top, right - left
    y = np.arange(shape[0], dtype=np.float32)[:, None] - (top + bottom) / 2
    x = np.arange(shape[1], dtype=np.float32)[None, :] - (left + right) / 2
    u = np.cos(angle_rad) * x + np.sin(angle_rad) * y
    v = -np.sin(angle_rad) * x + np.cos(angle_rad) * y
    return np.asarray(
        (u > -width / 2 + insets[0] * width)
        & (u < width / 2 - insets[1] * width)
        & (v > -height / 2 + insets[2] * height)
        & (v < height / 2 - insets[3] * height)
    )


def frame(grey: np.ndarray, exposed: np.ndarray, level: float, softness: float, rim: float) -> np.ndarray:
    """Grey ``level`` outside the field over an edge ``softness`` pixels wide (SD); float32, same shape.

    ``rim`` brightens the edge itself, where the collimator was drawn in or halos of processing stand.
    """
    soft = gaussian_filter(exposed.astype(np.float32), softness, truncate=2.5)
    framed = grey * soft + np.float32(level) * (1 - soft)
    if rim > 0:
        framed = framed + np.float32(4 * rim) * soft * (1 - soft)
    return np.asarray(np.clip(framed, 0, 1), dtype=np.float32)
