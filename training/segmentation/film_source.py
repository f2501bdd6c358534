"""Where training films come from: the simulation, a data set of annotated films, or both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import numpy as np

from training.segmentation.annotated_films import AnnotatedFilms, prepare
from training.segmentation.batches import Films
from training.segmentation.films import training_film
from training.segmentation.manifest import read_manifest
from training.segmentation.settings import SegmentationSettings

FilmSource = Callable[[int, int], Callable[[int], Films]]
"""Gives training film ``index`` of a size and a seed: ``source(size, seed)(index)``."""
_CHOICE = 5
"""Keeps the choice of a film's origin apart from the numbers that the film itself is made with."""


class MixedFilms:
    """Training films of which on average a ``share`` is annotated and the others are simulated; equal for equal numbers."""

    def __init__(self, simulated: Callable[[int], Films], annotated: Callable[[int], Films], share: float, seed: int) -> None:
        self.simulated = simulated
        self.annotated = annotated
        self.share = share
        self.seed = seed

    def __call__(self, index: int) -> Films:
        """Film number ``index``."""
        chosen = np.random.default_rng([self.seed, index, _CHOICE]).random() < self.share
        return self.annotated(index) if chosen else self.simulated(index)


def films_of(settings: SegmentationSettings) -> FilmSource:
    """Films that a run trains on. A data set is read here, once for all stages.

    Raises
    ------
    ManifestError
        With everything that is wrong with the data set.
    """
    if settings.annotations is None:
        return _simulated
    films = prepare(settings.annotations.manifest, max(stage.size for stage in settings.stages))
    share = settings.annotations.share

    def mixed(size: int, seed: int) -> Callable[[int], Films]:
        return MixedFilms(_simulated(size, seed), AnnotatedFilms(films, size, seed), share, seed)

    return mixed


def data_set(settings: SegmentationSettings) -> dict[str, object] | None:
    """Name, size and SHA-256 of the manifest of the data set that a run trains on, for its record; None without one."""
    if settings.annotations is None:
        return None
    path = settings.annotations.manifest
    manifest = read_manifest(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"name": manifest.name, "films": len(manifest.films), "sha256": digest, "share": settings.annotations.share}


def _simulated(size: int, seed: int) -> Callable[[int], Films]:
    return partial(training_film, size, seed)
