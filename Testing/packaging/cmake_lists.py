"""The files that the Slicer extension packages: what its CMakeLists.txt name, and what lies on the disk.

``python Testing/packaging/cmake_lists.py`` (or ``make cmake-lists``) writes the lists from the disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = {
    "LIBRARY_PYTHON_SCRIPTS": Path("CMakeLists.txt"),
    "LIBRARY_PYTHON_RESOURCES": Path("CMakeLists.txt"),
    "MODULE_PYTHON_SCRIPTS": Path("OsteoScreen/CMakeLists.txt"),
}
"""Name of each list and the file that holds it; the files in a list are named from that file's folder."""
NOT_PACKAGED = re.compile(r"(^|/)(__pycache__|Testing|\.[^/]*)(/|$)|\.py[cod]$|~$")
"""Bytecode, caches, hidden files, editors' copies and tests."""


def listed(name: str, root: Path = ROOT) -> list[str]:
    """Return the files of one list as CMake reads them. Raises ``ValueError`` where there is no such list."""
    text = (root / LISTS[name]).read_text(encoding="utf-8")
    found = _block(name).search(text)
    if found is None:
        raise ValueError(f"{LISTS[name]} has no list {name}: write `set({name}` on a line of its own")
    lines = [line.partition("#")[0].strip() for line in found["files"].splitlines()]
    return [line for line in lines if line]


def on_disk(name: str, root: Path = ROOT) -> list[str]:
    """Return what one list has to name, sorted."""
    if name == "MODULE_PYTHON_SCRIPTS":
        folder = root / "OsteoScreen"
        names = [path.name for path in folder.glob("*.py")] + [
            f"OsteoScreenPanel/{each}" for each in _files(folder / "OsteoScreenPanel")
        ]
        return sorted(each for each in names if each.endswith(".py"))
    library = [f"OsteoScreenLib/{each}" for each in _files(root / "OsteoScreenLib")]
    if name == "LIBRARY_PYTHON_SCRIPTS":
        return sorted(each for each in library if each.endswith(".py"))
    others = [each for each in library if not each.endswith(".py")]
    return sorted(others + [f"Resources/{each}" for each in _files(root / "Resources")])


def write(root: Path = ROOT) -> list[Path]:
    """Write every list from the disk and return the files that changed."""
    changed = []
    for name, path in LISTS.items():
        text = (root / path).read_text(encoding="utf-8")
        files = "".join(f"  {each}\n" for each in on_disk(name, root))
        renewed = _block(name).sub(lambda found, files=files: f"{found['head']}{files}{found['foot']}", text)
        if renewed != text:
            (root / path).write_text(renewed, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def _block(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<head>^set\({name}\n)(?P<files>[^)]*?)(?P<foot>^  \)$)", re.MULTILINE)


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not NOT_PACKAGED.search(name):
            yield name


if __name__ == "__main__":
    for each in write():
        print(f"{each} written")
