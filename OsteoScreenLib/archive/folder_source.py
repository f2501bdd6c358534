"""The films in a folder and everything below it, told by their content."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.archive.film_names import shown_name
from OsteoScreenLib.archive.ledger import LEDGER_FILE
from OsteoScreenLib.archive.values import FilmReference
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.read import film_format
from OsteoScreenLib.screening.result_folder import is_result_folder
from OsteoScreenLib.screening.storage import RESULT_FILE

_SUFFIXES = (".dcm", ".dicom", ".ima", ".png", ".tif", ".tiff", ".jpg", ".jpeg", ".nrrd")
"""Files that claim to be films are listed whatever they hold, so that a damaged one is a failure that somebody sees."""
_DIRECTORY_FILE = "DICOMDIR"
_HEAD = 256


@dataclass(frozen=True)
class FolderSource:
    """All films below ``root``; hidden files and folders, results of OsteoScreen and DICOMDIR are left out.

    Links to files are followed, links to folders are not: they may lead round in a circle.
    """

    root: Path

    @property
    def columns(self) -> tuple[str, ...]:
        """None: a folder has no table."""
        return ()

    def films(self) -> Iterator[FilmReference]:
        """The films in any order. Raises `UsageError` where a folder cannot be read: its films would be lost."""
        top = os.path.abspath(self.root)
        for folder, inner, files in os.walk(top, onerror=_unreadable):
            if LEDGER_FILE in files or (RESULT_FILE in files and is_result_folder(Path(folder))):
                inner.clear()
                continue
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in files:
                found = None if name.startswith(".") else signature_of(os.path.join(folder, name))
                if found is not None and name.upper() != _DIRECTORY_FILE and _may_be_film(os.path.join(folder, name)):
                    path = os.path.join(folder, name)
                    place = os.path.relpath(path, top)
                    yield FilmReference(shown_name("/".join(place.split(os.sep))), path, signature=found)

    def open(self, reference: FilmReference) -> AbstractContextManager[Path]:
        """The film's own file."""
        return nullcontext(Path(reference.location))

    def clear(self) -> None:
        """Nothing is left by anybody."""


def signature_of(path: str) -> str | None:
    """Size and time of a regular file, ``None`` for anything else."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return f"{state.st_size} {state.st_mtime_ns}" if stat.S_ISREG(state.st_mode) else None


def _may_be_film(path: str) -> bool:
    if path.lower().endswith(_SUFFIXES):
        return True
    try:
        with open(path, "rb") as stream:
            return film_format(stream.read(_HEAD)) is not None
    except OSError:
        return False


def _unreadable(error: OSError) -> None:
    raise UsageError(
        os.fsdecode(error.filename or "SOURCE"),
        f"this folder cannot be read ({error.strerror}), so that its films would be lost",
        "Ask for permission to read it, or name the films in a CSV file",
    ) from error
