"""The same film in every dress must give the same pixels, field and window."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import ExplicitVRLittleEndian

from OsteoScreenLib.radiograph import PolarityBasis, radiograph_from_array, read_radiograph
from Testing.radiograph.dicom_films import LOSSLESS, LOSSY, hand_phantom, write_dicom

ROWS, COLUMNS = 300, 240
SPACING_TAGS = [
    {},
    {"ImagerPixelSpacing": [0.14, 0.14]},
    {"ImagerPixelSpacing": [0.14, 0.14], "PixelSpacing": [0.13, 0.13], "PixelSpacingCalibrationType": "GEOMETRY"},
]


@pytest.fixture(scope="module")
def film8():
    return hand_phantom(ROWS, COLUMNS, bits=8)


@pytest.fixture(scope="module")
def film12():
    return hand_phantom(ROWS, COLUMNS, bits=12)


@pytest.fixture(scope="module")
def reference8(film8):
    return radiograph_from_array(film8)


@pytest.fixture(scope="module")
def reference12(film12):
    return radiograph_from_array(film12)


def assert_same(film, reference, tolerance=0.0):
    assert film.shape == reference.shape
    np.testing.assert_allclose(film.normalised(), reference.normalised(), rtol=0, atol=tolerance)
    assert np.mean(film.field != reference.field) <= (0.0 if tolerance < 0.01 else 0.02)


def test_reference_shows_bright_bone_on_dark_air(film12, reference12):
    shown = reference12.normalised()
    assert not reference12.polarity.inverted
    assert shown.dtype == np.float32
    assert shown[5:20, 5:20].mean() < 0.1
    radius = shown[280, int(0.545 * COLUMNS)]
    assert radius > 3 * shown[5:20, 5:20].mean() + 0.2


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize(
    ("photometric", "presentation"),
    list(itertools.product(["MONOCHROME1", "MONOCHROME2"], [None, "IDENTITY", "INVERSE"])),
)
def test_polarity_tags_and_lossless_syntaxes(tmp_path, film12, reference12, syntax, photometric, presentation):
    path = write_dicom(
        tmp_path / "film", film12, photometric=photometric, presentation=presentation, transfer_syntax=syntax, bits_stored=12
    )
    film = read_radiograph(path)
    assert film.polarity.inverted == (photometric == "MONOCHROME1")
    assert film.polarity.basis is PolarityBasis.CONTENT
    assert_same(film, reference12)


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("kind", ["DX", "CR", "SC"])
def test_eight_bits_kinds_and_spacing_tags(tmp_path, film8, reference8, syntax, kind):
    for number, tags in enumerate(SPACING_TAGS):
        path = write_dicom(tmp_path / f"{number}", film8, kind=kind, transfer_syntax=syntax, tags=tags)
        assert_same(read_radiograph(path), reference8)


@pytest.mark.parametrize("syntax", LOSSY, ids=lambda uid: uid.keyword)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_lossy_syntaxes_within_tolerance(tmp_path, film8, reference8, syntax, photometric):
    path = write_dicom(tmp_path / "film", film8, photometric=photometric, transfer_syntax=syntax)
    assert_same(read_radiograph(path), reference8, tolerance=0.05)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_wrong_polarity_tags_are_overruled_by_the_content(tmp_path, film12, reference12, photometric):
    dark_bone = (4095 - film12).astype(np.uint16)
    stored = film12 if photometric == "MONOCHROME1" else dark_bone
    path = write_dicom(tmp_path / "film", stored, photometric=photometric, stored_as_given=True, bits_stored=12)
    film = read_radiograph(path)
    assert film.polarity.inverted == (photometric == "MONOCHROME2")
    assert_same(film, reference12)


@pytest.mark.parametrize("slope", [1.0, 0.25, -2.0])
def test_rescale_changes_no_normalised_pixel(tmp_path, film12, reference12, slope):
    tags = {"RescaleSlope": slope, "RescaleIntercept": -100.0}
    film = read_radiograph(write_dicom(tmp_path / "film", film12, bits_stored=12, tags=tags))
    assert_same(film, reference12, tolerance=1e-5)
    assert film.pixels.max() <= max(4095 * slope - 100, -100 + 0.01)


def test_linear_window_is_left_alone(tmp_path, film12, reference12):
    tags = {"WindowCenter": [300, 20], "WindowWidth": [100, 5]}
    film = read_radiograph(write_dicom(tmp_path / "film", film12, bits_stored=12, tags=tags))
    assert_same(film, reference12)
    np.testing.assert_array_equal(film.pixels, film12)


def test_signed_pixels(tmp_path, film12, reference12):
    film = read_radiograph(write_dicom(tmp_path / "film", film12.astype(np.int16) - 2000, bits_stored=16))
    assert_same(film, reference12)
    negative = (-1 - (film12.astype(np.int16) - 2000)).astype(np.int16)
    film = read_radiograph(write_dicom(tmp_path / "film", negative, photometric="MONOCHROME1", stored_as_given=True))
    assert_same(film, reference12)


def test_overlay_bits_above_the_stored_ones_are_cleared(tmp_path, film12, reference12):
    dirty = film12.copy()
    dirty[50:90, 50:90] |= 1 << 15
    assert_same(read_radiograph(write_dicom(tmp_path / "film", dirty, bits_stored=12)), reference12)


@pytest.mark.parametrize("extension", [".png", ".tif", ".nrrd", ".jpg"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("negative", [False, True])
def test_eight_bit_pictures(tmp_path, film8, reference8, extension, channels, negative):
    if extension == ".jpg" and channels == 4:
        pytest.skip("JPEG holds no alpha")
    grey = 255 - film8 if negative else film8
    image = grey
    if channels > 1:
        image = np.stack([grey] * 3 + [np.full_like(grey, 255)] * (channels - 3), axis=-1)
    path = tmp_path / f"film{extension}"
    sitk.WriteImage(sitk.GetImageFromArray(image, isVector=channels > 1), str(path))
    film = read_radiograph(path)
    assert film.polarity.inverted == negative
    assert film.source.file_format == {".png": "PNG", ".tif": "TIFF", ".nrrd": "NRRD", ".jpg": "JPEG"}[extension]
    assert_same(film, reference8, tolerance=0.08 if extension == ".jpg" else 0.0)


@pytest.mark.parametrize("extension", [".png", ".tif", ".nrrd"])
def test_sixteen_bit_pictures(tmp_path, film12, reference12, extension):
    path = tmp_path / f"film{extension}"
    sitk.WriteImage(sitk.GetImageFromArray(film12), str(path))
    film = read_radiograph(path)
    assert film.source.bits_stored == 16
    assert_same(film, reference12)


def test_rgb_dicom_is_its_grey(tmp_path, film8, reference8):
    colour = np.stack([film8] * 3, axis=-1)
    assert_same(read_radiograph(write_dicom(tmp_path / "film", colour, kind="SC")), reference8)


def test_format_is_told_by_content_not_by_name(tmp_path, film8, reference8):
    path = tmp_path / "film.png"
    sitk.WriteImage(sitk.GetImageFromArray(film8), str(path))
    renamed = path.rename(tmp_path / "IM-0001-Röntgen 手.dcm")
    film = read_radiograph(renamed)
    assert film.source.file_format == "PNG"
    assert film.source.name == "IM-0001-Röntgen 手.dcm"
    assert_same(film, reference8)
    link = tmp_path / "link"
    link.symlink_to(renamed)
    assert_same(read_radiograph(str(link)), reference8)


@pytest.mark.parametrize("meta", [True, False])
def test_dicom_without_preamble(tmp_path, film12, reference12, meta):
    from pydicom.uid import ImplicitVRLittleEndian

    syntax = ExplicitVRLittleEndian if meta else ImplicitVRLittleEndian
    data = write_dicom(tmp_path / "whole", film12, bits_stored=12, transfer_syntax=syntax).read_bytes()
    bare = data[132:] if meta else data[132 + 12 + int.from_bytes(data[140:144], "little") :]
    (tmp_path / "bare").write_bytes(bare)
    assert_same(read_radiograph(tmp_path / "bare"), reference12)
