"""What travels between the archive's source, its workers and its ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from OsteoScreenLib.radiograph.values import Laterality

Cell = str | float | bool | None
"""One value of the table."""

DIED, TIMED_OUT, NOT_FETCHED, INTERNAL = "worker_died", "timed_out", "not_fetched", "internal"
"""Codes of failures beside those of `OsteoScreenLib.errors`."""

OF_THE_MOMENT = (DIED, TIMED_OUT, NOT_FETCHED)
"""Failures that say nothing certain about the film: the next run tries it again."""


@dataclass(frozen=True)
class FilmOptions:
    """The user's word on one film; ``None`` where the film decides. Units and meaning as in `FilmJob`."""

    spacing_mm: float | None = None
    side: str | None = None
    age_years: float | None = None
    sex: str | None = None
    invert: bool | None = None

    @property
    def laterality(self) -> Laterality | None:
        """The side as the reader of films wants it."""
        return None if self.side is None else Laterality(self.side)

    def text(self) -> str:
        """One text for the same options."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class FilmReference:
    """One film of an archive before it is read.

    Attributes
    ----------
    name : the film's place in the archive, parts joined by ``/``; unique in it, printable, no path of this machine
    location : what the source needs to open it (a path, UIDs); may hold surrogates, as paths do
    options : the user's word
    extra : further cells of its line in the user's table
    signature : changes when the film's content may have changed
    """

    name: str
    location: str
    options: FilmOptions = field(default_factory=FilmOptions)
    extra: tuple[str, ...] = ()
    signature: str = ""

    def key(self, sha256: str) -> str:
        """Equal for films that must get the same result: the same bytes and the same word of the user."""
        return hashlib.sha256(f"{sha256} {self.options.text()}".encode()).hexdigest()


class FilmSource(Protocol):
    """Where the films of an archive come from. It travels to the workers: it must be picklable, and hold no secret."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the ``extra`` cells that its films carry."""
        ...

    def films(self) -> Iterable[FilmReference]:
        """All films, each once. Raises `OsteoScreenError` where the source as a whole cannot be read."""
        ...

    def open(self, reference: FilmReference) -> AbstractContextManager[Path]:
        """The film as a file for the duration of the context.

        Raises `FilmError`, or `OSError` where it could not be fetched and may be another time.
        """
        ...

    def clear(self) -> None:
        """Remove whatever killed processes have left of films; while no process works."""
        ...


@dataclass(frozen=True)
class Settings:
    """What decides every value of the table, beside the films. Two runs in one folder must agree on it.

    ``samples`` is ``None`` where the bundle decides; ``folders`` is whether every film also gets a result folder.
    """

    software_version: str
    bundle_name: str
    bundle_sha256: str
    seed: int = 0
    samples: int | None = None
    engine: str = "openvino"
    folders: bool = False

    def document(self) -> dict[str, str]:
        """Name and value of each setting as text."""
        return {name: json.dumps(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Outcome:
    """What became of one film: a row of the table, or the reason why there is none.

    ``sha256`` is of the film's bytes, ``None`` where they could not be read. ``resident_mb`` is the memory that the worker's
    process holds afterwards, in MiB (``None`` where the system does not tell).
    """

    sha256: str | None
    row: Mapping[str, Cell] | None = None
    failure: str | None = None
    failure_text: str = ""
    resident_mb: float | None = None
