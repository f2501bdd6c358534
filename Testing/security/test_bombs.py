"""Files made to fill the memory are refused before they do, in a process that would be refused the memory."""

from __future__ import annotations

import sys

import pytest
from pydicom.uid import ExplicitVRLittleEndian

from Testing.security import bombs
from Testing.security.limited import read_within

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")

ROOM_MB = 320
"""A tenth of what most of the bombs ask for, and more than reading a small film takes."""


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("bombs")
    (folder / "sound").write_bytes(bombs.film(ExplicitVRLittleEndian))
    files = [folder / name.replace(" ", "_") for name in bombs.FILMS]
    for file, (make, _) in zip(files, bombs.FILMS.values(), strict=True):
        file.write_bytes(make())
        assert file.stat().st_size < 40 << 20
    return read_within(ROOM_MB, "read_radiograph(path)", folder / "sound", files)


@pytest.mark.parametrize("bomb", bombs.FILMS)
def test_film_takes_no_more_memory_than_a_film(said, bomb: str) -> None:
    name = bomb.replace(" ", "_")
    assert name in said, f"the process ended here; before it was said: {said}"
    assert said[name].startswith(f"{name}: ")
    assert bombs.FILMS[bomb][1] in said[name]


def test_other_files_of_ours_are_no_bombs_either(tmp_path) -> None:
    (tmp_path / "sound").write_bytes(bombs.film(ExplicitVRLittleEndian))
    bundle, array = tmp_path / "bundle.zip", tmp_path / "a.nrrd"
    bundle.write_bytes(bombs.zipped())
    array.write_bytes(bombs.nrrd("gzip", bombs.gzip_zeros(bombs.GIGABYTES), "80 96"))
    unpack = "unpack(path, path.parent) if path.suffix == '.zip' else read_nrrd(path, 80 * 96)"
    said = read_within(ROOM_MB, unpack, tmp_path / "sound", [bundle, array])
    assert "times its size" in said["bundle.zip"]
    assert "longer than the 7680 bytes" in said["a.nrrd"]
    assert not (tmp_path / "a.onnx").exists()
