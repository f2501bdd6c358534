"""The lists of packaged files name what lies on the disk, and the command that writes them leaves the rest alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from Testing.packaging.cmake_lists import LISTS, ROOT, listed, on_disk, write


@pytest.mark.parametrize("name", LISTS)
def test_lists_name_every_packaged_file_and_no_other(name: str) -> None:
    named, there = listed(name), on_disk(name)
    missing, extra = sorted(set(there) - set(named)), sorted(set(named) - set(there))
    assert (missing, extra) == ([], []), "run `make cmake-lists`"
    assert named == there, "run `make cmake-lists`: the lists are sorted and name nothing twice"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A checkout with the real CMake files and a handful of others."""
    for each in set(LISTS.values()):
        (tmp_path / each).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / each, tmp_path / each)
    for each in (
        "OsteoScreenLib/__init__.py",
        "OsteoScreenLib/room/templates/page.html",
        "OsteoScreenLib/__pycache__/old.cpython-312.pyc",
        "OsteoScreen/OsteoScreen.py",
        "OsteoScreen/Testing/test_a.py",
        "OsteoScreen/OsteoScreenPanel/inputs.py",
        "OsteoScreen/OsteoScreenPanel/inputs.py~",
        "Resources/UI/OsteoScreen.ui",
        "Resources/Models/.cache/part",
    ):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_text("x", encoding="utf-8")
    return tmp_path


def test_writing_the_lists(small: Path) -> None:
    assert {path.as_posix() for path in write(small)} == {"CMakeLists.txt", "OsteoScreen/CMakeLists.txt"}
    assert listed("LIBRARY_PYTHON_SCRIPTS", small) == ["OsteoScreenLib/__init__.py"]
    assert listed("LIBRARY_PYTHON_RESOURCES", small) == ["OsteoScreenLib/room/templates/page.html", "Resources/UI/OsteoScreen.ui"]
    assert listed("MODULE_PYTHON_SCRIPTS", small) == ["OsteoScreen.py", "OsteoScreenPanel/inputs.py"]
    assert write(small) == []

    def without_lists(path: Path) -> list[str]:
        return [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.endswith((".py", ".ui")) and "/" not in line
        ]

    for each in set(LISTS.values()):
        assert without_lists(small / each) == without_lists(ROOT / each)


def test_a_list_that_is_gone_is_named(small: Path) -> None:
    (small / "CMakeLists.txt").write_text("project(OsteoScreen)\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no list LIBRARY_PYTHON_SCRIPTS"):
        listed("LIBRARY_PYTHON_SCRIPTS", small)
