"""Outlines along and at the ends of a bone, built from a few measured widths."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from training.simulation.tubes import END_KNOTS, STATIONS

S = np.linspace(0, 1, STATIONS)
V = np.linspace(-1, 1, END_KNOTS)
_SMOOTHING = np.hanning(29)[1:-1] / np.hanning(29).sum()


def waisted(
    base: float,
    waist: float,
    head: float,
    *,
    base_at: float = 0.1,
    waist_at: float = 0.5,
    head_at: float = 0.87,
    flare: float = 1.9,
) -> np.ndarray:
    """Width along a long bone: wide base, narrow waist, wide head (any unit), at `STATIONS` stations.

    ``flare`` is the power with which the ends widen: larger keeps the shaft slender for longer.
    """
    towards_base = np.clip((waist_at - S) / (waist_at - base_at), 0, 1) ** flare
    towards_head = np.clip((S - waist_at) / (head_at - waist_at), 0, 1) ** flare
    width = waist + (base - waist) * _ease(towards_base) + (head - waist) * _ease(towards_head)
    taper_base = 1 - 0.06 * np.clip((base_at - S) / base_at, 0, 1) ** 2
    taper_head = 1 - 0.10 * np.clip((S - head_at) / (1 - head_at), 0, 1) ** 2
    return np.asarray(width * taper_base * taper_head)


def through(knots: list[tuple[float, float]]) -> np.ndarray:
    """Smoothed polyline through (station 0..1, value) knots, at `STATIONS` stations."""
    x, y = zip(*knots, strict=True)
    line = np.interp(S, x, y)
    reach = len(_SMOOTHING) // 2
    return np.convolve(np.pad(line, reach, mode="edge"), _SMOOTHING, mode="valid")


def wavy(rng: np.random.Generator, amplitude: float, waves: int = 4) -> np.ndarray:
    """Smooth random relative deviation along the bone, mean 1, RMS about ``amplitude``."""
    phase = rng.uniform(0, 2 * np.pi, waves)
    size = rng.normal(0, 1, waves) / np.sqrt(np.arange(1, waves + 1))
    sines, cosines = _waves(waves)
    return np.asarray(1 + amplitude * ((size * np.cos(phase)) @ sines + (size * np.sin(phase)) @ cosines))


@lru_cache(maxsize=8)
def _waves(count: int) -> tuple[np.ndarray, np.ndarray]:
    angle = np.pi * np.arange(1, count + 1)[:, None] * S
    return np.sin(angle), np.cos(angle)


def rounded_end(half_width: float, roundness: float, power: float, slant: float = 0.0, dip: float = 0.0) -> np.ndarray:
    """How far a head recedes (mm) over the lateral position: a superellipse, slanted, with a dip between two condyles."""
    edge = 1 - (1 - np.minimum(np.abs(V), 1) ** power) ** (1 / power)
    end = half_width * (roundness * edge + slant * V + dip * np.exp(-((V / 0.35) ** 2)))
    return np.asarray(end - end.min())


def base_end(
    half_width: float, corner: float, hollow: float, slant: float, ridge: float = 0.0, ridge_at: float = 0.0
) -> np.ndarray:
    """How far a base recedes (mm): rounded corners, a hollow or a ridge where it meets the carpus, slanted."""
    corners = corner * np.clip((np.abs(V) - 0.45) / 0.55, 0, 1) ** 2
    middle = hollow * np.exp(-(((V - ridge_at) / 0.45) ** 2)) - ridge * np.exp(-(((V - ridge_at) / 0.25) ** 2))
    end = half_width * (corners + middle + slant * V)
    return np.asarray(end - end.min())


def cortical_thickness(
    mid_mm: float, end_mm: float, *, plateau: tuple[float, float] = (0.33, 0.68), reach: float = 0.3
) -> np.ndarray:
    """Shell thickness along the shaft: thickest on the plateau, thinning to ``end_mm`` within ``reach`` of it."""
    distance = np.maximum(np.maximum(plateau[0] - S, S - plateau[1]), 0) / reach
    return np.asarray(end_mm + (mid_mm - end_mm) * np.exp(-((distance / 0.55) ** 2)))


def metaphyseal_fill(shaft: float, end: float) -> np.ndarray:
    """Trabecular mineral fraction along the bone: marrow in the shaft, trabecular bone at both ends."""
    from_middle = np.clip((np.abs(S - 0.5) - 0.17) / 0.25, 0, 1)
    return np.asarray(shaft + (end - shaft) * from_middle**1.3)


def _ease(x: np.ndarray) -> np.ndarray:
    return np.asarray(x * (1 + 0.35 * x * (1 - x)))
