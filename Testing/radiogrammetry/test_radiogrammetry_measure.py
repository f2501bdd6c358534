"""What is measured where, what is refused and why, and in which units."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tube_phantom import Tube, film_of, flare, project, radiograph_of, segmentation_of

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiogrammetry.measure import LEVELS, measure
from OsteoScreenLib.radiograph.values import Radiograph, Spacing, SpacingProvenance
from OsteoScreenLib.segmentation.values import Segmentation

BONE = Bone.METACARPAL_3
TUBE = Tube(width=32, mci=0.45, angle_deg=12)


@pytest.fixture(scope="module")
def tube_film() -> tuple[Radiograph, Segmentation]:
    return film_of(TUBE)


@pytest.mark.parametrize("angle", [0, 75, 180, -110])
def test_base_is_the_end_at_the_forearm(angle: float) -> None:
    tube = replace(TUBE, angle_deg=angle)
    film, segmentation = film_of(tube)
    (axis,) = measure(film, segmentation, bones=[BONE]).axes
    stub = np.argwhere(segmentation.mask(Bone.RADIUS)).mean(axis=0)
    assert np.linalg.norm(stub - axis.base) < np.linalg.norm(stub - axis.head)
    assert axis.length_px == pytest.approx(tube.length, rel=0.02)
    along = np.array(axis.head) - axis.base
    expected = np.array([-np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    assert along @ expected / np.linalg.norm(along) > np.cos(np.deg2rad(1.0))


@pytest.mark.parametrize("turned", [False, True])
def test_without_a_forearm_the_bases_are_where_metacarpals_converge(turned: bool) -> None:
    shape = (420, 420)
    masks = np.zeros((len(BONES), *shape), bool)
    pixels = np.zeros(shape)
    for number, (bone, angle) in enumerate(((Bone.METACARPAL_2, -14.0), (Bone.METACARPAL_3, 0.0), (Bone.METACARPAL_4, 14.0))):
        part, masks[bone.channel] = project(replace(TUBE, angle_deg=angle, width=26), shape, (200, 110 + 95 * number))
        pixels += part
    if turned:
        masks, pixels = masks[:, ::-1, ::-1].copy(), pixels[::-1, ::-1].copy()
    result = measure(radiograph_of((pixels + 1).astype(np.float32)), segmentation_of(masks))
    assert len(result.axes) == 3
    for axis in result.axes:
        assert (axis.base[0] > axis.head[0]) is not turned


def test_profile_crosses_the_shaft_at_its_level(tube_film: tuple[Radiograph, Segmentation]) -> None:
    result = measure(*tube_film, bones=[BONE])
    (axis,) = result.axes
    base, head = np.array(axis.base), np.array(axis.head)
    along = (head - base) / np.linalg.norm(head - base)
    assert [one.level for one in result.levels] == list(LEVELS)
    for one in result.levels:
        left, right = np.array(one.profile)
        inner_left, inner_right = np.array(one.medullary)
        assert np.linalg.norm(right - left) == pytest.approx(one.outer_width_px)
        assert np.linalg.norm(inner_right - inner_left) == pytest.approx(one.medullary_width_px)
        assert abs((right - left) @ along) < 0.03 * one.outer_width_px
        place = ((left + right) / 2 - base) @ along / axis.length_px
        assert place == pytest.approx(one.level, abs=0.01)
        order = [(point - left) @ (right - left) for point in (left, inner_left, inner_right, right)]
        assert order == sorted(order)
        assert one.profiles >= 50
        assert one.accepted <= one.profiles


def test_millimetres_only_where_the_spacing_is_trusted(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    untrusted = replace(film, spacing=Spacing(0.15, 0.15, SpacingProvenance.UNKNOWN))
    for one in measure(untrusted, segmentation, bones=[BONE]).levels:
        assert one.outer_width_mm is None
        assert one.medullary_width_mm is None
    trusted = replace(film, spacing=Spacing(0.15, 0.15, SpacingProvenance.DETECTOR))
    result = measure(trusted, segmentation, bones=[BONE])
    for one in result.levels:
        assert one.outer_width_mm == pytest.approx(0.15 * one.outer_width_px)
        assert one.medullary_width_mm == pytest.approx(0.15 * one.medullary_width_px)
    assert result.axes[0].length_mm == pytest.approx(0.15 * result.axes[0].length_px)


@pytest.mark.parametrize("angle", [0.0, 40.0, 90.0])
def test_unequal_row_and_column_spacing(angle: float) -> None:
    spacing = Spacing(0.12, 0.18, SpacingProvenance.CALIBRATED)
    unit = np.sqrt(0.12 * 0.18)
    tube = Tube(width=40, mci=0.45, angle_deg=angle)
    film, segmentation = film_of(tube, spacing=spacing)
    result = measure(film, segmentation, bones=[BONE])
    assert len(result.levels) == 3
    for one in result.levels:
        width = tube.width * float(flare(np.array(one.level)))
        assert one.outer_width_mm == pytest.approx(width * unit, rel=0.02)
        assert one.mci == pytest.approx(tube.mci * tube.width / width, abs=0.025)
    assert result.axes[0].length_mm == pytest.approx(tube.length * unit, rel=0.02)


def test_bones_that_were_not_found_are_refused_by_name(tube_film: tuple[Radiograph, Segmentation]) -> None:
    result = measure(*tube_film)
    refused = [one for one in result.rejected if one.bone is Bone.METACARPAL_2]
    assert len(refused) == 3
    assert refused[0].reason == "Metacarpal 2 was not found."
    assert {one.bone for one in result.levels} == {BONE}


def test_nothing_measured_gives_no_mean(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    result = measure(film, segmentation_of(np.zeros_like(segmentation.masks)))
    assert result.mean_mci is None
    assert len(result.rejected) == 9


def test_a_shaft_without_cavity_is_refused() -> None:
    film, segmentation = film_of(replace(TUBE, fill=1.0))
    result = measure(film, segmentation, bones=[BONE])
    assert not result.levels
    assert "medullary" in result.rejected[0].reason


def test_a_clipped_film_is_refused(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    ceiling = np.percentile(film.pixels[segmentation.mask(BONE)], 30)
    result = measure(replace(film, pixels=np.minimum(film.pixels, ceiling)), segmentation, bones=[BONE])
    assert not result.levels
    assert "clipped" in result.rejected[0].reason


def test_a_marker_over_the_shaft_is_left_out() -> None:
    tube = Tube(width=36, mci=0.45, noise=0.004)
    film, segmentation = film_of(tube)
    clean = measure(film, segmentation, bones=[BONE], levels=(0.5,))
    middle = np.mean(clean.levels[0].profile, axis=0).astype(int)
    pixels = film.pixels.copy()
    pixels[middle[0] - 12 : middle[0] - 2, middle[1] - 14 : middle[1] + 30] = pixels.max() * 1.2
    marked = measure(replace(film, pixels=pixels), segmentation, bones=[BONE], levels=(0.5,))
    assert marked.levels[0].accepted < clean.levels[0].accepted - 10
    assert marked.levels[0].mci == pytest.approx(clean.levels[0].mci, abs=0.03)


def test_profiles_outside_the_field_are_refused(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    field = film.field.copy()
    axis = measure(film, segmentation, bones=[BONE]).axes[0]
    middle = (np.array(axis.base) + axis.head) / 2
    field[int(middle[0]) - 60 : int(middle[0]) + 60, int(middle[1]) :] = False
    result = measure(replace(film, field=field), segmentation, bones=[BONE])
    assert not result.levels
    assert "field" in result.rejected[0].reason


def test_a_bone_cut_by_the_edge_has_no_levels(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    top = int(measure(film, segmentation, bones=[BONE]).axes[0].head[0]) + 60
    pixels, masks = film.pixels[top:], segmentation.masks[:, top:]
    result = measure(radiograph_of(pixels.copy()), segmentation_of(masks.copy()), bones=[BONE])
    assert not result.levels
    assert result.rejected[0].reason == "The head of metacarpal 3 is cut by the edge of the exposed field."


def test_too_few_pixels_are_refused() -> None:
    film, segmentation = film_of(Tube(width=6, length_in_widths=10))
    result = measure(film, segmentation, bones=[BONE])
    assert not result.levels
    assert "pixels wide" in result.rejected[0].reason


def test_wrong_arguments_are_named(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    with pytest.raises(UsageError, match=r"0\.95 lies outside the shaft"):
        measure(film, segmentation, levels=(0.5, 0.95))
    with pytest.raises(UsageError, match="Give the segmentation of this film"):
        measure(radiograph_of(film.pixels[1:]), segmentation)


def test_equal_films_give_equal_numbers(tube_film: tuple[Radiograph, Segmentation]) -> None:
    assert measure(*tube_film) == measure(*tube_film)


def test_brightness_and_contrast_do_not_matter(tube_film: tuple[Radiograph, Segmentation]) -> None:
    film, segmentation = tube_film
    reference = measure(film, segmentation, bones=[BONE])
    scaled = measure(replace(film, pixels=(film.pixels * 1500 - 700).astype(np.float32)), segmentation, bones=[BONE])
    for one, other in zip(reference.levels, scaled.levels, strict=True):
        assert other.mci == pytest.approx(one.mci, abs=1e-3)
