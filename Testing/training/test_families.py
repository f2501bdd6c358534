"""Films without families of effects: what stays is the same film."""

from __future__ import annotations

import numpy as np
import pytest

from training.segmentation.films import training_film
from training.simulation import Family, cast_film

SHAPE = (192, 192)
PLAIN = frozenset({Family.ACQUISITION, Family.PROCESSING, Family.FIELD, Family.NUISANCES, Family.OBJECTS})


@pytest.mark.parametrize("family", [Family.ACQUISITION, Family.PROCESSING, Family.OBJECTS])
def test_leaving_out_what_only_changes_grey_values_keeps_the_masks(family: Family) -> None:
    for seed in range(4):
        film, other = cast_film(seed, SHAPE), cast_film(seed, SHAPE, without=frozenset({family}))
        assert np.array_equal(film.masks, other.masks)
        assert np.array_equal(film.field, other.field)
        assert film.subject == other.subject


def test_without_field_the_whole_hand_stands_upright() -> None:
    for seed in range(6):
        film = cast_film(seed, SHAPE, without=frozenset({Family.FIELD, Family.NUISANCES}))
        assert film.view.placement.angle_rad == 0
        tips = film.view.placement.to_film(np.array(list(film.hand.fingertips.values())))
        assert tips.min() > 0
        assert tips.max() < SHAPE[0]
        assert film.masks.any(axis=(1, 2)).all()


def test_without_nuisances_the_whole_canvas_is_exposed() -> None:
    assert all(cast_film(seed, SHAPE, without=frozenset({Family.NUISANCES})).field.all() for seed in range(6))


def test_a_plain_film_has_air_in_black_and_no_noise() -> None:
    for seed in range(4):
        film = cast_film(seed, SHAPE, without=PLAIN)
        assert (film.pixels == 0).mean() > 0.1
        assert film.pixels.max() == 1


def test_training_films_leave_out_the_same() -> None:
    (film, _), (other, drawn) = (training_film(128, 1, 2, without) for without in (PLAIN, frozenset()))
    assert film.shape == other.shape == (1, 128, 128)
    assert not np.array_equal(film, other)
    assert drawn.any()
