"""Field, window and polarity on films with frames, shutters, markers and crops of known geometry."""

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.radiograph import PolarityBasis, radiograph_from_array
from Testing.radiograph.dicom_films import hand_phantom


@pytest.fixture(scope="module")
def film():
    return hand_phantom(500, 400, bits=12)


def framed(film, shade, width, tilt=0.0):
    """Return a film in a frame of one shade, and the mask of what is inside it."""
    rows, columns = film.shape
    canvas = np.zeros((rows + 2 * width, columns + 2 * width))
    inside = np.zeros(canvas.shape)
    canvas[width:-width, width:-width] = film
    inside[width:-width, width:-width] = 1
    if tilt:
        canvas = ndimage.rotate(canvas, tilt, order=1, reshape=True)
        inside = ndimage.rotate(inside, tilt, order=1, reshape=True)
    mask = inside > 0.5
    return np.rint(np.where(mask, canvas, shade)).astype(np.uint16), mask


@pytest.mark.parametrize("shade", [0, 1500, 4095])
@pytest.mark.parametrize("width", [12, 90])
@pytest.mark.parametrize("negative", [False, True])
def test_frames_of_any_shade_are_left_out(film, shade, width, negative):
    image, inside = framed(film, shade, width)
    seen = radiograph_from_array(4095 - image if negative else image, tag_inverted=None)
    assert seen.polarity.inverted == negative
    hand = framed((film > 700).astype(film.dtype), 0, width)[0] > 0
    assert (seen.field & hand).sum() > 0.97 * hand.sum()
    if shade > 400:  # a black frame beside black air shows nothing and does no harm
        assert (seen.field & ~inside).sum() < 0.03 * inside.sum()
    np.testing.assert_allclose(seen.normalised()[inside], radiograph_from_array(film).normalised().ravel(), atol=0.06)


@pytest.mark.parametrize("tilt", [-12.0, 7.0])
def test_a_tilted_field(film, tilt):
    image, inside = framed(film, 4095, 40, tilt)
    seen = radiograph_from_array(image)
    assert not seen.polarity.inverted
    assert (seen.field & ~inside).sum() < 0.06 * inside.sum()
    assert (seen.field & inside).sum() > 0.9 * inside.sum()


def test_a_saturated_marker_does_not_darken_the_hand(film):
    dim = (film // 8).astype(np.uint16)
    marked = dim.copy()
    marked[20:60, 10:40] = 4095
    marked[100, 100] = 65535
    clean, seen = radiograph_from_array(dim), radiograph_from_array(marked)
    away = np.ones(dim.shape, bool)
    away[15:65, 5:45] = away[100, 100] = False
    np.testing.assert_allclose(seen.normalised()[away], clean.normalised()[away], atol=0.05)


def test_bone_is_not_clipped(film):
    assert np.mean(radiograph_from_array(film).normalised() >= 1.0) < 0.005


@pytest.mark.parametrize(
    "part", [np.s_[250:], np.s_[:250], np.s_[:, :250], np.s_[100:350, 80:320]], ids=["wrist", "fingers", "left", "palm"]
)
@pytest.mark.parametrize("negative", [False, True])
def test_crops_keep_hand_and_polarity(film, part, negative):
    crop = film[part]
    seen = radiograph_from_array(4095 - crop if negative else crop)
    assert seen.polarity.inverted == negative
    assert seen.polarity.basis is PolarityBasis.CONTENT
    hand = crop > 700
    assert (seen.field & hand).sum() > 0.97 * hand.sum()


@pytest.mark.parametrize("tag", [True, False, None])
def test_where_the_content_tells_nothing_the_tag_decides(tag):
    rng = np.random.default_rng(3)
    noise = np.rint(2000 + 300 * rng.standard_normal((200, 200))).astype(np.uint16)
    symmetric = np.concatenate([noise, 4000 - noise], axis=1)  # equally much of everything and of its negative
    seen = radiograph_from_array(symmetric, tag_inverted=tag)
    assert seen.polarity.inverted == bool(tag)
    assert seen.polarity.basis is (PolarityBasis.CONTENT if tag is None else PolarityBasis.TAGS)


def test_a_film_and_its_negative_agree_to_the_last_bit(film):
    for image in (film, framed(film, 1500, 30)[0], framed(film, 4095, 25, 5.0)[0]):
        positive = radiograph_from_array(image)
        negative = radiograph_from_array((65535 - image).astype(np.uint16))
        np.testing.assert_array_equal(positive.normalised(), negative.normalised())
        np.testing.assert_array_equal(positive.field, negative.field)
        assert positive.window == negative.window
