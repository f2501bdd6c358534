"""The films that training sees: scaled as a reader would, numbered, the same for any number of workers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from OsteoScreenLib.bones import BONES
from training.segmentation.annotators import ANNOTATORS
from training.segmentation.films import network_input, training_film
from training.simulation import SimulatedFilm, cast_film


@pytest.fixture(scope="module")
def films() -> list[SimulatedFilm]:
    return [cast_film(seed, (320, 320), kind="close") for seed in range(6)]


def test_network_input_fills_the_range_inside_the_field(films: list[SimulatedFilm]) -> None:
    for seed, film in enumerate(films):
        values = network_input(film, np.random.default_rng(seed))
        assert values.dtype == np.float32
        assert values.min() >= 0
        assert values.max() <= 1
        low, high = np.percentile(values[film.field], [0.5, 99.9])
        assert low < 0.05
        assert high > 0.95


def test_network_input_does_not_depend_on_the_film_s_grey_scale(films: list[SimulatedFilm]) -> None:
    film = films[0]
    faint = replace(film, pixels=film.pixels * np.float32(0.3) + np.float32(0.2))
    found, expected = (network_input(f, np.random.default_rng(1)) for f in (faint, film))
    assert found == pytest.approx(expected, abs=1e-4)


def test_training_films_are_numbered_and_equal_for_equal_numbers() -> None:
    pixels, coverage = training_film(64, 7, 3)
    again, _ = training_film(64, 7, 3)
    other, _ = training_film(64, 8, 3)
    assert pixels.shape == (1, 64, 64)
    assert coverage.shape == (ANNOTATORS, len(BONES), 32, 32)
    assert torch.equal(pixels, again)
    assert not torch.equal(pixels, other)
