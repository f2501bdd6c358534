"""The picture over the film: outlines lie where the masks lie, profiles where they were measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.bones import BONE_CODES, BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from OsteoScreenLib.reports.drawing import SHORT_NAMES, drawing_of, outlines_of
from OsteoScreenLib.reports.overlay import overlay_pixels, write_overlay
from OsteoScreenLib.reports.picture import picture_of, resized
from Testing.screening_results import MISSING_BONE, make_screening_result


def test_outline_of_a_disc_has_its_radius_and_centre() -> None:
    rows, columns = np.indices((120, 140))
    disc = np.hypot(rows - 50, columns - 70) <= 30
    (outline,) = outlines_of(disc)
    radius = np.hypot(outline[:, 0] - 70, outline[:, 1] - 50)
    assert np.abs(radius - 30).max() < 1.0
    assert abs(radius.mean() - 30) < 0.3
    assert np.allclose(outline[0], outline[-1])


def test_outline_of_an_empty_mask_is_empty() -> None:
    assert outlines_of(np.zeros((20, 20), bool)) == ()


def test_outline_of_a_mask_cut_by_the_border_is_closed() -> None:
    mask = np.zeros((40, 40), bool)
    mask[20:, 10:30] = True
    (outline,) = outlines_of(mask)
    assert np.allclose(outline[0], outline[-1])
    assert outline[:, 1].max() == pytest.approx(39.5, abs=0.2)


def test_picture_keeps_pixel_centres_in_place_when_reduced() -> None:
    _, radiograph = make_screening_result(shape=(400, 320))
    picture = picture_of(radiograph, longest_side=200)
    assert picture.shape == (200, 171) or picture.shape == (200, round(320 * 200 / 400 / (0.14 / 0.15)))
    # The film's corners (outer edges of the corner pixels) are the picture's corners.
    corners = picture.points(np.array([[-0.5, -0.5], [399.5, 319.5]]))
    assert np.allclose(corners, [[-0.5, -0.5], [picture.shape[1] - 0.5, picture.shape[0] - 0.5]])


def test_pixels_that_are_not_square_are_shown_square() -> None:
    _, radiograph = make_screening_result(shape=(200, 200), spacing=Spacing(0.2, 0.1, SpacingProvenance.CALIBRATED))
    assert picture_of(radiograph, longest_side=300).shape == (300, 150)
    assert picture_of(radiograph, longest_side=600).shape == (400, 200)
    unknown = replace(radiograph, spacing=Spacing(0.2, 0.1, SpacingProvenance.UNKNOWN))
    assert picture_of(unknown, longest_side=300).shape == (200, 200)


def test_reducing_keeps_the_mean() -> None:
    values = np.random.default_rng(1).random((300, 200)).astype(np.float32)
    assert resized(values, (150, 100)).mean() == pytest.approx(values.mean(), abs=1e-3)


def test_names_lie_inside_their_own_bone_only_and_off_the_profiles() -> None:
    result, radiograph = make_screening_result(shape=(400, 320), missing=())
    picture = picture_of(radiograph)
    drawing = drawing_of(result, picture)
    assert [each.bone for each in drawing.bones] == list(BONES)
    for each in drawing.bones:
        film = (np.array(each.name_at)[::-1] + 0.5) / np.array(picture.scale) - 0.5
        row, column = np.rint(film).astype(int)
        covering = [bone for bone in BONES if result.segmentation.mask(bone)[row, column]]
        assert covering == [each.bone]
        for profile in drawing.profiles:
            assert np.hypot(*(profile.points.mean(axis=0) - each.name_at)) > 10


def test_bone_that_was_not_found_is_not_drawn() -> None:
    result, radiograph = make_screening_result()
    assert MISSING_BONE not in [each.bone for each in drawing_of(result, picture_of(radiograph)).bones]


def test_overlay_shows_each_bone_in_its_colour_on_its_outline(tmp_path) -> None:
    result, radiograph = make_screening_result(shape=(400, 320), missing=())
    write_overlay(result, radiograph, tmp_path / "overlay.png")
    image = np.asarray(Image.open(tmp_path / "overlay.png").convert("RGB")).astype(float) / 255
    picture = picture_of(radiograph)
    for drawn in drawing_of(result, picture).bones:
        points = np.rint(np.concatenate(drawn.outlines)).astype(int)
        inside = (points > 3).all(axis=1) & (points < np.array(picture.shape[::-1]) - 4).all(axis=1)
        seen = image[points[inside, 1], points[inside, 0]]
        close = np.abs(seen - BONE_CODES[drawn.bone].colour).max(axis=1) < 0.25
        assert close.mean() > 0.7, drawn.bone


def test_overlay_leaves_the_film_alone_away_from_bones(tmp_path) -> None:
    result, radiograph = make_screening_result(shape=(400, 320))
    write_overlay(result, radiograph, tmp_path / "overlay.png")
    image = np.asarray(Image.open(tmp_path / "overlay.png").convert("RGB"))
    grey = picture_of(radiograph).grey
    corner = (slice(0, 60), slice(0, 60))
    assert np.array_equal(image[corner], np.repeat(grey[corner][..., None], 3, axis=2))


def test_longest_side_of_the_overlay_is_limited(tmp_path) -> None:
    result, radiograph = make_screening_result(shape=(1900, 500), spacing=Spacing())
    write_overlay(result, radiograph, tmp_path / "overlay.png")
    image = np.asarray(Image.open(tmp_path / "overlay.png"))
    film, strip = image[:1600], image[1600:]
    assert (film.max(axis=(0, 2)) > 0).sum() <= 421, "500 of 1900 columns, reduced like the rows"
    assert 100 < strip.shape[0] < 500


@pytest.mark.parametrize("shape", [(1093, 871), (1201, 999), (907, 1013)])
def test_overlay_has_exactly_the_width_of_the_picture_and_its_rows_on_top(shape: tuple[int, int]) -> None:
    result, radiograph = make_screening_result(shape=shape, spacing=Spacing())
    pixels = overlay_pixels(result, radiograph)
    assert pixels.shape[1:] == (shape[1], 3)
    assert np.array_equal(pixels[:60, :60, 0], picture_of(radiograph).grey[:60, :60])
    strip = pixels[shape[0] :]
    assert (strip[:, -8:] == strip[0, -1]).all(), "nothing of the strip reaches over its right edge"


def test_strip_grows_with_its_words_until_these_are_cut() -> None:
    result, radiograph = make_screening_result(shape=(400, 320))
    rows = []
    for repeats in (1, 4, 40, 4000):
        bundle = replace(result.bundle, training_data="A sentence about simulated films. " * repeats)
        rows.append(overlay_pixels(replace(result, bundle=bundle), radiograph).shape[0])
    assert rows[0] < rows[1] <= rows[2] == rows[3]


def test_every_state_has_a_strip_of_its_own() -> None:
    strips = []
    for state in State:
        result, radiograph = make_screening_result(shape=(400, 320), state=state)
        strips.append(overlay_pixels(result, radiograph)[800:].tobytes())
    assert len(set(strips)) == len(State)


def test_small_film_is_enlarged_and_a_large_one_reduced() -> None:
    for side, wanted in ((100, 800), (800, 800), (1000, 1000), (1700, 1600)):
        _, radiograph = make_screening_result(shape=(side, side // 2), spacing=Spacing())
        assert max(picture_of(radiograph).shape) == wanted


def test_short_names_are_distinct() -> None:
    assert len(set(SHORT_NAMES.values())) == len(BONES) == len(SHORT_NAMES)
    assert SHORT_NAMES[Bone.METACARPAL_3] == "MC3"
