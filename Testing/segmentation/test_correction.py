"""Outlines drawn anew by a person, and the hypotheses of the bones that were not."""

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.segmentation.correction import correct
from OsteoScreenLib.segmentation.values import BoneSummary, GridMapping, Hypotheses, Segmentation, UncertaintyMaps

FILM, GRID, STEP = (120, 100), (40, 34), 3.0


@pytest.fixture
def segmentation() -> Segmentation:
    rng = np.random.default_rng(0)
    masks = np.zeros((len(BONES), *FILM), bool)
    masks[:, 20:60, 10:40] = True
    mapping = GridMapping(np.eye(2) * STEP, np.array([1.0, 1.0]), GRID, FILM)
    hypotheses = Hypotheses(
        rng.random((4, len(BONES), *GRID), dtype=np.float32), np.full(4, 0.25), np.array([0, 0, 1, 1]), mapping
    )
    zero = np.zeros(FILM, np.float32)
    bones = tuple(BoneSummary(bone, True, 1200, 0.1, 0.2) for bone in BONES)
    return Segmentation(masks, UncertaintyMaps(zero, zero, zero), bones, hypotheses)


def test_a_bone_drawn_anew_is_the_same_in_every_hypothesis_and_the_others_stay(segmentation: Segmentation) -> None:
    masks = segmentation.masks.copy()
    masks[Bone.ULNA.channel] = False
    masks[Bone.ULNA.channel, 30:90, 30:60] = True
    corrected = correct(segmentation, masks)
    assert segmentation.hypotheses is not None
    assert corrected.hypotheses is not None
    drawn = corrected.hypotheses.probabilities[:, Bone.ULNA.channel]
    assert np.ptp(drawn, axis=0).max() == 0
    assert drawn[0].sum() * STEP**2 == pytest.approx(60 * 30, rel=0.01)
    assert np.argwhere(drawn[0] > 0.5).min(0) * STEP + 1 == pytest.approx([30, 30], abs=STEP)
    untouched = [bone.channel for bone in BONES if bone is not Bone.ULNA]
    assert np.array_equal(corrected.hypotheses.probabilities[:, untouched], segmentation.hypotheses.probabilities[:, untouched])
    before = segmentation.bones[Bone.ULNA.channel]
    assert corrected.bones[Bone.ULNA.channel] == replace(before, area_px=60 * 30, disagreement=0.0, drawn=True)
    assert corrected.bones[Bone.RADIUS.channel] == segmentation.bones[Bone.RADIUS.channel]


def test_a_bone_that_was_removed_is_in_no_hypothesis(segmentation: Segmentation) -> None:
    masks = segmentation.masks.copy()
    masks[Bone.RADIUS.channel] = False
    corrected = correct(segmentation, masks)
    assert corrected.hypotheses is not None
    assert not corrected.hypotheses.probabilities[:, Bone.RADIUS.channel].any()
    assert not corrected.found(Bone.RADIUS)


def test_nothing_drawn_changes_nothing_and_none_stays_none(segmentation: Segmentation) -> None:
    assert correct(segmentation, segmentation.masks.copy()).hypotheses is segmentation.hypotheses
    masks = ~segmentation.masks
    assert correct(replace(segmentation, hypotheses=None), masks).hypotheses is None
