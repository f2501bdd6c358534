"""Thin appendages are cut off a bone's outline, and nothing else."""

import numpy as np

from OsteoScreenLib.segmentation.parts import largest_part, without_spurs


def bone():
    """A waisted bar of 120 x 26 pixels."""
    rows = np.linspace(-1, 1, 120)[:, None]
    half_width = 6 + 7 * rows**2
    return np.abs(np.arange(26)[None, :] - 12.5) <= half_width


def test_a_spur_goes_and_the_bone_stays():
    mask = np.pad(bone(), [(0, 20), (0, 0)])
    spurred = mask.copy()
    spurred[118:138, 10:13] = True
    trimmed = without_spurs(spurred)
    assert not trimmed[126:].any()
    assert (trimmed[:118] == mask[:118]).mean() > 0.99


def test_a_waisted_bone_keeps_its_waist_and_nearly_every_pixel():
    mask = bone()
    trimmed = without_spurs(mask)
    assert trimmed.sum() > 0.98 * mask.sum()
    assert trimmed.any(axis=1).all()


def test_an_end_cut_by_the_film_keeps_its_corners():
    mask = np.zeros((80, 30), bool)
    mask[:, 4:26] = True
    trimmed = without_spurs(mask[:, 4:26])
    assert trimmed.all()


def test_small_masks_are_left_alone():
    mask = np.ones((3, 2), bool)
    assert (without_spurs(mask) == mask).all()


def test_the_part_of_a_bone_comes_without_spurs():
    probability = np.zeros((160, 60), np.float32)
    probability[20:140, 15:41] = np.where(bone(), 0.9, 0.0)
    probability[139:158, 26:29] = 0.9
    part = largest_part(probability, 0.5, 24, 0.5)
    assert part.found
    assert not part.mask[147:].any()
