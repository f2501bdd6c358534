"""The measurement figure: drawn where it was measured, upright, to scale and never mirrored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiograph.values import Radiograph, Spacing, SpacingProvenance
from OsteoScreenLib.reports.shafts import COLUMNS, ROWS, Shaft, shafts_of
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.screening_results import make_screening_result


def shaft(bone: Bone, result: ScreeningResult, radiograph: Radiograph) -> Shaft:
    return next(each for each in shafts_of(result, radiograph) if each.bone is bone)


@pytest.mark.parametrize("spacing", [Spacing(), Spacing(0.1, 0.2, SpacingProvenance.CALIBRATED)])
def test_edges_lie_on_the_cortex_of_the_enlarged_shaft(spacing: Spacing) -> None:
    result, radiograph = make_screening_result(shape=(400, 320), spacing=spacing)
    drawn = shaft(Bone.METACARPAL_3, result, radiograph)
    for level in drawn.levels:
        left, inner_left, inner_right, right = level.points[:, 0]
        row = drawn.grey[round(level.points[:, 1].mean())].astype(int)
        assert row[round((left + inner_left) / 2)] > 220, "cortex"
        assert row[round((right + inner_right) / 2)] > 220, "cortex"
        assert 60 < row[round((inner_left + inner_right) / 2)] < 200, "cavity"
        assert max(row[round(left) - 12], row[round(right) + 12]) < 60, "soft tissue"
        # W is twice d on every bone of this film.
        assert (right - left) / (inner_right - inner_left) == pytest.approx(2.0, rel=1e-3)


def test_curve_is_half_as_high_at_the_outer_edges_and_has_two_peaks() -> None:
    result, radiograph = make_screening_result(shape=(400, 320))
    drawn = shaft(Bone.METACARPAL_3, result, radiograph)
    left, inner_left, inner_right, right = np.rint(drawn.edges).astype(int)
    assert drawn.curve[[left, right]] == pytest.approx(0.5, abs=0.2)
    assert drawn.curve[left:inner_left].max() > 0.95
    assert drawn.curve[inner_right:right].max() > 0.95
    assert drawn.curve[inner_left + 8 : inner_right - 8].max() < 0.7


def test_level_of_the_curve_is_mid_shaft_and_in_words() -> None:
    result, radiograph = make_screening_result()
    drawn = shaft(Bone.METACARPAL_2, result, radiograph)
    level = result.radiogrammetry.at_mid_shaft(Bone.METACARPAL_2)
    assert level is not None
    assert [each.name for each in drawn.levels if each.here] == ["50%"]
    assert {each.name for each in drawn.levels} == {"40%", "50%", "60%"}
    assert drawn.outer == f"W {level.outer_width_mm:.2f} mm"
    assert drawn.medullary == f"d {level.medullary_width_mm:.2f} mm"
    assert drawn.outer in drawn.text


@pytest.mark.parametrize("turned", [False, True])
def test_head_is_up_and_the_picture_is_not_mirrored(turned: bool) -> None:
    """Turning the film half round changes nothing; mirroring it does."""
    result, radiograph = make_screening_result(shape=(400, 320), spacing=Spacing())
    expected = shaft(Bone.METACARPAL_2, result, radiograph)
    flip = (slice(None, None, -1), slice(None, None, -1)) if turned else (slice(None), slice(None, None, -1))
    last = np.array(radiograph.shape) - 1

    def moved(point):
        row, column = point
        return (last[0] - row if turned else row, last[1] - column)

    found = result.radiogrammetry
    levels = tuple(
        replace(each, profile=tuple(map(moved, each.profile)), medullary=tuple(map(moved, each.medullary)))
        for each in found.levels
    )
    axes = tuple(replace(each, base=moved(each.base), head=moved(each.head)) for each in found.axes)
    result = replace(result, radiogrammetry=replace(found, levels=levels, axes=axes))
    drawn = shaft(Bone.METACARPAL_2, result, replace(radiograph, pixels=radiograph.pixels[flip]))
    other = drawn.grey if turned else drawn.grey[:, ::-1]
    assert np.abs(other.astype(int) - expected.grey).max() <= 2
    heights = {each.name: each.points[:, 1].mean() for each in drawn.levels}
    assert heights["60%"] < heights["50%"] < heights["40%"], "the base is below"


def test_everything_that_was_measured_lies_in_its_picture() -> None:
    result, radiograph = make_screening_result()
    drawn = shafts_of(result, radiograph)
    assert [each.bone for each in drawn] == [*RADIOGRAMMETRY_BONES, Bone.RADIUS]
    for each in drawn:
        assert each.grey.shape == (ROWS, COLUMNS)
        for level in each.levels:
            assert ((level.points > 0) & (level.points < [COLUMNS, ROWS])).all()
    nothing = replace(result.radiogrammetry, levels=(), radius=())
    assert shafts_of(replace(result, radiogrammetry=nothing), radiograph) == ()


def test_shaft_at_the_film_s_border_is_drawn_all_the_same() -> None:
    result, radiograph = make_screening_result()
    level = replace(result.radiogrammetry.levels[0], profile=((-1.0, 0.0), (-1.0, 12.0)), medullary=((-1.0, 3.0), (-1.0, 9.0)))
    found = replace(result.radiogrammetry, levels=(level,), axes=(), radius=())
    (drawn,) = shafts_of(replace(result, radiogrammetry=found), radiograph)
    assert drawn.edges == pytest.approx(np.sort(drawn.edges))
