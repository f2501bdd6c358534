"""``session.json``: the films of a session. What annotators did lies in files of their own (`work_file`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.annotation.claims import Claim
from OsteoScreenLib.annotation.durable import DamagedError, read_document, remove_parts, write_document
from OsteoScreenLib.annotation.film_files import FilmFile

FORMAT = "osteoscreen-annotation-session"
VERSION = 1
SESSION_FILE = "session.json"


@dataclass(frozen=True)
class SessionDocument:
    """What ``session.json`` says."""

    name: str
    created: str
    films: tuple[FilmFile, ...] = ()


def read_session(folder: Path) -> SessionDocument:
    """Read ``session.json``. Raises `DamagedError` where it is torn, `OutputError` where missing or of another version."""
    path = folder / SESSION_FILE
    document, _ = read_document(path, FORMAT, VERSION)
    try:
        films = tuple(_film(entry) for entry in document["films"])
        return SessionDocument(str(document["name"]), str(document["created"]), films)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DamagedError(path, f"is damaged ({type(error).__name__}: {error})") from error


def write_session(folder: Path, content: SessionDocument) -> None:
    """Write ``session.json``, keeping the former one as its backup. Raises `OutputError`."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": content.name,
        "created": content.created,
        "films": [_entry(film) for film in content.films],
    }
    write_document(folder / SESSION_FILE, document)


@contextmanager
def adding_films(folder: Path) -> Iterator[None]:
    """Let no other program add films meanwhile. Raises `OutputError` where one does."""
    remedy = "Try again when it is done"
    claim = Claim(folder / "locks" / "session.lock", "another program is adding films to this session", remedy)
    try:
        remove_parts(folder, SESSION_FILE)
        yield
    finally:
        claim.release()


def _entry(film: FilmFile) -> dict[str, Any]:
    return {
        "id": film.id,
        "path": str(film.path),
        "relative": film.relative,
        "sha256": film.sha256,
        "bytes": film.size,
        "modified_ns": film.modified_ns,
        "subject": film.subject,
    }


def _film(entry: dict[str, Any]) -> FilmFile:
    return FilmFile(
        id=str(entry["id"]),
        path=Path(entry["path"]),
        relative=None if entry["relative"] is None else str(entry["relative"]),
        sha256=str(entry["sha256"]),
        size=int(entry["bytes"]),
        modified_ns=int(entry["modified_ns"]),
        subject=str(entry["subject"]),
    )
