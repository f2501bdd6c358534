"""Films handed over as folders come back exactly, and whatever else lies there is refused in one line."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.errors import FilmError, OutputError
from OsteoScreenLib.radiograph import Radiograph, radiograph_from_array
from OsteoScreenLib.radiograph.exchange import (
    FilmArray,
    load_film_array,
    load_radiograph,
    save_film_array,
    save_radiograph,
)
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing, SpacingProvenance

SOURCE = FilmSource(
    name="Hand – rechts.dcm",
    sha256="0123456789abcdef" * 4,
    file_format="DICOM",
    bits_stored=12,
    modality="DX",
    view_position="PA",
    patient_age_years=0.1 + 0.2,
    patient_sex="F",
)


def film(pixels: np.ndarray | None = None) -> FilmArray:
    pixels = np.arange(80 * 70, dtype=np.uint16).reshape(80, 70) if pixels is None else pixels
    spacing = Spacing(0.1 + 0.2, 1 / 7, SpacingProvenance.CALIBRATED)
    return FilmArray(pixels, "Hand – rechts", spacing, Laterality.RIGHT, tag_inverted=True, source=SOURCE)


def radiograph() -> Radiograph:
    rng = np.random.default_rng(3)
    pixels = rng.normal(size=(90, 75)).cumsum(axis=0)
    made = radiograph_from_array(pixels, source=SOURCE, spacing=0.15, laterality=Laterality.LEFT)
    field = made.field.copy()
    field[:9] = False
    return replace(made, field=field)


@pytest.mark.parametrize(
    "dtype",
    ["u1", "<u2", ">u2", "i2", "<i4", "i8", "u8", "f2", "<f4", ">f8", "bool"],
    ids=lambda name: name.strip("<>") + name[:1],
)
def test_film_array_comes_back_exactly(tmp_path, dtype: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 100, (64, 70)).astype(dtype)
    given = film(pixels)
    save_film_array(given, tmp_path / "a" / "film")
    found = load_film_array(tmp_path / "a" / "film")
    assert found.pixels.dtype == pixels.dtype
    assert found.pixels.tobytes() == pixels.tobytes()
    assert replace(found, pixels=given.pixels) == given


@pytest.mark.parametrize("channels", [3, 4])
def test_colour_film_comes_back_exactly(tmp_path, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (channels, 64, 70)).astype(np.uint8).transpose(1, 2, 0)
    save_film_array(film(pixels), tmp_path)
    assert np.array_equal(load_film_array(tmp_path).pixels, pixels)


def test_what_is_not_known_of_a_film_stays_unknown(tmp_path) -> None:
    given = FilmArray(film().pixels, "hand")
    save_film_array(given, tmp_path)
    found = load_film_array(tmp_path)
    assert (found.spacing, found.laterality, found.tag_inverted, found.source) == (Spacing(), Laterality.UNKNOWN, None, None)


def test_radiograph_comes_back_exactly(tmp_path) -> None:
    given = radiograph()
    save_radiograph(given, tmp_path / "read")
    found = load_radiograph(tmp_path / "read")
    for one in fields(Radiograph):
        if one.name in ("pixels", "field"):
            assert np.array_equal(getattr(found, one.name), getattr(given, one.name))
            assert getattr(found, one.name).dtype == getattr(given, one.name).dtype
        else:
            assert getattr(found, one.name) == getattr(given, one.name)


def test_pixels_read_back_belong_to_nobody_else(tmp_path) -> None:
    save_film_array(film(), tmp_path)
    found = load_film_array(tmp_path)
    found.pixels[0, 0] = 77
    (tmp_path / "film.npy").unlink()
    assert found.pixels[0, 0] == 77
    assert type(found.pixels) is np.ndarray


def test_older_film_is_replaced(tmp_path) -> None:
    save_film_array(film(np.zeros((64, 64), np.uint8)), tmp_path)
    save_film_array(film(), tmp_path)
    assert load_film_array(tmp_path).pixels.shape == (80, 70)


@pytest.mark.parametrize(
    ("pixels", "wanted"),
    [
        (np.zeros((2, 64, 64, 1), np.uint8), "shape (2, 64, 64, 1)"),
        (np.zeros((64, 64, 5), np.uint8), "shape (64, 64, 5)"),
        (np.zeros((64, 64), complex), "complex128"),
        (np.zeros((64, 64), object), "object"),
        (np.zeros((10, 64), np.uint8), "only 64 x 10 pixels"),
        (np.broadcast_to(np.uint8(0), (10_000, 10_000)), "limit of 64 megapixels"),
    ],
)
def test_what_is_no_single_film_is_not_written(tmp_path, pixels: np.ndarray, wanted: str) -> None:
    with pytest.raises(FilmError) as caught:
        save_film_array(film(pixels), tmp_path / "film")
    assert wanted in str(caught.value)
    assert not (tmp_path / "film").exists()


def changed(key: str, value: object) -> Callable[[Path], None]:
    """Sets a field of film.json, nested ones by ``a.b``; ``...`` removes it."""

    def change(folder: Path) -> None:
        path = folder / "film.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        *outer, last = key.split(".")
        place = document
        for name in outer:
            place = place[name]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        path.write_text(json.dumps(document), encoding="utf-8")

    return change


def written(content: str | bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "film.json").write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (lambda folder: (folder / "film.json").unlink(), "cannot be read"),
        (written(""), "is not valid JSON"),
        (written(b"\xff\xfe"), "is not valid JSON"),
        (written("[" * 50_000), "is not valid JSON"),
        (written(" " * 70_000), "is larger than 65536 bytes"),
        (written("[1]"), "holds a JSON list, not an object"),
        (written("{}"), 'does not say "format"'),
        (changed("format", "osteoscreen-radiograph"), 'does not say "format"'),
        (changed("version", 2), "version 2"),
        (changed("name", ...), "'film.name' is missing"),
        (changed("name", ""), "'film.name' is ''"),
        (changed("name", "x" * 2000), "not a text of 1 to 1024 characters"),
        (changed("colour", "red"), "'film.colour' is unknown"),
        (changed("laterality", "both"), "'film.laterality' is 'both', not one of left, right, unknown"),
        (changed("laterality", []), "'film.laterality' is '[]'"),
        (changed("tag_inverted", 1), "'film.tag_inverted' is '1', not true or false"),
        (changed("spacing", None), "'spacing' is no object"),
        (changed("spacing.row_mm", -1), "'spacing.row_mm' is '-1', not a number of millimetres above 0"),
        (changed("spacing.row_mm", float("nan")), "'spacing.row_mm' is 'nan'"),
        (changed("spacing.provenance", "guessed"), "'spacing.provenance' is 'guessed'"),
        (changed("spacing.extra", 1), "'spacing.extra' is unknown"),
        (changed("source.sha256", "beef"), "'source.sha256' is 'beef', not 64 hexadecimal digits"),
        (changed("source.patient_age_years", 1e300), "'source.patient_age_years' is '1e+300', not a number of years"),
        (changed("source.bits_stored", True), "'source.bits_stored' is 'True'"),
    ],
)
def test_damaged_document_is_refused_in_one_line(tmp_path, damage: Callable[[Path], None], wanted: str) -> None:
    save_film_array(film(), tmp_path)
    damage(tmp_path)
    with pytest.raises(FilmError) as caught:
        load_film_array(tmp_path)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "film.json"))
    assert wanted in message
    assert "\n" not in message


def npy(shape: tuple[int, ...], descr: str = "<u2", body: bytes = b"") -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (None, "film.npy"),
        (b"", "is missing or damaged"),
        (b"PK\x03\x04 not an array", "is missing or damaged"),
        (npy((80, 70), body=b"\0" * 100), "is missing or damaged"),
        (npy((10**9, 10**9)), "is missing or damaged"),
        (npy((10**30, 70)), "is missing or damaged"),
        (npy((8, 8), body=b"\0" * 128), "only 8 x 8 pixels"),
        (npy((3, 64, 64), body=b"\0" * 3 * 64 * 64 * 2), "shape (3, 64, 64)"),
        (npy((64, 64), "<c16", b"\0" * 64 * 64 * 16), "complex128"),
        (npy((64, 64), "<U4", b"\0" * 64 * 64 * 16), "<U4"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_damaged_pixels_are_refused_in_one_line(tmp_path, content: bytes | None, wanted: str) -> None:
    save_film_array(film(), tmp_path)
    path = tmp_path / "film.npy"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(FilmError) as caught:
        load_film_array(tmp_path)
    assert str(caught.value).startswith(str(path))
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_many_pixels_are_refused_before_they_are_read(tmp_path) -> None:
    save_film_array(film(), tmp_path)
    with open(tmp_path / "film.npy", "wb") as stream:
        stream.write(npy((30_000, 30_000)))
        stream.truncate(stream.tell() + 2 * 30_000**2)  # 1.8 GB that take no room on the disk
    with pytest.raises(FilmError, match="limit of 64 megapixels"):
        load_film_array(tmp_path)


def test_nothing_in_a_film_is_ever_executed(tmp_path) -> None:
    save_film_array(film(), tmp_path)
    trapped = np.empty((64, 64), object)
    trapped[:] = Trap(tmp_path / "sprung")
    np.save(tmp_path / "film.npy", trapped, allow_pickle=True)
    with pytest.raises(FilmError, match="missing or damaged"):
        load_film_array(tmp_path)
    (tmp_path / "film.npy").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(FilmError, match="missing or damaged"):
        load_film_array(tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_arrays_of_a_radiograph_must_belong_together(tmp_path) -> None:
    save_radiograph(radiograph(), tmp_path)
    np.save(tmp_path / "field.npy", np.ones((90, 76), bool))
    with pytest.raises(FilmError, match=r"field\.npy: holds bool \(90, 76\), not bool \(90, 75\)"):
        load_radiograph(tmp_path)
    np.save(tmp_path / "pixels.npy", np.ones((90, 75)))
    with pytest.raises(FilmError, match=r"pixels\.npy: holds float64"):
        load_radiograph(tmp_path)


def test_window_of_a_radiograph_must_be_one(tmp_path) -> None:
    with pytest.raises(FilmError, match="two numbers, the lower one first"):
        save_radiograph(replace(radiograph(), window=(2.0, 1.0)), tmp_path / "read")
    assert not (tmp_path / "read").exists()


def test_folder_that_cannot_be_written_is_named(tmp_path) -> None:
    (tmp_path / "in the way").write_text("a file")
    with pytest.raises(OutputError, match="in the way"):
        save_film_array(film(), tmp_path / "in the way" / "film")
