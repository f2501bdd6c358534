"""The films of a session as files: which they are, whether they are still what they were, and whose they are."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.bundle import sha256_of
from OsteoScreenLib.errors import FilmError, OsteoScreenError, UsageError
from OsteoScreenLib.radiograph.exchange import FILM_FILE, FILM_PIXELS


@dataclass(frozen=True)
class FilmFile:
    """A film's file as it was when it was added. ``relative`` is its path from the session folder, where there is one."""

    id: str
    path: Path
    relative: str | None
    sha256: str
    size: int
    modified_ns: int
    subject: str


def films_in(folder: Path) -> list[Path]:
    """Files of a folder (not of folders in it) that look like films by their first bytes, sorted; no hidden ones, no masks.

    Raises `FilmError` where the folder cannot be read or holds none.
    """
    try:
        files = sorted(path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise FilmError(folder, f"cannot be read ({error.strerror or error})", "Name a folder that holds films") from error
    found = [path for path in files if not path.name.endswith(".seg.nrrd") and _looks_like_film(path)]
    if not found:
        raise FilmError(folder, "holds no films", "Name a folder with DICOM, PNG, TIFF, JPEG or NRRD films")
    return found


def subjects_by_folder(films: Iterable[Path]) -> dict[Path, str]:
    """Films in the same folder are the same person's; the folder's name is the subject. For one folder per person only."""
    return {Path(film): Path(os.path.abspath(film)).parent.name for film in films}


def subjects_from_csv(table: Path, films: Iterable[Path]) -> dict[Path, str]:
    """Subjects of films from a CSV with the columns ``film`` (file name) and ``subject`` (pseudonym).

    Films that the table does not name are left out. Raises `UsageError` where it cannot be read or contradicts itself.
    """
    try:
        with Path(table).open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
        pairs = {(str(row["film"]).strip(), str(row["subject"]).strip()) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        fault = f"cannot be read as a table of subjects ({error})"
        raise UsageError(table, fault, "Give a CSV in UTF-8 with the columns film and subject") from error
    subjects = dict(pairs)
    if len(subjects) < len(pairs):
        twice = sorted(name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1)[0]
        raise UsageError(table, f"{twice!r} has two subjects", "Keep one row per film")
    return {Path(film): subjects[Path(film).name] for film in films if subjects.get(Path(film).name)}


def identify(film: Path, session: Path, number: str, subject: str) -> FilmFile:
    """Read a film's file and describe it. Raises `FilmError` where it cannot be read."""
    film = Path(os.path.abspath(film))
    try:
        content = _content_file(film)
        state = content.stat()
        return FilmFile(number, film, _relative(film, session), sha256_of(content), state.st_size, state.st_mtime_ns, subject)
    except OSError as error:
        raise FilmError(film, f"cannot be read ({error.strerror or error})", "Check the path and its access rights") from error


def locate(film: FilmFile, session: Path) -> Path:
    """Where the film lies now: where it was, or where it was seen from the session folder if both moved together."""
    places = [film.path] if film.relative is None else [film.path, Path(os.path.abspath(session / film.relative))]
    return next((place for place in places if place.exists()), film.path)


def problem_of(film: FilmFile, session: Path, *, thorough: bool = False) -> str | None:
    """Why a film cannot be shown, with the remedy, or ``None``.

    Its size tells most changes; with ``thorough`` a file with another time of change is hashed too.
    """
    place = locate(film, session)
    remedy = "put it back, or add the folder where it lies now"
    try:
        content = _content_file(place)
        state = content.stat()
        changed = state.st_size != film.size
        if not changed and thorough and state.st_mtime_ns != film.modified_ns:
            changed = sha256_of(content) != film.sha256
    except FileNotFoundError:
        return f"{place.name} is not in {place.parent} any more: {remedy}"
    except OSError as error:
        return f"{place} cannot be read ({error.strerror or error}): check its access rights"
    except OsteoScreenError as error:
        return str(error)
    if changed:
        return f"{place.name} is not the file that was added (its content has changed): restore it, or add it as a new film"
    return None


def distinct(films: Sequence[Path]) -> list[Path]:
    """Absolute paths, each once, in order."""
    return list(dict.fromkeys(Path(os.path.abspath(film)) for film in films))


def _content_file(film: Path) -> Path:
    if not film.is_dir():
        if film.exists() and not film.is_file():
            raise FilmError(film, "is no regular file", "Name the file of one film")
        return film
    if not (film / FILM_FILE).is_file():
        raise FilmError(film, f"is a folder without {FILM_FILE}", "Name the films in it")
    return film / FILM_PIXELS


def _relative(film: Path, session: Path) -> str | None:
    try:
        return Path(os.path.relpath(film, session)).as_posix()
    except ValueError:  # another drive
        return None


def _looks_like_film(path: Path) -> bool:
    from OsteoScreenLib.radiograph.read import film_format

    try:
        with path.open("rb") as stream:
            return film_format(stream.read(256)) is not None
    except OSError:
        return False
