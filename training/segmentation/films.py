"""Endless simulated films for training, cast on the fly by worker processes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from training.segmentation.annotators import ANNOTATORS, annotate
from training.simulation import SimulatedFilm, cast_film
from training.simulation.families import Family

__all__ = ["ANNOTATORS", "SimulatedFilms", "network_input", "training_film"]


def network_input(film: SimulatedFilm, rng: np.random.Generator) -> np.ndarray:
    """Film as the reader would hand it over: percentiles inside the field mapped to 0..1, with some play; float32."""
    values = film.pixels[film.field] if film.field.any() else film.pixels.ravel()
    sample = values[:: max(1, values.size // 8000)]
    low = float(np.percentile(sample, rng.uniform(0.0, 2.0)))
    high = float(np.percentile(sample, rng.uniform(98.8, 100.0)))
    return np.asarray(np.clip((film.pixels - low) / max(high - low, 1e-3), 0, 1), dtype=np.float32)


class SimulatedFilms(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Films (1, size, size) float32 with annotators' coverage (M, 7, size / 2, size / 2) uint8, without end.

    Film ``i`` is the same whatever the number of workers, and ``start`` lets a resumed run go on where it stopped: exactly with
    none or one worker; with more, films change places between batches.
    """

    def __init__(self, size: int, seed: int, start: int = 0, without: frozenset[Family] = frozenset()) -> None:
        self.size = size
        self.seed = seed
        self.start = start
        self.without = without

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        worker = get_worker_info()
        step = worker.num_workers if worker else 1
        index = self.start + (worker.id if worker else 0)
        while True:
            yield training_film(self.size, self.seed, index, self.without)
            index += step


def training_film(
    size: int, seed: int, index: int, without: frozenset[Family] = frozenset()
) -> tuple[torch.Tensor, torch.Tensor]:
    """Film number ``index`` of a seed, ``without`` some families of effects."""
    rng = np.random.default_rng([seed, index])
    film = cast_film(rng, (size, size), without=without)
    return torch.from_numpy(network_input(film, rng))[None], torch.from_numpy(annotate(film, rng))
