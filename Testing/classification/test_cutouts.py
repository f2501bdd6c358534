"""Cut-outs of a hand that is drawn exactly: the same bone looks the same wherever and however it lies."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.classification.cutouts import HIGHEST, LOWEST, Cutout, cut_out, hypothesis_masks, normalise
from OsteoScreenLib.classification.frames import (
    CUT_COLUMNS,
    CUT_ROWS,
    FOREARM_MM,
    FOREARM_WIDTH,
    MARGIN,
    METACARPAL_MM,
    bone_frames,
)
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from Testing.classification.drawn_hand import DrawnHand, as_hypotheses, draw_hand


def cut(hand: DrawnHand, bones: tuple[Bone, ...] = BONES) -> dict[Bone, Cutout]:
    return {one.bone: one for one in cut_out(hand.pixels, hand.masks, bones)}


def difference(one: Cutout, other: Cutout) -> float:
    """Mean absolute grey difference where both masks agree."""
    both = one.mask & other.mask
    assert both.sum() > 0.93 * max(one.mask.sum(), other.mask.sum())
    return float(np.abs(one.pixels - other.pixels)[both].mean())


@pytest.fixture(scope="module")
def upright() -> dict[Bone, Cutout]:
    return cut(draw_hand())


def test_every_bone_is_cut_out_in_channel_order_and_fits(upright: dict[Bone, Cutout]) -> None:
    assert tuple(upright) == BONES
    for cutout in upright.values():
        assert cutout.pixels.shape == cutout.mask.shape == (CUT_ROWS, CUT_COLUMNS)
        assert cutout.pixels.dtype == np.float32
        assert not cutout.mask[:, 0].any()
        assert not cutout.mask[:, -1].any()
    for bone in METACARPALS:
        rows = np.flatnonzero(upright[bone].mask.any(1))
        # Length over width of a bar is below the cut-out's, so the length decides and leaves just the margins.
        assert abs(rows[0] - MARGIN) <= 2
        assert abs(rows[-1] - (CUT_ROWS - 1 - MARGIN)) <= 2
    for bone in FOREARM_BONES:
        assert upright[bone].mask[100].sum() == pytest.approx(FOREARM_WIDTH, abs=2)


@pytest.mark.parametrize("turn_deg", [25.0, 90.0, 160.0, -75.0])
def test_turning_the_film_changes_nothing(upright: dict[Bone, Cutout], turn_deg: float) -> None:
    turned = cut(draw_hand(turn_deg=turn_deg))
    for bone in BONES:
        assert difference(upright[bone], turned[bone]) < 0.06, bone


def test_size_changes_nothing(upright: dict[Bone, Cutout]) -> None:
    larger = cut(draw_hand(size=250.0, shape=(1180, 1180)))
    for bone in BONES:
        assert difference(upright[bone], larger[bone]) < 0.06, bone
        ratio = larger[bone].frame.film_pixels_per_pixel / upright[bone].frame.film_pixels_per_pixel
        assert ratio == pytest.approx(250 / 130, rel=0.03)


@pytest.mark.parametrize("bones", [BONES, METACARPALS, FOREARM_BONES + METACARPALS[1:3]])
def test_the_other_hand_is_mirrored_and_the_thumb_side_lies_left(bones: tuple[Bone, ...]) -> None:
    left, right = cut(draw_hand(side=1, bones=bones), bones), cut(draw_hand(side=-1, bones=bones), bones)
    for bone in bones:
        assert left[bone].frame.mirrored != right[bone].frame.mirrored
        assert difference(left[bone], right[bone]) < 0.03, bone
        # The thumb side was drawn brighter.
        middle = right[bone].masked()[60:140]
        columns = np.flatnonzero(right[bone].mask[60:140].all(0))
        half = len(columns) // 2
        assert middle[:, columns[:half]].mean() > middle[:, columns[-half:]].mean() + 0.05


@pytest.mark.parametrize("turn_deg", [0.0, 180.0])
def test_without_forearm_the_heads_still_lie_up(turn_deg: float) -> None:
    hand = cut(draw_hand(bones=METACARPALS, turn_deg=turn_deg), METACARPALS)
    for bone in METACARPALS:
        marrow = hand[bone].pixels[:, CUT_COLUMNS // 2 - 3 : CUT_COLUMNS // 2 + 3].mean(1)
        assert marrow[20:50].mean() > marrow[140:170].mean()  # drawn brighter distally


def test_a_stump_of_forearm_is_turned_by_the_hand() -> None:
    hand = draw_hand()
    masks = hand.masks.copy()
    rows = np.flatnonzero(masks[Bone.RADIUS.channel].any(1))
    masks[Bone.RADIUS.channel, rows[0] + 24 :] = False  # 24 rows high, about 40 columns wide
    frame = bone_frames(masks, BONES)[Bone.RADIUS]
    up = -frame.matrix[:, 0] / np.linalg.norm(frame.matrix[:, 0])
    assert up @ np.array([-1.0, 0.0]) > np.cos(np.deg2rad(20))


def test_soft_tissue_is_exactly_zero_and_bone_never_is(upright: dict[Bone, Cutout]) -> None:
    for cutout in upright.values():
        shown = cutout.masked()
        assert (shown[~cutout.mask] == 0).all()
        assert (shown[cutout.mask] >= np.float32(LOWEST)).all()
        assert (shown <= HIGHEST).all()


def test_what_lies_outside_the_mask_has_no_influence() -> None:
    hand = draw_hand()
    noisy = np.where(hand.masks.any(0), hand.pixels, np.random.default_rng(0).random(hand.pixels.shape, dtype=np.float32) * 5)
    quiet, loud = cut(hand)[Bone.METACARPAL_3], cut(DrawnHand(noisy, hand.masks))[Bone.METACARPAL_3]
    inner = (
        quiet.mask
        & np.roll(quiet.mask, 3, 1)
        & np.roll(quiet.mask, -3, 1)
        & np.roll(quiet.mask, 3, 0)
        & np.roll(quiet.mask, -3, 0)
    )
    assert np.corrcoef(quiet.masked()[inner], loud.masked()[inner])[0, 1] > 0.98


def test_exposure_and_units_change_nothing() -> None:
    hand = draw_hand()
    scaled = cut(DrawnHand(hand.pixels * 3000 + 170, hand.masks))
    for bone, cutout in cut(hand).items():
        np.testing.assert_allclose(cutout.masked(), scaled[bone].masked(), atol=2e-3)


def test_normalised_bone_has_the_promised_mean_and_spread() -> None:
    rng = np.random.default_rng(1)
    pixels, mask = rng.normal(40, 9, (50, 40)).astype(np.float32), rng.random((50, 40)) < 0.4
    inside = normalise(pixels, mask)[mask]
    assert inside.mean() == pytest.approx(0.5, abs=0.01)
    assert inside.std() == pytest.approx(0.25, abs=0.01)
    flat = normalise(np.full((50, 40), 7.0, np.float32), mask)
    assert np.allclose(flat, 0.5)


def test_an_empty_or_tiny_mask_is_left_out() -> None:
    hand = draw_hand()
    masks = hand.masks.copy()
    masks[Bone.ULNA.channel] = False
    masks[Bone.METACARPAL_4.channel] = False
    masks[Bone.METACARPAL_4.channel, 300:304, 300:304] = True
    found = [one.bone for one in cut_out(hand.pixels, masks, BONES)]
    assert found == [bone for bone in BONES if bone not in (Bone.ULNA, Bone.METACARPAL_4)]
    assert cut_out(hand.pixels, np.zeros_like(masks), BONES) == ()


def test_a_bone_at_the_film_s_edge_is_cut_out_with_what_is_there() -> None:
    hand = draw_hand(size=260.0)  # forearm and fingers run over the edge
    assert {one.bone for one in cut_out(hand.pixels, hand.masks, BONES)} >= {Bone.RADIUS, Bone.METACARPAL_3}


def test_hypotheses_on_the_film_become_masks_on_the_cut_out() -> None:
    hand = draw_hand()
    narrow = draw_hand().masks.copy()
    channel = Bone.METACARPAL_3.channel
    columns = np.flatnonzero(narrow[channel].any(0))
    narrow[channel, :, columns[0] : columns[len(columns) // 2]] = False  # half the bone
    nothing = np.zeros_like(hand.masks)
    masks = hypothesis_masks(cut(hand)[Bone.METACARPAL_3], as_hypotheses([hand.masks, narrow, nothing], [0.5, 0.3, 0.2]), 0.5)
    consensus = cut(hand)[Bone.METACARPAL_3].mask
    assert (masks[0] & consensus).sum() > 0.95 * (masks[0] | consensus).sum()
    assert masks[1].sum() == pytest.approx(consensus.sum() / 2, rel=0.08)
    assert not (masks[1] & ~masks[0]).any()
    assert not masks[2].any()


def test_a_hypothesis_cannot_reach_another_bone() -> None:
    hand = draw_hand()
    spilt = hand.masks.copy()
    spilt[Bone.METACARPAL_3.channel] |= spilt[Bone.METACARPAL_2.channel] | spilt[Bone.METACARPAL_4.channel]
    cutout = cut(hand)[Bone.METACARPAL_3]
    mask = hypothesis_masks(cutout, as_hypotheses([spilt], [1.0]), 0.5)[0]
    assert mask.sum() < 1.35 * cutout.mask.sum()


def test_with_trusted_spacing_a_pixel_is_so_many_millimetres_whatever_the_bone_s_size() -> None:
    for size in (130.0, 160.0):
        hand = draw_hand(size=size, shape=(1180, 1180))
        spacing = Spacing(0.4, 0.4, SpacingProvenance.DETECTOR)
        for cutout in cut_out(hand.pixels, hand.masks, BONES, spacing):
            wanted = FOREARM_MM if cutout.bone in FOREARM_BONES else METACARPAL_MM
            assert cutout.frame.film_pixels_per_pixel * 0.4 == pytest.approx(wanted)
            assert abs(int(np.flatnonzero(cutout.mask.any(1))[0]) - MARGIN) <= 2


def test_spacing_that_is_not_trusted_leaves_the_bone_s_own_scale(upright: dict[Bone, Cutout]) -> None:
    hand = draw_hand()
    for cutout in cut_out(hand.pixels, hand.masks, BONES, Spacing(0.4, 0.4, SpacingProvenance.UNKNOWN)):
        assert np.array_equal(cutout.pixels, upright[cutout.bone].pixels)
