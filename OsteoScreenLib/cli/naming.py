"""Which folder each film's result goes to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from OsteoScreenLib.errors import UsageError

_SUFFIXES = (".dcm", ".dicom", ".ima", ".png", ".tif", ".tiff", ".jpg", ".jpeg", ".nrrd", ".nhdr")
"""Only these are taken off: a DICOM file named by its UID has dots but no suffix."""


def result_folders(films: Sequence[str], out: Path) -> list[Path]:
    """One folder in ``out`` per film, named after it; films that would share a name get a number, in their order.

    Names are compared without regard to case, for disks that do not know it. Raises `UsageError` for a film without a name.
    """
    names = [film_name(film) for film in films]
    wanted = Counter(name.casefold() for name in names)
    taken = {name for name, count in wanted.items() if count == 1}
    folders = []
    for name in names:
        given, number = name, 1
        if wanted[name.casefold()] > 1:
            while given.casefold() in taken:
                number += 1
                given = f"{name}_{number}"
            taken.add(given.casefold())
        folders.append(out / given)
    return folders


def film_name(film: str) -> str:
    """The film's file name without folders and without the suffix of a film's format."""
    name = os.path.basename(os.path.abspath(film))
    stem, suffix = os.path.splitext(name)
    found = stem if suffix.lower() in _SUFFIXES else name
    if not found:
        raise UsageError(repr(film), "names no file", "Give the path of a film")
    return found
