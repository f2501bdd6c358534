"""Hands without families of effects: one shape for all, solid bones, even fill, no marks of age."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from training.simulation.cast import cast_bones
from training.simulation.families import Family
from training.simulation.hand import Hand, build_hand, cortical_truth
from training.simulation.pose import sample_pose
from training.simulation.subject import Subject, sample_training_subject
from training.simulation.tubes import Placement

SHAPE = (300, 240)
PLACEMENT = Placement((120.0, 160.0), 1.4, 0.0, 1)


def hands(*families: Family, count: int = 6, subject: Subject | None = None) -> Iterator[tuple[Subject, Hand]]:
    without = frozenset(families)
    for seed in range(count):
        rng = np.random.default_rng(seed)
        person = subject or sample_training_subject(rng)
        yield person, build_hand(person, sample_pose(rng, without), rng, without)


def relative_points(hand: Hand) -> np.ndarray:
    """All bones' places over the hand's size."""
    ends = [end for tube in hand.tubes for end in (tube.base, tube.head)]
    return np.array([*ends, *(blob.centre for blob in hand.blobs)]) / hand.unit_mm


def test_without_shape_all_hands_have_one_shape_and_each_its_own_size_and_cortex() -> None:
    built = list(hands(Family.SHAPE, Family.FINDINGS))
    first = relative_points(built[0][1])
    assert all(relative_points(hand) == pytest.approx(first, abs=1e-9) for _, hand in built)
    widths = [cortical_truth(hand, Bone.METACARPAL_3).outer_width_mm / hand.unit_mm for _, hand in built]
    assert np.ptp(widths, axis=0).max() < 1e-9
    assert np.ptp([hand.unit_mm for _, hand in built]) > 1
    indices = [np.min(cortical_truth(hand, Bone.METACARPAL_2).medullary_width_mm) / hand.unit_mm for _, hand in built]
    assert np.ptp(indices) > 0.01
    shapes = [relative_points(hand)[:4] for _, hand in hands()]
    assert np.ptp(shapes, axis=0).max() > 0.02


def test_without_cortex_bones_are_solid() -> None:
    for subject, hand in hands(Family.CORTEX, count=3):
        mineral, solid, masks, _ = cast_bones(hand, PLACEMENT, SHAPE, subject, np.random.default_rng(0))
        assert mineral == pytest.approx(solid * subject.cortical_density, abs=1e-3)
        assert solid[masks.any(axis=0)].min() > 0


def test_without_cortex_outlines_stay() -> None:
    for (subject, hollow), (_, filled) in zip(hands(count=3), hands(Family.CORTEX, count=3), strict=True):
        masks = [cast_bones(hand, PLACEMENT, SHAPE, subject, np.random.default_rng(0))[2] for hand in (hollow, filled)]
        assert np.array_equal(masks[0], masks[1])


def test_without_trabeculae_the_fill_is_even() -> None:
    subject, hand = next(hands())
    rough, even, again = (
        cast_bones(hand, PLACEMENT, SHAPE, subject, np.random.default_rng(seed), families)[0]
        for seed, families in ((1, frozenset()), (1, frozenset({Family.TRABECULAE})), (2, frozenset({Family.TRABECULAE})))
    )
    assert np.array_equal(even, again)
    assert not np.allclose(rough, even, atol=0.05)


def test_without_findings_old_bones_have_smooth_outlines_and_shells_without_tunnels() -> None:
    old = Subject(90, "F", -4.0, 0.3, 0.12, 0.85, 63.0, porosity=0.1)
    marked = [hand for _, hand in hands(count=8, subject=old)]
    plain = [hand for _, hand in hands(Family.FINDINGS, count=8, subject=old)]
    assert all(tube.porosity == 0 for hand in plain for tube in hand.tubes)
    assert any(tube.porosity > 0 for hand in marked for tube in hand.tubes)
    grown = [
        marks.outlined[bone].radial.max() - none.outlined[bone].radial.max()
        for marks, none in zip(marked, plain, strict=True)
        for bone in none.outlined
    ]
    assert min(grown) > -1e-9
    assert max(grown) > 0.3
