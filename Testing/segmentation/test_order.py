"""Which outline is which bone, on exact masks of simulated hands whose channels were mixed up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.bones import BONES, METACARPALS, Bone
from OsteoScreenLib.segmentation.order import IN_ORDER, anatomical_order
from training.simulation import cast_film

SIZE = (160, 160)
HANDS = tuple(range(900, 950))
ORDERED = tuple(range(7))
MIX_UPS = {
    "metacarpals 2 and 3": (0, 1, 2, 4, 3, 5, 6),
    "metacarpals 3 and 4": (0, 1, 2, 3, 5, 4, 6),
    "metacarpals 4 and 5": (0, 1, 2, 3, 4, 6, 5),
    "thumb and index": (0, 1, 3, 2, 4, 5, 6),
    "three in a circle": (0, 1, 2, 4, 5, 3, 6),
    "radius and ulna": (1, 0, 2, 3, 4, 5, 6),
    "all fingers from the wrong side": (0, 1, 6, 5, 4, 3, 2),
    "mirrored hand": (1, 0, 6, 5, 4, 3, 2),
}


@cache
def hand(seed: int, kind: str = "hand") -> tuple[np.ndarray, np.ndarray]:
    """Exact masks of a simulated hand and the exposed field."""
    film = cast_film(seed, SIZE, kind=kind)
    return film.masks, film.field


def whole_hand(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The first hand from ``seed`` on of which every bone is on the film."""
    return next(hand(one) for one in range(seed, seed + 20) if (hand(one)[0].sum(axis=(1, 2)) > 30).all())


@pytest.mark.parametrize("seed", HANDS)
def test_nothing_changes_on_a_correct_hand(seed: int) -> None:
    assert anatomical_order(*hand(seed)) == IN_ORDER


@pytest.mark.parametrize("seed", range(980, 1000))
def test_nothing_changes_on_a_correct_wrist(seed: int) -> None:
    assert anatomical_order(*hand(seed, "wrist")) == IN_ORDER


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_side_turn_and_size_do_not_matter(turn: int) -> None:
    masks, field = whole_hand(900)
    for view in (masks, masks[:, :, ::-1], ndimage.zoom(masks, (1, 2, 2), order=0)):
        assert anatomical_order(np.rot90(view, turn, (1, 2))) == IN_ORDER
    assert anatomical_order(masks[:, :, ::-1], field[:, ::-1]) == IN_ORDER


@pytest.mark.parametrize("name", MIX_UPS)
def test_mixed_up_channels_are_put_in_order_or_doubted_and_never_made_worse(name: str) -> None:
    mixed = list(MIX_UPS[name])
    repaired = 0
    seeds = HANDS[:20]
    for seed in seeds:
        masks, field = whole_hand(seed)
        order = anatomical_order(masks[mixed], field)
        if order.doubtful:
            assert not order.renamed
            continue
        assert tuple(mixed[channel] for channel in order.channels) == ORDERED
        assert order.renamed == tuple(bone for bone in BONES if mixed[bone.channel] != bone.channel)
        repaired += 1
    assert repaired >= 0.85 * len(seeds)


@pytest.mark.parametrize("name", ["metacarpals 3 and 4", "radius and ulna", "mirrored hand"])
def test_a_mixed_up_wrist_is_never_made_worse(name: str) -> None:
    mixed = list(MIX_UPS[name])
    noticed = 0
    for seed in range(980, 1000):
        masks, field = hand(seed, "wrist")
        order = anatomical_order(masks[mixed], field)
        assert order.channels in (ORDERED, tuple(np.argsort(mixed)))
        noticed += bool(order.doubtful or order.renamed)
    assert noticed >= 10


def half(mask: np.ndarray, distal: bool) -> np.ndarray:
    """One half of a metacarpal along its axis (rows are taken for it: the hand stands upright or upside down)."""
    rows = np.flatnonzero(mask.any(1))
    middle = (rows[0] + rows[-1]) // 2
    part = mask.copy()
    part[middle:] = distal and part[middle:]
    part[:middle] = not distal and part[:middle]
    return part


@pytest.mark.parametrize("bone", METACARPALS)
@pytest.mark.parametrize("distal", [True, False])
def test_half_a_bone_renames_none(bone: Bone, distal: bool) -> None:
    for seed in HANDS[:5]:
        masks, field = whole_hand(seed)
        masks = masks.copy()
        masks[bone.channel] = half(masks[bone.channel], distal)
        assert anatomical_order(masks, field).channels == ORDERED


@pytest.mark.parametrize("bone", BONES)
def test_a_missing_bone_renames_none(bone: Bone) -> None:
    for seed in HANDS[:5]:
        masks, field = whole_hand(seed)
        masks = masks.copy()
        masks[bone.channel] = False
        assert anatomical_order(masks, field) == IN_ORDER


def test_one_bone_in_two_channels_renames_none() -> None:
    for seed in HANDS[:5]:
        masks, field = whole_hand(seed)
        masks = masks.copy()
        masks[Bone.METACARPAL_4.channel] = masks[Bone.METACARPAL_3.channel]
        assert anatomical_order(masks, field).channels == ORDERED


def test_neighbours_exchanged_beside_a_missing_bone_are_put_in_order() -> None:
    masks, field = whole_hand(HANDS[0])
    mixed = masks[list(MIX_UPS["metacarpals 3 and 4"])]
    mixed[Bone.METACARPAL_1.channel] = False
    order = anatomical_order(mixed, field)
    assert order.renamed == (Bone.METACARPAL_3, Bone.METACARPAL_4)


def test_what_is_no_hand_is_doubted() -> None:
    masks, field = whole_hand(HANDS[0])
    masks = masks.copy()
    for bone in (Bone.METACARPAL_2, Bone.METACARPAL_4, Bone.RADIUS):
        masks[bone.channel] = np.roll(masks[bone.channel], (60, -70), axis=(0, 1))
    assert anatomical_order(masks, np.ones_like(field)).doubtful


def test_too_few_bones_say_nothing() -> None:
    masks, field = whole_hand(HANDS[0])
    few = np.zeros_like(masks)
    assert anatomical_order(few, field) == IN_ORDER
    few[2:4] = masks[3:1:-1]
    assert anatomical_order(few, field) == IN_ORDER
