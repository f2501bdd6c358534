"""Faults that fuzzing has found, each with the smallest input that showed it."""

from __future__ import annotations

import json
import os
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless

from OsteoScreenLib.annotation.session_file import read_session
from OsteoScreenLib.annotation.work_file import WorkFile
from OsteoScreenLib.errors import FilmError, OutputError, UsageError
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.radiograph.codestream import codestream_size
from OsteoScreenLib.radiograph.dicom_header import read_dicom_header
from OsteoScreenLib.radiograph.dicom_pixels import first_codestream
from OsteoScreenLib.radiograph.exchange import load_film_array
from OsteoScreenLib.radiograph.patient import read_patient
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.worker.job_file import read_job
from Testing.radiograph.dicom_films import hand_phantom, write_dicom
from Testing.security import seeds
from Testing.security.bombs import film, nrrd
from Testing.security.dicom_edits import Element, elements_of, file_of
from Testing.security.targets import put

ROWS, COLUMNS = 96, 80
PIXELS = hand_phantom(ROWS, COLUMNS, bits=8)
_HUGE = 10**400


def nested(tag: tuple[int, int], depth: int = 2000) -> Element:
    """A sequence in a sequence in a sequence, of known lengths."""
    value = b""
    for _ in range(depth):
        value = Element(*tag, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value).stored()
    return Element(*tag, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value)


def with_element(element: Element) -> bytes:
    others = [
        each
        for each in elements_of(film(ExplicitVRLittleEndian))
        if (each.group, each.element) != (element.group, element.element)
    ]
    return file_of(sorted([*others, element], key=lambda each: (each.group, each.element)))


@pytest.mark.parametrize("tag", [(0x0002, 0x0000), (0x0010, 0x0010), (0x0028, 0x0010), (0x0028, 0x0103), (0x0008, 0x0060)])
def test_nested_sequence_in_place_of_a_value_is_not_printed_for_minutes(tag: tuple[int, int], tmp_path) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(with_element(nested(tag)))
    for read in (read_dicom_header, read_radiograph, read_patient):
        try:
            read(path)
        except FilmError as error:
            assert len(str(error)) < 400  # noqa: PT017  # some may read the file: not all look at all tags


def test_sequence_in_the_file_meta_information_is_refused(tmp_path) -> None:
    (tmp_path / "film.dcm").write_bytes(with_element(nested((0x0002, 0x0010), 3)))
    with pytest.raises(FilmError, match="sequence in its file meta information"):
        read_radiograph(tmp_path / "film.dcm")


@pytest.mark.parametrize(
    "change", [(b"\xff\xdb", b"\xff\xe5"), (b"\xff\xdb\x00\x43\x00", b"\xff\xdb\x00\x43\x03"), (b"JFIF", b"JF")]
)
def test_jpeg_without_its_tables_or_whole_segments_does_not_reach_the_decoder(change: tuple[bytes, bytes], tmp_path) -> None:
    data = write_dicom(tmp_path / "whole.dcm", PIXELS, transfer_syntax=JPEGBaseline8Bit).read_bytes()
    assert change[0] in data
    (tmp_path / "film.dcm").write_bytes(data.replace(*change))
    with pytest.raises(FilmError, match="compressed"):
        read_radiograph(tmp_path / "film.dcm")


@pytest.mark.parametrize(
    "syntax", [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless], ids=lambda uid: uid.keyword
)
def test_codestream_says_its_size(syntax, tmp_path) -> None:
    from pydicom import dcmread

    dataset = dcmread(write_dicom(tmp_path / "film.dcm", PIXELS, transfer_syntax=syntax))
    stream = first_codestream(dataset.PixelData)
    size = codestream_size(stream)
    assert size is not None
    assert (size.rows, size.columns, size.components) == (ROWS, COLUMNS, 1)
    assert size.decodes_as(syntax, 8)
    assert not size.decodes_as(JPEGLosslessSV1 if syntax != JPEGLosslessSV1 else JPEGLSLossless, 8)
    cut = [codestream_size(stream[:length]) for length in range(200)]
    assert {(each.rows, each.columns, each.components) for each in cut if each is not None} <= {(ROWS, COLUMNS, 1)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"encoding: raw", b"data file: /etc/passwd\nencoding: raw", "does not hold the pixels itself"),
        (b"encoding: raw", b"datafile: LIST\nencoding: raw", "does not hold the pixels itself"),
        (b"encoding: raw", b"byte skip: -1\nencoding: raw", "does not hold the pixels itself"),
        (b"encoding: raw", b"encoding: raw\nspace directions:    3 11 14 13", "damaged"),
        (b"encoding: raw", b"encoding: raw\nspace directions: (1,0) (0", "damaged"),
        (b"encoding: raw", b"encoding: raw\nkinds: domain", "damaged"),
        (b"encoding: raw", b"encoding: raw\nencoding: gzip", "twice"),
        (b"encoding: raw", b"encoding: rle", "not known"),
        (b"type: uchar", b"type: block", "damaged"),
        (b"dimension: 2", b"dimension: 3", "damaged"),
        (b"sizes: 80 96", b"sizes: 80 -96", "damaged"),
        (b"sizes: 80 96", b"sizes: 80 97", "damaged"),
        (b"sizes: 80 96", b"sizes: 80 99999999", "megapixels"),
        (b"\n\n", b"\n", "damaged"),
    ],
)
def test_odd_nrrd_header(old: bytes, new: bytes, said: str, tmp_path) -> None:
    sound = nrrd("raw", PIXELS.tobytes())
    (tmp_path / "film.nrrd").write_bytes(sound)
    assert read_radiograph(tmp_path / "film.nrrd").shape == (ROWS, COLUMNS)
    (tmp_path / "film.nrrd").write_bytes(sound.replace(old, new, 1))
    with pytest.raises(FilmError, match=said):
        read_radiograph(tmp_path / "film.nrrd")


@pytest.mark.parametrize("encoding", ["raw", "ascii", "hex", "gzip", "bzip2"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", ["little", "big"])
def test_nrrd_films_of_other_writers_are_read(encoding: str, channels: int, order: str, tmp_path) -> None:
    import bz2
    import gzip

    values = PIXELS.astype(np.uint16) * 100
    stored = np.repeat(values[:, :, np.newaxis], channels, axis=2) if channels > 1 else values
    content = stored.astype(">u2" if order == "big" else "<u2").tobytes()
    packed = {
        "raw": content,
        "ascii": b"\n".join(b" ".join(str(value).encode() for value in row) for row in stored.reshape(ROWS, -1)),
        "hex": content.hex().encode(),
        "gzip": gzip.compress(content),
        "bzip2": bz2.compress(content),
    }[encoding]
    axes = (
        ("3 80 96", "vector domain domain", "none (0.2,0) (0,0.1)")
        if channels > 1
        else ("80 96", "domain domain", "(0.2,0) (0,0.1)")
    )
    head = f"NRRD0004\n# a comment\ntype: ushort\ndimension: {len(axes[0].split())}\nspace dimension: 2\nsizes: {axes[0]}\n"
    head += f"space directions: {axes[2]}\nkinds: {axes[1]}\nendian: {order}\nencoding: {encoding}\na key:=a value: of it\n\n"
    (tmp_path / "film.nrrd").write_bytes(head.encode() + packed)
    film = read_radiograph(tmp_path / "film.nrrd", invert=False)
    np.testing.assert_array_equal(film.pixels, values.astype(np.float32))
    assert (film.spacing.row_mm, film.spacing.column_mm) == (0.1, 0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text exist on Linux alone")
def test_name_that_is_no_text_can_be_written_into_a_result(tmp_path) -> None:
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/film\xff.nrrd"))
    name.write_bytes(nrrd("raw", PIXELS.tobytes()))
    source = read_radiograph(name).source
    assert source.name.encode("utf-8").decode("utf-8") == "film\ufffd.nrrd"


def test_words_of_a_tag_or_a_name_do_not_steer_the_terminal(tmp_path) -> None:
    without_pixels = [each for each in elements_of(film(ExplicitVRLittleEndian)) if each.group != 0x7FE0]
    strange = [
        replace(each, value=b"\x1b[2J\nDX") if (each.group, each.element) == (8, 0x60) else each for each in without_pixels
    ]
    path = tmp_path / "film\x1b[31m\n.dcm"
    path.write_bytes(file_of(strange))
    with pytest.raises(FilmError, match="cut off before its pixel data") as caught:
        read_radiograph(path)
    assert str(caught.value).isprintable()


def changed(document: Any, place: tuple[Any, ...], value: Any) -> bytes:
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("film", "rows"), float("inf")),
        (("film", "rows"), 10**9),
        (("film", "columns"), 0),
        (("film", "rows"), _HUGE),
        (("score", "probability"), float("nan")),
        (("seed",), float("inf")),
        (("hypotheses", "mapping", "grid_shape", 0), 10**12),
        (("score", "interval"), "no"),
    ],
)
def test_result_with_numbers_that_are_none(place: tuple[Any, ...], value: Any, tmp_path) -> None:
    files = dict(seeds.result())
    files["result.json"] = changed(seeds.document(files, "result.json"), place, value)
    put(files, tmp_path)
    with pytest.raises(OutputError):
        load_result(tmp_path)


def test_result_nested_beyond_reason(tmp_path) -> None:
    put({**seeds.result(), "result.json": b"[" * 100_000}, tmp_path)
    with pytest.raises(OutputError, match="not valid JSON"):
        load_result(tmp_path)


@pytest.mark.parametrize("name", ["segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd"])
def test_result_with_an_empty_array(name: str, tmp_path) -> None:
    put({**seeds.result(), name: b""}, tmp_path)
    with pytest.raises(OutputError, match=name):
        load_result(tmp_path)


def test_result_far_too_large(tmp_path) -> None:
    put({**seeds.result(), "result.json": b" " * (17 << 20)}, tmp_path)
    with pytest.raises(OutputError, match="larger than 16 MB"):
        load_result(tmp_path)


def test_outlines_whose_data_lie_elsewhere(tmp_path) -> None:
    files = dict(seeds.result())
    files["segmentation.seg.nrrd"] = files["segmentation.seg.nrrd"].replace(
        b"encoding: gzip", b"encoding: gzip\ndata file: /etc/passwd"
    )
    put(files, tmp_path)
    with pytest.raises(OutputError, match="another file"):
        load_result(tmp_path)


@pytest.mark.parametrize("key", ["spacing_mm", "age_years"])
@pytest.mark.parametrize("value", [_HUGE, -_HUGE, float("inf"), float("nan")])
def test_job_with_a_number_beyond_all_numbers(key: str, value: float, tmp_path) -> None:
    (tmp_path / "job.json").write_bytes(changed(seeds.job(), (key,), value))
    with pytest.raises(UsageError, match=key):
        read_job(tmp_path / "job.json")


@pytest.mark.parametrize("value", [_HUGE, float("inf")])
def test_film_handed_over_with_a_number_beyond_all_numbers(value: float, tmp_path) -> None:
    files = dict(seeds.handed_over())
    files["film.json"] = changed(seeds.document(files, "film.json"), ("spacing", "row_mm"), value)
    put(files, tmp_path)
    with pytest.raises(FilmError, match="row_mm"):
        load_film_array(tmp_path)


@pytest.mark.parametrize("header", [b"{'descr': '|u1'\n", b"(" * 5000, b"{'descr': " + b"[" * 500 + b"}", b"\xff" * 40])
def test_array_with_a_broken_header(header: bytes, tmp_path) -> None:
    files = dict(seeds.handed_over())
    files["film.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)
    put(files, tmp_path)
    with pytest.raises(FilmError, match=r"film\.npy"):
        load_film_array(tmp_path)


def test_array_larger_than_all_numbers(tmp_path, recwarn) -> None:
    files = dict(seeds.handed_over())
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (4000000000, 4000000000, 4000000000), }\n"
    files["film.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)
    put(files, tmp_path)
    with pytest.raises(FilmError, match=r"film\.npy"):
        load_film_array(tmp_path)
    assert not list(recwarn)


def test_session_and_work_with_a_number_beyond_all_numbers(tmp_path) -> None:
    files = dict(seeds.annotations())
    files["session.json"] = changed(seeds.document(files, "session.json"), ("films", 0, "bytes"), float("inf"))
    files["work/reader.json"] = changed(seeds.document(files, "work/reader.json"), ("films", "0001", "revision"), float("inf"))
    put(files, tmp_path)
    with pytest.raises(OutputError, match=r"session\.json"):
        read_session(tmp_path)
    with pytest.raises(OutputError, match=r"reader\.json"):
        WorkFile(tmp_path, "reader")
