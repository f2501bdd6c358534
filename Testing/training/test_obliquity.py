"""Bones turned out of the film plane: shadows of ellipses, cavities, heights, and the truth of a rolled shaft."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from training.simulation.hand import Hand, build_hand, cortical_truth
from training.simulation.obliquity import Attitude, projected_half_width, turn_blob, turn_tube
from training.simulation.pose import sample_pose
from training.simulation.subject import Subject
from training.simulation.tubes import END_KNOTS, STATIONS, Blob, Placement, Tube, cast_tube

SHAPE = (240, 200)
PIXELS_PER_MM = 8.0


def slab(half_width: float = 7.0, half_depth: float = 3.5, cortex: float = 1.2) -> Tube:
    """A tube along y, twice as wide as deep."""
    full = np.ones(STATIONS)
    flat_end = np.zeros(END_KNOTS)
    return Tube(
        name="slab",
        base=(0.0, -25.0),
        head=(0.0, 25.0),
        radial=full * half_width,
        ulnar=full * half_width,
        depth=full * half_depth,
        cortex=full * cortex,
        fill=full * 0,
        base_end=flat_end,
        head_ends=(flat_end,),
        base_cap=2.0,
        head_cap=2.0,
    )


def row_through_the_middle(tube: Tube) -> tuple[np.ndarray, np.ndarray]:
    """Outer chords and mineral of the film row that crosses the hand's origin."""
    chords = cast_tube(tube, Placement((100.0, 120.0), PIXELS_PER_MM, 0.0, 1), SHAPE, np.ones(SHAPE, np.float32))
    assert chords is not None
    row = 120 - chords.window[0].start
    return chords.outer[row], chords.mineral[row]


@pytest.mark.parametrize("degrees", [0.0, 5.0, 10.0, 20.0, 45.0, 90.0])
def test_roll_changes_the_width_of_the_shadow_and_of_the_cavity_as_an_ellipse_does(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    outer, mineral = row_through_the_middle(turn_tube(slab(), Attitude(roll_rad=angle)))
    width = 2 * np.hypot(7.0 * np.cos(angle), 3.5 * np.sin(angle))
    cavity = 2 * np.hypot(5.8 * np.cos(angle), 2.3 * np.sin(angle))
    assert (outer > 0).sum() / PIXELS_PER_MM == pytest.approx(width, abs=0.3)
    assert ((outer - mineral) > 1e-3).sum() / PIXELS_PER_MM == pytest.approx(cavity, abs=0.3)
    # The shadow narrows, the bone does not: the rays' paths add up to the section's area.
    assert outer.sum() / PIXELS_PER_MM == pytest.approx(np.pi * 7.0 * 3.5, rel=0.01)


def test_a_turn_of_nothing_changes_nothing() -> None:
    tube, blob = slab(), Blob("disc", (3.0, -2.0), np.full(360, 6.0), 4.0, 0.8, 0.3, z=-5.0)
    same, same_blob = turn_tube(tube, Attitude()), turn_blob(blob, Attitude())
    for name in ("radial", "ulnar", "depth", "cortex"):
        assert getattr(same, name) == pytest.approx(getattr(tube, name))
    assert (same.base, same.head, same.foreshortening) == (tube.base, tube.head, 1.0)
    assert same_blob.radius == pytest.approx(blob.radius)
    assert same_blob.centre == pytest.approx(blob.centre)


def test_what_lies_higher_moves_further_sideways() -> None:
    angle = np.deg2rad(12.0)
    low, high = (turn_blob(Blob("b", (0.0, 0.0), np.full(360, 5.0), 5.0, 0.8, 0.3, z=z), Attitude(angle)) for z in (-10.0, 10.0))
    assert low.centre[0] - high.centre[0] == pytest.approx(20 * np.sin(angle))
    tipped = turn_blob(Blob("b", (0.0, 0.0), np.full(360, 5.0), 5.0, 0.8, 0.3, z=10.0), Attitude(pitch_rad=angle))
    assert tipped.centre[1] == pytest.approx(-10 * np.sin(angle))


def test_a_flat_blob_narrows_when_rolled_and_keeps_its_height_on_film() -> None:
    angle = np.deg2rad(30.0)
    rolled = turn_blob(Blob("b", (0.0, 0.0), np.full(360, 8.0), 3.0, 0.8, 0.3), Attitude(angle))
    across, along = rolled.radius[0], rolled.radius[90]
    assert across == pytest.approx(projected_half_width(np.array([8.0]), np.array([3.0]), angle)[0], rel=0.01)
    assert along == pytest.approx(8.0, rel=0.01)


def test_a_raised_head_shortens_the_bone_and_lengthens_the_rays() -> None:
    raised = turn_tube(replace(slab(), head_z=50 * np.tan(np.deg2rad(25))), Attitude())
    assert raised.foreshortening == pytest.approx(np.cos(np.deg2rad(25)))
    assert raised.length == pytest.approx(50)
    pitched = turn_tube(slab(), Attitude(pitch_rad=np.deg2rad(25)))
    assert pitched.length == pytest.approx(50 * np.cos(np.deg2rad(25)))
    assert pitched.foreshortening == pytest.approx(np.cos(np.deg2rad(25)))


def hand_with_roll(degrees: float) -> Hand:
    pose = replace(sample_pose(np.random.default_rng(5)), attitude=Attitude(np.deg2rad(degrees)))
    return build_hand(Subject(50, "F", -1.0, 0.5, 0.25, 0.95, 64.0), pose, np.random.default_rng(6))


def test_the_truth_of_a_rolled_hand_is_that_of_its_rolled_shafts() -> None:
    flat, rolled = hand_with_roll(0.0), hand_with_roll(18.0)
    tube = flat.outlined[Bone.METACARPAL_3]
    axis = np.array(tube.head) - np.array(tube.base)
    own = np.deg2rad(18.0) * axis[1] / np.hypot(*axis)
    expected = projected_half_width(tube.radial, tube.depth, own) + projected_half_width(tube.ulnar, tube.depth, own)
    assert cortical_truth(rolled, Bone.METACARPAL_3).outer_width_mm == pytest.approx(expected)
    assert not np.allclose(cortical_truth(flat, Bone.METACARPAL_3).outer_width_mm, expected, rtol=1e-4)


def test_roll_moves_the_pisiform_over_the_triquetrum() -> None:
    def gap(hand: Hand) -> float:
        centres = {blob.name: blob.centre[0] for blob in hand.blobs}
        return centres["pisiform"] - centres["triquetrum"]

    # The pisiform lies about a sixth of metacarpal 3 nearer to the film.
    assert gap(hand_with_roll(15.0)) - gap(hand_with_roll(0.0)) == pytest.approx(64 * 0.16 * np.sin(np.deg2rad(15)), abs=0.3)
