"""Endless simulated films for training, cast on the fly by worker processes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr
from torch.utils.data import IterableDataset, get_worker_info

from training.segmentation.network import OUTPUT_STRIDE
from training.simulation import SimulatedFilm, cast_film
from training.simulation.families import Family

ANNOTATORS = 4


@dataclass(frozen=True)
class AnnotatorStyle:
    """How one annotator draws: outline moved outwards by ``offset`` pixels after smoothing by ``sigma`` pixels (output grid)."""

    offset: float
    sigma: float


def network_input(film: SimulatedFilm, rng: np.random.Generator) -> np.ndarray:
    """Film as the reader would hand it over: percentiles inside the field mapped to 0..1, with some play; float32."""
    values = film.pixels[film.field] if film.field.any() else film.pixels.ravel()
    sample = values[:: max(1, values.size // 8000)]
    low = float(np.percentile(sample, rng.uniform(0.0, 2.0)))
    high = float(np.percentile(sample, rng.uniform(98.8, 100.0)))
    return np.asarray(np.clip((film.pixels - low) / max(high - low, 1e-3), 0, 1), dtype=np.float32)


def annotate(masks: np.ndarray, pixels_per_mm: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the film's bones as `ANNOTATORS` people would; uint8 coverage 0..255, annotators x 7 x rows / 2 x columns / 2.

    Two degrees of smoothing, each with a tighter and a looser outline. Annotators differ by a few tenths of a millimetre.
    """
    counts = masks.view(np.uint8)
    rows = counts[:, 0::OUTPUT_STRIDE] + counts[:, 1::OUTPUT_STRIDE]
    coverage = (rows[:, :, 0::OUTPUT_STRIDE] + rows[:, :, 1::OUTPUT_STRIDE]) * np.float32(1 / OUTPUT_STRIDE**2)
    drawn = np.zeros((ANNOTATORS, *coverage.shape), np.uint8)
    pixel = pixels_per_mm / OUTPUT_STRIDE
    styles = [
        AnnotatorStyle(float(rng.normal(0, 0.22)) * pixel, sigma)
        for sigma in (0.45, float(rng.uniform(0.5, 1.1)))
        for _ in range(2)
    ]
    for channel, bone in enumerate(coverage):
        occupied = np.nonzero(bone.any(axis=1))[0], np.nonzero(bone.any(axis=0))[0]
        if len(occupied[0]) == 0:
            continue
        window = tuple(slice(max(int(o[0]) - 5, 0), int(o[-1]) + 6) for o in occupied)
        for sigma in {style.sigma for style in styles}:
            blurred = gaussian_filter(bone[window], sigma, truncate=3.0)
            for index, style in enumerate(styles):
                if style.sigma == sigma:
                    drawn[index, channel][window] = _outline(blurred, style)
    return drawn


def _outline(blurred: np.ndarray, style: AnnotatorStyle) -> np.ndarray:
    """Threshold a blurred mask where the annotator's outline lies, with one pixel of soft edge."""
    moved = style.offset / style.sigma
    level = float(ndtr(-moved))
    slope = math.exp(-0.5 * moved * moved) / (math.sqrt(2 * math.pi) * style.sigma)
    soft = np.clip((blurred - level) / max(slope, 1e-3) + 0.5, 0, 1)
    return np.asarray(soft * 255 + 0.5, dtype=np.uint8)


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
    return torch.from_numpy(network_input(film, rng))[None], torch.from_numpy(annotate(film.masks, film.pixels_per_mm, rng))
