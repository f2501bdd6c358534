"""Trabecular struts with a direction in each bone's own frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft2, rfft2

TILE = 256


@dataclass(frozen=True)
class Struts:
    """A pattern that repeats every `TILE` steps: ``tile`` (float32, mean 0) over the bone's axis and across it.

    ``steps_per_mm`` is the tile's resolution, ``contrast`` the relative variation of mineral that the pattern makes, and
    ``stretch`` how much longer than wide struts are along the bone.
    """

    tile: np.ndarray
    steps_per_mm: float
    contrast: float
    stretch: float

    def at(self, along: np.ndarray, across: np.ndarray, bone: int) -> np.ndarray:
        """Pattern (SD about 1 where struts are wider than pixels) at millimetres along and across the bone numbered ``bone``."""
        scale = np.float32(self.steps_per_mm)
        row = (along * scale + np.float32(1000 * TILE + 37 * bone)).astype(np.int32) & (TILE - 1)
        column = (across * scale + np.float32(1000 * TILE + 101 * bone)).astype(np.int32) & (TILE - 1)
        return self.tile.ravel()[row * TILE + column]


def sample_struts(spacing_mm: float, pixels_per_mm: float, rng: np.random.Generator) -> Struts:
    """Struts ``spacing_mm`` apart and up to three times as long, faint or distinct, as sharp as pixels allow."""
    length_mm = spacing_mm * float(rng.uniform(1.0, 3.0))
    return make_struts(spacing_mm, length_mm, float(rng.uniform(0.04, 0.4)), pixels_per_mm, rng)


def make_struts(spacing_mm: float, length_mm: float, contrast: float, pixels_per_mm: float, rng: np.random.Generator) -> Struts:
    """Band-passed noise: ``spacing_mm`` between struts, coherent over ``length_mm`` along the bone.

    Scaled to SD 1 before the pixels' blur, so that struts finer than pixels fade as they do on films.
    """
    steps_per_mm = 2 * pixels_per_mm
    along = np.fft.fftfreq(TILE)[:, None] * steps_per_mm
    across = np.fft.rfftfreq(TILE)[None, :] * steps_per_mm
    # Stretched along the bone, all struts are alike at any direction of a plane.
    frequency = np.hypot(along * length_mm / spacing_mm, across) * spacing_mm
    band = np.exp(-0.5 * ((frequency - 1) / 0.55) ** 2)
    blur = np.exp(-2 * (np.pi * 0.4 / pixels_per_mm) ** 2 * (along**2 + across**2))
    noise = rfft2(rng.standard_normal((TILE, TILE), dtype=np.float32))
    raw = noise * band.astype(np.float32)
    raw[0, 0] = 0
    scale = max(float(irfft2(raw).std()), 1e-6)
    tile = irfft2(raw * blur.astype(np.float32)) / np.float32(scale)
    return Struts(np.asarray(tile, dtype=np.float32), steps_per_mm, contrast, length_mm / spacing_mm)
