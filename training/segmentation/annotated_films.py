"""Real films with the outlines of several annotators, as training films."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.segmentation.sampling import InputGrid, block_mean, sample
from training.segmentation.annotation_files import AnnotatedFilm, read_films
from training.segmentation.annotators import ANNOTATORS
from training.segmentation.augmentation import draw_view, vary_grey
from training.segmentation.batches import Films
from training.segmentation.network import OUTPUT_STRIDE

KEPT = 2.0
"""Films are kept in memory at least this many times as long as the largest training film: close views need it."""


@dataclass(frozen=True)
class Patch:
    """Coverage (uint8, 0..255) of one bone by one annotator, and the (row, column) of its first pixel on the film."""

    coverage: np.ndarray
    corner: tuple[int, int]


@dataclass(frozen=True)
class PreparedFilm:
    """An annotated film at the resolution that training needs.

    Attributes
    ----------
    pixels : uint16, rows x columns; the reader's window from black to white
    patches : per annotator and bone; None where the bone is absent
    box : first and last (row, column) of all bones
    """

    pixels: np.ndarray
    patches: tuple[tuple[Patch | None, ...], ...]
    box: tuple[np.ndarray, np.ndarray]


def prepare(path: Path, size: int) -> tuple[PreparedFilm, ...]:
    """Read a manifest's films for training at up to ``size`` x ``size`` pixels.

    Raises
    ------
    ManifestError
        With everything that is wrong with the data set.
    """
    return tuple(_prepared(film, size) for film in read_films(path))


class AnnotatedFilms:
    """Training film ``index`` of a data set: pixels (1, size, size), float32, and coverage (M, 7, size / 2, size / 2), uint8.

    Which film it is and how it is varied follow from ``seed`` and ``index`` alone. A film with more than M = `ANNOTATORS`
    annotators shows M of them, one with fewer repeats them evenly, in an order drawn anew each time.
    """

    def __init__(self, films: tuple[PreparedFilm, ...], size: int, seed: int) -> None:
        self.films = films
        self.size = size
        self.seed = seed

    def __call__(self, index: int) -> Films:
        """Film number ``index``."""
        rng = np.random.default_rng([self.seed, index])
        film = self.films[int(rng.integers(len(self.films)))]
        view = draw_view(film.box, film.pixels.shape, self.size, rng)
        pixels = vary_grey(sample(film.pixels, view) * np.float32(1 / 65535), rng)
        order = rng.permutation(len(film.patches))
        drawn = {int(number): coverage_in(view, film.patches[number]) for number in order[:ANNOTATORS]}
        coverage = np.stack([drawn[int(order[i % len(order)])] for i in range(ANNOTATORS)])
        return torch.from_numpy(pixels)[None], torch.from_numpy(coverage)


def _prepared(film: AnnotatedFilm, size: int) -> PreparedFilm:
    factor = max(1, int(max(film.radiograph.shape) / (KEPT * size)))
    pixels = block_mean(film.radiograph.normalised(), factor)
    patches = tuple(tuple(_patch(mask, factor) for mask in masks) for masks in film.masks.values())
    found = [patch for drawn in patches for patch in drawn if patch is not None]
    first = np.min([patch.corner for patch in found], axis=0) if found else np.zeros(2)
    ends = [np.add(patch.corner, patch.coverage.shape) - 1 for patch in found]
    last = np.max(ends, axis=0) if found else np.array(pixels.shape) - 1
    return PreparedFilm(np.asarray(pixels * 65535 + 0.5, dtype=np.uint16), patches, (first, last))


def _patch(mask: np.ndarray, factor: int) -> Patch | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    top, left = int(rows[0]) // factor, int(columns[0]) // factor
    bottom, right = int(rows[-1]) // factor + 1, int(columns[-1]) // factor + 1
    part = mask[top * factor : bottom * factor, left * factor : right * factor]
    return Patch(np.asarray(block_mean(part.astype(np.float32), factor) * 255 + 0.5, dtype=np.uint8), (top, left))


def coverage_in(view: InputGrid, patches: tuple[Patch | None, ...]) -> np.ndarray:
    """Coverage of all bones by one annotator on the network's output grid under ``view``; uint8, 7 x rows x columns."""
    shape = (view.shape[0] // OUTPUT_STRIDE, view.shape[1] // OUTPUT_STRIDE)
    output = view.output_mapping(OUTPUT_STRIDE, shape)
    result = np.zeros((len(BONES), *shape), np.uint8)
    inverse = np.linalg.inv(output.matrix)
    for channel, patch in enumerate(patches):
        if patch is None:
            continue
        height, width = patch.coverage.shape
        corners = np.array([(r, c) for r in (-1, height) for c in (-1, width)]) + patch.corner
        on_grid = (corners - output.offset) @ inverse.T
        low = np.maximum(np.floor(on_grid.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(on_grid.max(axis=0)).astype(int) + 2, shape)
        if (high <= low).any():
            continue
        # Room around the patch, so that the averaged blocks at its margin are empty outside.
        room = 2 * max(1, round(float(np.sqrt(abs(np.linalg.det(output.matrix))))))
        padded = np.pad(patch.coverage, room)
        offset = output.matrix @ low + output.offset - np.subtract(patch.corner, room)
        window = InputGrid(output.matrix, offset, (int(high[0] - low[0]), int(high[1] - low[1])), padded.shape)
        result[channel, low[0] : high[0], low[1] : high[1]] = sample(padded, window) + np.float32(0.5)
    return result
