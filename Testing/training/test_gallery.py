"""The gallery of effects: every effect has its function, its picture and its row on the page."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from training.gallery.effect import Effect
from training.gallery.page import EFFECTS, GAP, page_text, picture
from training.gallery.scene import PANEL
from training.simulation import Family

FIRST_OF_EACH = [next(effect for effect in EFFECTS if effect.family is family) for family in Family]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_functions_on_the_page_exist(effect: Effect) -> None:
    for dotted in effect.functions:
        module, name = dotted.rsplit(".", 1)
        assert callable(getattr(import_module(f"training.simulation.{module}"), name))


def test_every_effect_has_one_name_and_one_row() -> None:
    names = [effect.name for effect in EFFECTS]
    assert len(set(names)) == len(names) > 50
    text = page_text(EFFECTS)
    assert all(text.count(f"/{name}.jpg)") == 1 for name in names)
    assert all(f"`Family.{family.name}`" in text for family in Family)


@pytest.mark.parametrize("effect", FIRST_OF_EACH, ids=lambda effect: effect.name)
def test_pictures_are_repeatable_and_show_a_difference(effect: Effect) -> None:
    first, again = picture(effect), picture(effect)
    assert first.shape == (PANEL[0], 2 * PANEL[1] + GAP)
    assert np.array_equal(first, again)
    without, with_it = first[:, : PANEL[1]].astype(int), first[:, PANEL[1] + GAP :].astype(int)
    assert (np.abs(without - with_it) > 8).mean() > 0.001
