"""An archive from its source to its table: listed, shared out, recorded film by film, written when all is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from OsteoScreenLib.archive.film_names import folder_of
from OsteoScreenLib.archive.ledger import Ledger
from OsteoScreenLib.archive.table import table_row, write_failures, write_table
from OsteoScreenLib.archive.values import Cell, FilmReference, FilmSource, Outcome
from OsteoScreenLib.errors import OutputError


@dataclass(frozen=True)
class Standing:
    """How far a run is: films in all, films whose work is over, failed ones among these, and how many were worked on now."""

    total: int
    done: int
    failed: int
    now: int


Told = Callable[[Standing], None]


class Workers(Protocol):
    """Whoever screens the films: processes of this machine or a cluster."""

    def screen(
        self, films: Iterable[FilmReference], wanted: Callable[[FilmReference, str], bool]
    ) -> Iterator[tuple[FilmReference, Outcome | None]]:
        """Each film with its outcome, in any order; ``None`` where ``wanted`` said no to its SHA-256."""
        ...

    def end(self) -> None:
        """End their work."""
        ...


def screen_archive(source: FilmSource, ledger: Ledger, workers: Workers, told: Told) -> Standing:
    """Screen every film of the source that has no outcome in the ledger yet; each is committed before the next is waited for.

    Raises what concerns every film: `BundleError`, `UsageError`, `OutputError`.
    """
    ledger.take_down(source.films())
    now = 0
    told(Standing(*ledger.count(), now))
    while (before := ledger.count()).done < before.total:
        copies = _Copies(ledger)
        for film, outcome in workers.screen(ledger.waiting(), copies.wanted):
            if outcome is not None:
                ledger.record(film, outcome)
                copies.over(film)
            now += 1
            told(Standing(*ledger.count(), now))
        # A film whose content changes under the run may leave a copy of it without an outcome, for the next turn.
        if ledger.count() == before:
            raise OutputError("ledger", f"{before.total - before.done} films were left over", "Run the same command again")
    return Standing(*ledger.count(), now)


def write_tables(source: FilmSource, ledger: Ledger, folder: Path, form: str) -> tuple[Path, Path]:
    """Write the table of all films and that of the failed ones. Raises `OutputError`."""
    table = write_table(rows_of(source, ledger), folder, form, source.columns)
    return table, write_failures(rows_of(source, ledger), folder)


def rows_of(source: FilmSource, ledger: Ledger) -> Iterator[dict[str, Cell]]:
    """The rows of the table, by name of the film."""
    return (table_row(entry, source.columns) for entry in ledger.entries())


def settle_folders(ledger: Ledger, folder: Path) -> None:
    """Of several copies, the result folder bears the name of the first one, whichever was screened."""
    for entry in ledger.entries():
        if entry.duplicate_of is not None and entry.outcome.row is not None:
            ours, theirs = folder_of(entry.film.name, folder), folder_of(entry.duplicate_of, folder)
            if ours.is_dir() and not theirs.exists():
                try:
                    theirs.parent.mkdir(parents=True, exist_ok=True)
                    ours.rename(theirs)
                except OSError as error:
                    raise OutputError(
                        theirs, f"cannot be put in place ({error.strerror})", "Run the same command again"
                    ) from error


class _Copies:
    """Lets one of several films with the same content through to be screened, and records the others as its copies."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._in_work: dict[str, str] = {}

    def wanted(self, film: FilmReference, sha256: str) -> bool:
        known = self._ledger.identify(film, sha256)
        return not known and self._in_work.setdefault(film.key(sha256), film.name) == film.name

    def over(self, film: FilmReference) -> None:
        self._in_work = {key: name for key, name in self._in_work.items() if name != film.name}
