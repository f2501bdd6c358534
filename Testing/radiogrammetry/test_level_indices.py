"""Indices of a level and of a film follow from the widths and the length, each in its own unit."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tube_phantom import Tube, film_of

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiogrammetry import LevelMeasurement, Radiogrammetry
from OsteoScreenLib.radiogrammetry.measure import measure
from OsteoScreenLib.radiogrammetry.trust import profile_error, trust_of
from OsteoScreenLib.radiogrammetry.values import Trust
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance

ENDS = ((0.0, 0.0), (0.0, 1.0))


def level_of(bone: Bone, outer_mm: float | None, cavity_mm: float | None, level: float = 0.5) -> LevelMeasurement:
    """A level of a bone 60 mm long, at 5 pixels per millimetre along rows and columns."""
    outer, cavity = (40.0, 20.0) if outer_mm is None or cavity_mm is None else (5 * outer_mm, 5 * cavity_mm)
    index = 1 - cavity / outer
    length_mm = None if outer_mm is None else 60.0
    pca = 1 - (1 - index) ** 2
    return LevelMeasurement(bone, level, outer, cavity, index, pca, outer_mm, cavity_mm, ENDS, ENDS, 64, 64, 300.0, length_mm)


def film(*levels: LevelMeasurement) -> Radiogrammetry:
    return Radiogrammetry(levels, (), (), float(np.mean([each.mci for each in levels])))


def test_indices_of_a_shaft_of_8_mm_with_a_cavity_of_4_mm() -> None:
    level = level_of(Bone.METACARPAL_2, 8, 4)
    assert level.thickness_mm == pytest.approx(2)
    assert level.combined_thickness_mm == pytest.approx(4)
    assert level.cortical_area_mm2 == pytest.approx(12 * np.pi)
    assert level.volume_per_area_mm == pytest.approx(1.5 * np.pi)
    assert level.exton_smith == pytest.approx(12 * np.pi / 480)
    assert level.bone_health_index == pytest.approx(np.pi * 0.2 * 0.75 / 4.8**0.33)


def test_without_millimetres_only_what_needs_no_scale_is_left() -> None:
    level = level_of(Bone.METACARPAL_2, None, None)
    scaled = (level.thickness_mm, level.combined_thickness_mm, level.cortical_area_mm2, level.volume_per_area_mm)
    assert (*scaled, level.bone_health_index) == (None,) * 5
    assert level.exton_smith == pytest.approx(np.pi / 4 * (40**2 - 20**2) / (40 * 300))
    assert replace(level, length_px=None).exton_smith is None


def test_the_films_indices_rest_on_their_own_levels() -> None:
    second, third, fourth = (level_of(bone, 8, cavity) for bone, cavity in zip(RADIOGRAMMETRY_BONES, (4, 5, 6), strict=True))
    beside = level_of(Bone.METACARPAL_2, 8, 2, level=0.4)
    whole = film(beside, second, third, fourth)
    assert whole.second_metacarpal_index == pytest.approx(0.5)
    assert whole.mean_pca == pytest.approx(np.mean([each.pca for each in whole.levels]))
    assert whole.bone_health_index == pytest.approx(np.mean([each.bone_health_index for each in (second, third, fourth)]))
    partial = film(beside, third, fourth)
    assert partial.second_metacarpal_index is None
    assert partial.bone_health_index is None


def test_length_of_a_level_is_its_bones() -> None:
    radiograph, segmentation = film_of(Tube(width=32, angle_deg=20), spacing=Spacing(0.15, 0.15, SpacingProvenance.DETECTOR))
    result = measure(radiograph, segmentation, bones=[Bone.METACARPAL_3])
    for each in result.levels:
        assert each.length_px == pytest.approx(result.axes[0].length_px)
        assert each.length_mm == pytest.approx(result.axes[0].length_mm)


def test_expected_error_rises_with_noise_and_with_few_pixels() -> None:
    def quality(tube: Tube) -> tuple[float, float, float]:
        (level,) = measure(*film_of(tube), bones=[Bone.METACARPAL_3], levels=(0.5,)).levels
        assert level.quality is not None
        assert level.quality.cortex_px == pytest.approx(0.5 * (level.outer_width_px - level.medullary_width_px))
        return level.quality.mci_error, level.quality.profile_error, level.quality.misfit

    fine = quality(Tube(width=60, noise=0.002))
    assert quality(Tube(width=14, noise=0.002))[0] > 1.3 * fine[0]
    assert quality(Tube(width=60, noise=0.05))[1] > 3 * fine[1]
    assert quality(Tube(width=60, noise=0.002, exponent=3.5))[2] > 1.5 * fine[2]


def test_profiles_left_out_are_counted_by_reason() -> None:
    radiograph, segmentation = film_of(Tube(width=36, noise=0.004))
    (level,) = measure(radiograph, segmentation, bones=[Bone.METACARPAL_3], levels=(0.5,)).levels
    row, column = np.mean(level.profile, axis=0).astype(int)
    field = radiograph.field.copy()
    field[row + 3 : row + 12, column - 10 : column + 10] = False
    (cut,) = measure(replace(radiograph, field=field), segmentation, bones=[Bone.METACARPAL_3], levels=(0.5,)).levels
    assert sum(each.count for each in cut.set_aside) == cut.profiles - cut.accepted
    assert cut.set_aside[0].reason == "the profile leaves the film or its field"
    ceiling = float(np.percentile(radiograph.pixels[segmentation.mask(Bone.METACARPAL_3)], 30))
    clipped = replace(radiograph, pixels=np.minimum(radiograph.pixels, ceiling))
    (rejected,) = measure(clipped, segmentation, bones=[Bone.METACARPAL_3], levels=(0.5,)).rejected
    assert rejected.set_aside[0].reason == "the film is clipped there"


def test_words_follow_the_expected_error() -> None:
    errors = np.linspace(0.001, 0.1, 40)
    words = [trust_of(error) for error in errors]
    assert sorted(words, key=list(Trust).index) == words
    assert set(words) == set(Trust)


def test_profile_error_is_the_standard_error_of_independent_profiles() -> None:
    rng = np.random.default_rng(5)
    cavity = rng.normal(0.6, 0.02, 20000)
    outer = np.tile([-0.5, 0.5], (20000, 1))
    medullary = np.stack([-cavity / 2, cavity / 2], axis=1)
    assert profile_error(outer, medullary, 16.0) == pytest.approx(0.02 / 4, rel=0.03)
