"""Bad input ends in one clear line, before anything large is decoded, and nothing else reaches the terminal."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless, generate_uid

from OsteoScreenLib.errors import FilmError, UsageError
from OsteoScreenLib.radiograph import radiograph_from_array, read_radiograph
from OsteoScreenLib.radiograph.dicom_pixels import first_codestream
from Testing.radiograph.dicom_films import LOSSLESS, hand_phantom, save_explicit, write_dicom

ROWS, COLUMNS = 200, 160


@pytest.fixture(scope="module")
def film():
    return hand_phantom(ROWS, COLUMNS, bits=8)


def refusal(path, capfd, **options):
    with pytest.raises(FilmError) as caught:
        read_radiograph(path, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert os.path.basename(path) in text
    assert caught.value.remedy
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err == ""
    return text


def write_picture(path, image):
    sitk.WriteImage(sitk.GetImageFromArray(image, isVector=image.ndim == 3 and image.shape[-1] <= 4), str(path))
    return path


def huge_png(path, columns, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))
    return path


def huge_bitmap_tiff(path):
    tags = [(256, 4, 1, 30000), (257, 4, 1, 30000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    tags += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 30000), (279, 4, 1, 100)]
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + body + b"\0\0\0\0" + b"\0" * 100)
    return path


def test_missing_folder_and_empty(tmp_path, capfd):
    assert "no such file" in refusal(tmp_path / "none.dcm", capfd)
    assert "folder" in refusal(tmp_path, capfd)
    (tmp_path / "empty.dcm").write_bytes(b"")
    assert "empty" in refusal(tmp_path / "empty.dcm", capfd)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_forbidden(tmp_path, capfd):
    path = tmp_path / "film.png"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "may not be read" in refusal(path, capfd)


@pytest.mark.parametrize("name", ["film.png", "film.dcm", "film.tif", "film.nrrd", "film.jpg", "film"])
@pytest.mark.parametrize("content", [b"This is a letter, not a film.\n" * 40, b"\0", b"\x89PNG", b"\x00" * 500])
def test_what_is_no_film_under_any_name(tmp_path, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    assert "whatever the name says" in refusal(tmp_path / name, capfd)


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.keyword)
def test_dicom_cut_anywhere(tmp_path, capfd, film, syntax):
    data = write_dicom(tmp_path / "whole.dcm", film, transfer_syntax=syntax).read_bytes()
    for part in (140, 180, 400, int(0.3 * len(data)), int(0.6 * len(data)), int(0.95 * len(data)), len(data) - 60):
        (tmp_path / "cut.dcm").write_bytes(data[:part])
        text = refusal(tmp_path / "cut.dcm", capfd)
        assert "cut off" in text or "damaged" in text


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1, JPEGBaseline8Bit, RLELossless])
def test_codestream_cut_inside_a_whole_file(tmp_path, capfd, film, syntax):
    from pydicom import dcmread
    from pydicom.encaps import encapsulate

    dataset = dcmread(write_dicom(tmp_path / "whole.dcm", film, transfer_syntax=syntax))
    frame = first_codestream(dataset.PixelData)
    dataset.PixelData = encapsulate([frame[: len(frame) // 4 * 2]])
    dataset.save_as(tmp_path / "cut.dcm")
    text = refusal(tmp_path / "cut.dcm", capfd)
    assert "cut off" in text or "damaged" in text


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "nrrd"])
def test_picture_cut_anywhere(tmp_path, capfd, film, extension):
    data = write_picture(tmp_path / f"whole.{extension}", film).read_bytes()
    for share in (0.01, 0.3, 0.7, 0.97):
        path = tmp_path / f"cut.{extension}"
        path.write_bytes(data[: max(12, int(share * len(data)))])
        text = refusal(path, capfd)
        assert "cut off" in text or "damaged" in text


def test_damaged_jpeg_prints_nothing(tmp_path, film):
    data = bytearray(write_dicom(tmp_path / "film.dcm", film, transfer_syntax=JPEGBaseline8Bit).read_bytes())
    data[-2000:-1900] = b"\xff\x00" * 50
    (tmp_path / "film.dcm").write_bytes(data)
    root = Path(__file__).resolve().parents[2]
    program = "import sys\nfrom OsteoScreenLib.radiograph import read_radiograph\n"
    program += (
        "try:\n    read_radiograph(sys.argv[1])\nexcept Exception as error:\n    print(type(error).__name__)\nprint('done')"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "film.dcm")], cwd=root, capture_output=True, text=True, check=True
    )
    assert seen.stdout.replace("FilmError\n", "") == "done\n"
    assert seen.stderr == ""


def test_several_films_in_one_file(tmp_path, capfd, film):
    stack = np.stack([film] * 3)
    data = write_dicom(tmp_path / "whole", film)
    from pydicom import dcmread

    dataset = dcmread(data)
    dataset.NumberOfFrames = 3
    dataset.PixelData = stack.tobytes()
    dataset.save_as(tmp_path / "multi.dcm")
    assert "3 frames" in refusal(tmp_path / "multi.dcm", capfd)
    assert "3 slices" in refusal(write_picture(tmp_path / "volume.nrrd", np.stack([film] * 3)), capfd)
    assert "3 slices" in refusal(write_picture(tmp_path / "pages.tif", np.stack([film] * 3)), capfd)
    one = read_radiograph(write_picture(tmp_path / "one.nrrd", film[None]))
    assert one.shape == (ROWS, COLUMNS)


def test_colour_photograph(tmp_path, capfd, film):
    skin = np.stack([film, film // 2 + 30, film // 3], axis=-1)
    for name in ("photo.png", "photo.jpg", "photo.tif"):
        assert "colour picture" in refusal(write_picture(tmp_path / name, skin), capfd)
    path = write_dicom(tmp_path / "photo.dcm", skin, kind="SC")
    assert "colour picture" in refusal(path, capfd)


def test_coloured_annotation_on_a_grey_film_is_accepted(tmp_path, film):
    annotated = np.stack([film] * 3, axis=-1)
    annotated[5:15, 5:60] = (255, 200, 0)
    assert read_radiograph(write_picture(tmp_path / "film.png", annotated)).shape == (ROWS, COLUMNS)


def test_too_small_and_too_large(tmp_path, capfd, film):
    assert "1 x 1" in refusal(write_picture(tmp_path / "dot.png", np.zeros((1, 1), np.uint8)), capfd)
    assert "at least 64" in refusal(write_picture(tmp_path / "small.png", film[:63]), capfd)
    assert "20000 x 20000" in refusal(huge_png(tmp_path / "huge.png", 20000, 20000), capfd)
    assert "megapixels" in refusal(huge_png(tmp_path / "hostile.png", 2**31 - 1, 2**31 - 1), capfd)
    path = write_dicom(tmp_path / "huge.dcm", film, tags={"Rows": 20000, "Columns": 20000})
    assert "megapixels" in refusal(path, capfd)
    assert "megapixels" in refusal(huge_bitmap_tiff(tmp_path / "huge.tif"), capfd)
    nrrd = tmp_path / "huge.nrrd"
    nrrd.write_bytes(b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 400000 400000\nencoding: raw\n\nabc")
    assert "megapixels" in refusal(nrrd, capfd)


def test_film_that_shows_nothing(tmp_path, capfd):
    assert "every pixel" in refusal(write_picture(tmp_path / "flat.png", np.full((100, 100), 7, np.uint8)), capfd)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers(tmp_path, capfd, film, value):
    broken = film.astype(np.float32)
    broken[10, 10] = value
    assert "not numbers" in refusal(write_picture(tmp_path / "film.nrrd", broken), capfd)
    with pytest.raises(FilmError, match="not numbers"):
        radiograph_from_array(broken)


def test_dicom_without_a_film(tmp_path, capfd, film):
    report_class = "1.2.840.10008.5.1.4.1.1.88.33"
    tags = {"PixelData": None, "Rows": None, "Columns": None, "Modality": "SR", "SOPClassUID": report_class}
    report = write_dicom(tmp_path / "sr.dcm", film, tags=tags)
    assert "(SR) holds no image" in refusal(report, capfd)
    floats = write_dicom(tmp_path / "map.dcm", film, tags={"PixelData": None, "FloatPixelData": film.astype("<f4").tobytes()})
    assert "floating-point" in refusal(floats, capfd)
    palette = write_dicom(tmp_path / "palette.dcm", film, tags={"PhotometricInterpretation": "PALETTE COLOR"})
    assert "PALETTE COLOR" in refusal(palette, capfd)


def test_unknown_transfer_syntax(tmp_path, capfd, film):
    from pydicom import dcmread
    from pydicom.encaps import encapsulate

    dataset = dcmread(write_dicom(tmp_path / "whole", film))
    for uid in (UID("1.2.840.10008.1.2.4.102"), UID("1.2.840.10008.1.2.1.98"), generate_uid(entropy_srcs=["private"])):
        dataset.file_meta.TransferSyntaxUID = uid
        dataset.PixelData = encapsulate([b"\0" * 4000])
        dataset["PixelData"].is_undefined_length = True
        save_explicit(dataset, tmp_path / "odd.dcm")
        refusal(tmp_path / "odd.dcm", capfd)


@pytest.mark.parametrize("tags", [{"Rows": 0}, {"Rows": None}, {"BitsAllocated": 12}, {"BitsStored": 0}, {"SamplesPerPixel": 2}])
def test_headers_that_make_no_sense(tmp_path, capfd, film, tags):
    refusal(write_dicom(tmp_path / "film.dcm", film, tags=tags), capfd)


def test_damaged_element_found_late(tmp_path, capfd, film):
    data = write_dicom(tmp_path / "whole.dcm", film).read_bytes()
    place = data.index(b"\x28\x00\x00\x01US")  # BitsAllocated
    (tmp_path / "odd.dcm").write_bytes(data[: place + 4] + b"U\x7f" + data[place + 6 :])
    assert "damaged" in refusal(tmp_path / "odd.dcm", capfd)


@pytest.mark.parametrize("spacing", [0, -0.1, float("nan"), 1e9, (0.1,), (0.1, 0.1, 0.1), "wide", (0.1, None)])
def test_spacing_that_is_none(tmp_path, film, spacing):
    path = write_picture(tmp_path / "film.png", film)
    with pytest.raises(UsageError, match="no pixel spacing"):
        read_radiograph(path, spacing_mm=spacing)


@pytest.mark.parametrize("shape", [(4, 100, 100), (100, 100, 5), (100,), (2, 2, 100, 100), (30, 100)])
def test_arrays_that_are_no_film(shape):
    with pytest.raises(FilmError):
        radiograph_from_array(np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8), name="node")
