"""Soft tissue of turned hands: stacked limbs, kept volume, and what a flat hand looked like before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.body import body_thickness
from training.simulation.hand import Hand, build_hand
from training.simulation.obliquity import Attitude
from training.simulation.pose import sample_pose
from training.simulation.subject import Subject
from training.simulation.tubes import Placement
from training.simulation.turned_body import path_through

SHAPE = (400, 320)
PLACEMENT = Placement((160.0, 260.0), 1.5, 0.0, 1)
ROWS, COLUMNS = np.arange(200, dtype=np.float32)[:, None], np.arange(160, dtype=np.float32)[None, :]
AT = Placement((80.0, 100.0), 2.0, 0.3, -1)


def turned(degrees: float) -> Hand:
    pose = replace(sample_pose(np.random.default_rng(5)), attitude=Attitude(np.deg2rad(degrees)))
    return build_hand(Subject(50, "F", -1.0, 0.5, 0.25, 0.95, 64.0), pose, np.random.default_rng(6))


def soft(degrees: float) -> np.ndarray:
    return body_thickness(turned(degrees), PLACEMENT, SHAPE, np.random.default_rng(7))


def palm_width(thickness: np.ndarray) -> int:
    """Pixels across the skin half-way up metacarpal 3, where no thumb is."""
    row = int(PLACEMENT.origin[1] - 0.8 * 64 * PLACEMENT.pixels_per_mm)
    return int((thickness[row] > 2).sum())


def test_from_the_side_the_palm_is_narrow_and_thick() -> None:
    flat, side = soft(0), soft(90)
    assert palm_width(side) < 0.6 * palm_width(flat)
    assert side.max() > 1.4 * flat.max()


@pytest.mark.parametrize("degrees", [45.0, 90.0, -45.0])
def test_a_turned_hand_holds_about_as_much_tissue_as_a_flat_one(degrees: float) -> None:
    assert soft(degrees).sum() == pytest.approx(soft(0).sum(), rel=0.25)


def test_one_limb_keeps_its_depth_where_it_lies_flat_and_its_width_from_the_side() -> None:
    limb = (np.array([0.0, -15.0, 0.0]), np.array([0.0, 15.0, 0.0]), (12.0, 12.0), (6.0, 6.0))
    middle = AT.to_film(np.zeros((1, 2)))[0].astype(int)
    for degrees, path in ((0.0, 12.0), (90.0, 24.0)):
        found = path_through([limb], Attitude(np.deg2rad(degrees)), AT, ROWS, COLUMNS)
        assert found[middle[1], middle[0]] == pytest.approx(path, rel=0.04)


def test_limbs_behind_each_other_are_one_body() -> None:
    limbs = [
        (np.array([0.0, -15.0, height]), np.array([0.0, 15.0, height]), (6.0, 6.0), (6.0, 6.0)) for height in (-10.0, 0.0, 10.0)
    ]
    middle = AT.to_film(np.zeros((1, 2)))[0].astype(int)
    found = path_through(limbs, Attitude(np.deg2rad(90)), AT, ROWS, COLUMNS)
    assert found[middle[1], middle[0]] == pytest.approx(32.0, rel=0.04)
    assert found[0, 0] == 0
