"""Where the second look goes, decided from synthetic first looks."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.bundle.values import SecondLook
from OsteoScreenLib.segmentation.looks import MULTIPLE, agreement, closer_look, whole_film
from OsteoScreenLib.segmentation.parts import Part, largest_parts
from OsteoScreenLib.segmentation.sampling import InputGrid, sample
from Testing.band_bundle import hand_masks

SHAPE = (1200, 1000)
SIZE = 256
SETTINGS = SecondLook(enabled=True, input_size=320, margin=0.06)


def first_look(masks: np.ndarray, turns: int = 0) -> tuple[list[Part], InputGrid]:
    """What a perfect network would see of ``masks`` on the first look, at stride 2."""
    grid = whole_film(masks.shape[1:], SIZE, turns)
    half = InputGrid(
        grid.matrix * 2, grid.matrix @ np.full(2, 0.5) + grid.offset, (grid.shape[0] // 2, grid.shape[1] // 2), SHAPE
    )
    seen = np.stack([sample(mask.astype(np.float32), half) for mask in masks])
    return list(largest_parts(seen, [0.5] * 7, 5, 0.5)), grid


def look_at(masks: np.ndarray, settings: SecondLook = SETTINGS, turns: int = 0) -> InputGrid | None:
    parts, grid = first_look(masks, turns)
    return closer_look(parts, grid.output_mapping(2, parts[0].mask.shape), grid, settings)


def angle_of(grid: InputGrid) -> float:
    return float(np.degrees(np.arctan2(grid.matrix[1, 0], grid.matrix[0, 0])))


def share_inside(masks: np.ndarray, grid: InputGrid) -> float:
    points = np.argwhere(masks.any(0))
    there = (points - grid.offset) @ np.linalg.inv(grid.matrix).T
    return float(((there > -0.5) & (there < np.array(grid.shape) - 0.5)).all(1).mean())


@pytest.mark.parametrize("shape", [(2500, 2000), (300, 1000), (77, 31), (1, 1)])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_the_first_look_holds_the_whole_film_in_multiples_of_32(shape: tuple[int, int], turns: int) -> None:
    grid = whole_film(shape, 256, turns)
    assert all(side % MULTIPLE == 0 and side > 0 for side in grid.shape)
    corners = np.array([(r, c) for r in (0, shape[0] - 1) for c in (0, shape[1] - 1)])
    there = (corners - grid.offset) @ np.linalg.inv(grid.matrix).T
    assert (there > -0.51).all()
    assert (there < np.array(grid.shape) - 0.49).all()
    assert max(grid.shape) >= 256


def test_a_long_narrow_film_is_looked_at_larger_but_not_without_end() -> None:
    square, long, endless = (1 / whole_film((1000, columns), 256).scale for columns in (1000, 450, 20))
    assert square == pytest.approx(0.256)
    assert square < long < endless == pytest.approx(1.67 * square)
    assert 450 * long == pytest.approx(0.58 * 256, abs=1e-6)


@pytest.mark.parametrize("turn", [0, 5, -4])
def test_a_small_hand_is_looked_at_closer_and_a_mild_tilt_is_left(turn: float) -> None:
    masks = hand_masks(SHAPE, turn, 0.5)
    grid = look_at(masks)
    assert grid is not None
    assert angle_of(grid) == pytest.approx(0)
    assert share_inside(masks, grid) == 1.0
    assert grid.scale < 0.6 * SHAPE[0] / SIZE


@pytest.mark.parametrize("turn", [30, -45, 100, 180])
def test_a_tilted_hand_is_brought_upright(turn: float) -> None:
    masks = hand_masks(SHAPE, turn, 0.55)
    grid = look_at(masks)
    assert grid is not None
    difference = (angle_of(grid) - turn + 180) % 360 - 180
    assert abs(difference) < 8
    assert share_inside(masks, grid) > 0.999


def test_without_a_forearm_the_fingers_are_taken_to_point_upwards() -> None:
    masks = hand_masks(SHAPE, 30, 0.55)
    masks[:2] = False
    grid = look_at(masks)
    assert grid is not None
    assert angle_of(grid) == pytest.approx(30, abs=8)


def test_a_look_already_turned_stays_turned() -> None:
    masks = hand_masks(SHAPE, 180, 0.55)
    grid = look_at(masks, turns=2)
    assert grid is not None
    assert abs(angle_of(grid)) == pytest.approx(180, abs=1e-6)


def test_a_hand_that_fills_the_film_needs_no_second_look() -> None:
    masks = hand_masks(SHAPE, 0, 1.3)
    assert look_at(masks, SecondLook(enabled=True, input_size=SIZE, margin=0.06)) is None


def test_nothing_found_gives_no_second_look() -> None:
    assert look_at(np.zeros((7, *SHAPE), bool)) is None


def test_the_third_metacarpal_is_brought_to_its_length() -> None:
    masks = hand_masks(SHAPE, 0, 0.6)
    grid = look_at(masks, SecondLook(enabled=True, input_size=1024, margin=0.06, metacarpal_3_px=96))
    assert grid is not None
    rows = np.flatnonzero(masks[Bone.METACARPAL_3.channel].any(1))
    assert (rows[-1] - rows[0] + 1) / grid.scale == pytest.approx(96, rel=0.05)


def test_the_film_is_never_magnified() -> None:
    masks = hand_masks((200, 180), 0, 0.5)
    grid = look_at_small(masks)
    assert grid is None or grid.scale >= 1


def look_at_small(masks: np.ndarray) -> InputGrid | None:
    grid = whole_film((200, 180), 128)
    parts = largest_parts(np.stack([sample(mask.astype(np.float32), grid) for mask in masks]), [0.5] * 7, 5, 0.5)
    return closer_look(parts, grid.output_mapping(1, grid.shape), grid, SETTINGS)


def test_a_missing_bone_widens_the_region() -> None:
    masks = hand_masks(SHAPE, 0, 0.5)
    whole = look_at(masks)
    masks[Bone.METACARPAL_1.channel] = False
    wider = look_at(masks)
    assert whole is not None
    assert wider is not None
    assert wider.scale > 1.3 * whole.scale


def test_agreement_is_one_for_the_same_and_low_for_other_places() -> None:
    masks = hand_masks(SHAPE, 0, 0.7)
    parts, grid = first_look(masks)
    mapping = grid.output_mapping(2, parts[0].mask.shape)
    assert agreement(parts, mapping, parts, mapping) == 1.0
    shifted, _ = first_look(np.roll(masks, 150, axis=2))
    assert agreement(parts, mapping, shifted, mapping) < 0.2
