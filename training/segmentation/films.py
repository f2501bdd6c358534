"""Simulated films for training: film number i of a seed, as the reader would hand it over, with its annotators' outlines."""

from __future__ import annotations

import numpy as np
import torch

from training.segmentation.annotators import annotate
from training.simulation import SimulatedFilm, cast_film
from training.simulation.families import Family


def network_input(film: SimulatedFilm, rng: np.random.Generator) -> np.ndarray:
    """Film as the reader would hand it over: percentiles inside the field mapped to 0..1, with some play; float32."""
    values = film.pixels[film.field] if film.field.any() else film.pixels.ravel()
    sample = values[:: max(1, values.size // 8000)]
    low = float(np.percentile(sample, rng.uniform(0.0, 2.0)))
    high = float(np.percentile(sample, rng.uniform(98.8, 100.0)))
    return np.asarray(np.clip((film.pixels - low) / max(high - low, 1e-3), 0, 1), dtype=np.float32)


def training_film(
    size: int, seed: int, index: int, without: frozenset[Family] = frozenset()
) -> tuple[torch.Tensor, torch.Tensor]:
    """Film number ``index`` of a seed, ``without`` some families of effects."""
    rng = np.random.default_rng([seed, index])
    film = cast_film(rng, (size, size), without=without)
    return torch.from_numpy(network_input(film, rng))[None], torch.from_numpy(annotate(film, rng))
