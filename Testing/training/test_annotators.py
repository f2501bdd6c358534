"""Simulated annotators and the films that training sees."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch.utils.data import DataLoader

from OsteoScreenLib.bones import BONES
from training.segmentation.films import ANNOTATORS, SimulatedFilms, annotate, network_input, training_film
from training.segmentation.network import OUTPUT_STRIDE
from training.simulation import SimulatedFilm, cast_film

SIDE = 320


@pytest.fixture(scope="module")
def films() -> list[SimulatedFilm]:
    return [cast_film(seed, (SIDE, SIDE), kind="close") for seed in range(6)]


def exact_coverage(film: SimulatedFilm) -> np.ndarray:
    """Share of each output pixel that the bone covers."""
    half = SIDE // OUTPUT_STRIDE
    return film.masks.reshape(len(BONES), half, OUTPUT_STRIDE, half, OUTPUT_STRIDE).mean(axis=(2, 4))


def drawings(film: SimulatedFilm, seed: int = 0) -> np.ndarray:
    return annotate(film.masks, film.pixels_per_mm, np.random.default_rng(seed))


def test_annotations_are_coverage_on_the_output_grid(films: list[SimulatedFilm]) -> None:
    drawn = drawings(films[0])
    assert drawn.shape == (ANNOTATORS, len(BONES), SIDE // OUTPUT_STRIDE, SIDE // OUTPUT_STRIDE)
    assert drawn.dtype == np.uint8
    assert drawn.min() == 0
    assert drawn.max() == 255
    between = (drawn > 0) & (drawn < 255)
    assert 0 < between.mean() < 0.1  # soft edges only


def test_annotators_agree_with_the_exact_mask_on_average(films: list[SimulatedFilm]) -> None:
    dice = []
    for seed, film in enumerate(films):
        mean = drawings(film, seed).mean(axis=0) > 127.5
        for found, exact in zip(mean, exact_coverage(film) > 0.5, strict=True):
            if exact.sum() > 100:
                dice.append(2 * (found & exact).sum() / (found.sum() + exact.sum()))
    assert len(dice) > 25
    assert np.mean(dice) > 0.97
    assert min(dice) > 0.9


def test_no_outline_strays_further_than_a_millimetre(films: list[SimulatedFilm]) -> None:
    for seed, film in enumerate(films):
        allowed = 1.0 * film.pixels_per_mm / OUTPUT_STRIDE + 1  # and a pixel of the output grid
        for channel, coverage in enumerate(exact_coverage(film)):
            exact = coverage > 0.5
            if exact.sum() <= 100:
                continue
            outwards = distance_transform_edt(~exact)
            inwards = distance_transform_edt(exact)
            for drawn in drawings(film, seed)[:, channel] > 127:
                assert outwards[drawn].max() <= allowed
                missed = exact & ~drawn
                if missed.any():
                    assert np.percentile(inwards[missed], 99) <= allowed


def test_each_annotator_draws_all_bones_alike(films: list[SimulatedFilm]) -> None:
    """Pairs share the smoothing, so that the looser one of a pair contains the tighter one in every bone."""
    nested = 0
    for seed, film in enumerate(films):
        drawn = drawings(film, seed)
        for first, second in ((0, 1), (2, 3)):
            areas = drawn[[first, second]].sum(axis=(2, 3), dtype=np.int64)
            tight, loose = (first, second) if areas[0].sum() < areas[1].sum() else (second, first)
            assert (drawn[tight] <= drawn[loose]).mean() > 0.999
            visible = (areas > 20 * 255).all(axis=0)
            larger = areas[0] < areas[1] if tight == first else areas[1] < areas[0]
            assert larger[visible].all()
            nested += int(visible.sum())
    assert nested > 50


def test_annotators_differ(films: list[SimulatedFilm]) -> None:
    drawn = drawings(films[1])
    assert all(not np.array_equal(drawn[a], drawn[b]) for a in range(ANNOTATORS) for b in range(a))


def test_an_absent_bone_stays_absent() -> None:
    masks = np.zeros((len(BONES), 64, 64), bool)
    masks[2, 10:40, 20:30] = True
    drawn = annotate(masks, 2.0, np.random.default_rng(0))
    assert drawn[:, 2].any(axis=(1, 2)).all()
    assert not np.delete(drawn, 2, axis=1).any()


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


def test_an_endless_set_starts_where_it_is_told() -> None:
    late = next(iter(SimulatedFilms(64, 7, start=5)))
    for found, expected in zip(late, training_film(64, 7, 5), strict=True):
        assert torch.equal(found, expected)


def test_a_worker_process_casts_the_same_films_in_the_same_order() -> None:
    batches = []
    for workers in (0, 1):
        loader = DataLoader(SimulatedFilms(64, 7), batch_size=2, num_workers=workers)
        batches.append([pixels.clone() for pixels, _ in islice(loader, 3)])
    assert all(torch.equal(a, b) for a, b in zip(*batches, strict=True))
