"""The rough box around what a film shows."""

import numpy as np
import pytest

from OsteoScreenLib.segmentation.content import content_box, otsu


def film_with_blob(rows, columns):
    film = np.zeros((900, 700), np.float32)
    film[rows, columns] = 0.6
    return film


def test_box_holds_the_bright_region_and_little_more():
    film = film_with_blob(slice(300, 620), slice(210, 400))
    low, high = content_box(film, np.ones(film.shape, bool))
    assert (low <= [300, 210]).all()
    assert (high >= [619, 399]).all()
    assert (high - low < 1.25 * 320).all()


def test_what_lies_outside_the_field_does_not_count():
    film = film_with_blob(slice(300, 620), slice(210, 400))
    film[:, 600:] = 1.0
    field = np.ones(film.shape, bool)
    field[:, 590:] = False
    _, high = content_box(film, field)
    assert high[1] < 590


def test_nothing_to_see_has_no_box():
    assert content_box(np.zeros((400, 300), np.float32), np.ones((400, 300), bool)) is None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_otsu_separates_two_groups_whatever_their_share(share):
    rng = np.random.default_rng(0)
    low, high = rng.normal(0.2, 0.02, int(1000 * share)), rng.normal(0.8, 0.02, int(1000 * (1 - share)))
    threshold = otsu(np.concatenate([low, high]))
    assert low.max() < threshold + 0.02
    assert threshold < high.min()
