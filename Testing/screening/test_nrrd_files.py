"""NRRD files of ours: the same bytes every time, whole gzip streams, and nothing read that does not fit its header."""

from __future__ import annotations

import gzip
from pathlib import Path

import nrrd
import numpy as np
import pytest

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance
from OsteoScreenLib.screening.gzip_data import gunzip, gzip_parts
from OsteoScreenLib.screening.nrrd_geometry import space_fields
from OsteoScreenLib.screening.storage_nrrd import read_nrrd, write_nrrd

HEADER = {
    "kinds": ["vector", "domain", "domain", "domain"],
    **space_fields(Spacing(1 / 7, 0.15, SpacingProvenance.USER), 1),
    "a_key": "of our own",
}


def maps(shape: tuple[int, ...] = (1, 90, 70, 3)) -> np.ndarray:
    rng = np.random.default_rng(5)
    return (rng.integers(0, 1024, shape) * (rng.random(shape) < 0.1) / 1024).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_other_readers_understand_the_file(tmp_path, dtype: type) -> None:
    array = (maps() * 200).astype(dtype)
    write_nrrd(tmp_path / "a.nrrd", array, HEADER)
    found, header = nrrd.read(str(tmp_path / "a.nrrd"), index_order="C")
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)
    assert np.array_equal(header["space directions"], HEADER["space directions"], equal_nan=True)
    assert header["kinds"] == HEADER["kinds"]
    assert header["a_key"] == "of our own"
    again, own = read_nrrd(tmp_path / "a.nrrd")
    assert np.array_equal(again, array)
    assert own["a_key"] == header["a_key"]


@pytest.mark.parametrize("size", [0, 1, 1000, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 9_000_000])
def test_parts_are_one_ordinary_gzip_stream(size: int) -> None:
    data = np.tile(np.arange(251, dtype=np.uint8), size // 251 + 1)[:size].tobytes()
    stream = b"".join(gzip_parts(memoryview(data)))
    assert gzip.decompress(stream) == data
    assert gunzip(stream, size) == data
    assert stream == b"".join(gzip_parts(memoryview(data)))


def test_empty_parts_between_others_are_part_of_the_stream() -> None:
    data = bytearray(5 << 20)
    data[2_000_000:2_000_009] = b"something"
    assert gzip.decompress(b"".join(gzip_parts(memoryview(bytes(data))))) == data


def test_same_array_gives_the_same_file(tmp_path) -> None:
    for name in "ab":
        write_nrrd(tmp_path / name, maps((1, 800, 700, 3)), HEADER)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("dtype", ["u1", "<i2", ">f4"])
def test_files_of_other_programs_are_read_too(tmp_path, encoding: str, dtype: str) -> None:
    array = (maps((1, 9, 8, 2)) * 100).astype(dtype)
    nrrd.write(str(tmp_path / "a.nrrd"), array, {"encoding": encoding}, index_order="C")
    assert np.array_equal(read_nrrd(tmp_path / "a.nrrd")[0], array)


def rewritten(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"sizes: 3 70 90 1", b"sizes: 3 70 89 1"),
        (b"sizes: 3 70 90 1", b"sizes: 3 70 91 1"),
        (b"sizes: 3 70 90 1", b"sizes: 3 70 90000000000 1"),
        (b"sizes: 3 70 90 1", b"sizes: 3 70 -90 1"),
        (b"sizes: 3 70 90 1\n", b""),
        (b"type: float", b"type: block"),
        (b"NRRD0005", b"NRRD9999"),
        (b"\x1f\x8b\x08", b"\x1f\x8b\x07"),
    ],
)
def test_damaged_file_is_told_in_one_line(tmp_path, old: bytes, new: bytes) -> None:
    path = tmp_path / "a.nrrd"
    write_nrrd(path, maps(), HEADER)
    rewritten(path, old, new)
    with pytest.raises(OutputError) as caught:
        read_nrrd(path)
    assert str(caught.value).startswith(f"{path}: is missing or damaged")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", [0.2, 0.9, -1, -4, -9])
def test_file_cut_short_anywhere_is_told(tmp_path, kept: float) -> None:
    path = tmp_path / "a.nrrd"
    write_nrrd(path, maps(), HEADER)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept) if kept > 0 else int(kept)])
    with pytest.raises(OutputError, match="is missing or damaged"):
        read_nrrd(path)


def test_flipped_bit_is_told(tmp_path) -> None:
    path = tmp_path / "a.nrrd"
    write_nrrd(path, maps(), HEADER)
    content = bytearray(path.read_bytes())
    content[-20] ^= 4
    path.write_bytes(content)
    with pytest.raises(OutputError, match="is missing or damaged"):
        read_nrrd(path)
