"""Folders that are still written are their owner's alone; finished ones have the mode that the process's mask leaves."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.new_folder import new_folder
from OsteoScreenLib.screening.result_folder import write_folder_atomically

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of folders are those of POSIX systems")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o077, 0o002], ids=oct)
def mask(request) -> Iterator[int]:
    former = os.umask(request.param)
    yield request.param
    os.umask(former)


def test_result_folder(mask: int, tmp_path) -> None:
    with write_folder_atomically(tmp_path / "out" / "film") as working:
        assert mode(working) == 0o700
        (working / "file").write_text("x")
    assert mode(tmp_path / "out" / "film") == 0o777 & ~mask
    assert mode(tmp_path / "out" / "film" / "file") == 0o666 & ~mask
    assert {path.name for path in (tmp_path / "out" / "film").iterdir()} == {"file", ".osteoscreen-files.json"}


def test_new_folder(mask: int, tmp_path) -> None:
    with new_folder(tmp_path / "deep" / "new", OutputError) as working:
        assert mode(working) == 0o700
    assert mode(tmp_path / "deep" / "new") == 0o777 & ~mask
    assert mode(tmp_path / "deep") == 0o777 & ~mask
    assert list((tmp_path / "deep" / "new").iterdir()) == []
