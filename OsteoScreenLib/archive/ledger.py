"""What is known of every film of an archive, on disk from film to film: ``ledger.sqlite``.

Films name their content by a key; an outcome belongs to a key. So exact copies share one outcome, a film that moved keeps its
own, and whatever was committed survives the end of the process. A film without a key, or whose key has no outcome, is waiting.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from OsteoScreenLib.archive.rows import FAILED
from OsteoScreenLib.archive.values import OF_THE_MOMENT, Cell, FilmOptions, FilmReference, Outcome, Settings
from OsteoScreenLib.errors import OutputError, UsageError

LEDGER_FILE = "ledger.sqlite"
_PAGE = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS films (
    name TEXT PRIMARY KEY, location BLOB NOT NULL, options TEXT NOT NULL, extra TEXT NOT NULL, signature TEXT NOT NULL,
    listed INTEGER NOT NULL, sha256 TEXT, key TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS films_by_key ON films (key);
CREATE TABLE IF NOT EXISTS outcomes (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, row TEXT, failure TEXT, failure_text TEXT NOT NULL
) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS states AS
    SELECT films.name AS film, coalesce(outcomes.state, 'waiting') AS state,
        nullif((SELECT min(copy.name) FROM films AS copy WHERE copy.key = films.key AND copy.listed), films.name) AS duplicate_of
    FROM films LEFT JOIN outcomes ON outcomes.key = films.key WHERE films.listed;
"""
_UNREAD = "unread "
"""Begins the key of a film whose bytes could not be read; the next run looks again."""
_FILM = "name, location, options, extra, signature"
_WAITING = "listed AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.key = films.key)"


class Count(NamedTuple):
    """Films in all, films whose work is over, and failed ones among these."""

    total: int
    done: int
    failed: int


@dataclass(frozen=True)
class Entry:
    """A film whose work is over. ``duplicate_of`` is the first film, by name, with the same content and options."""

    film: FilmReference
    sha256: str | None
    duplicate_of: str | None
    outcome: Outcome


class Ledger:
    """The ledger of one run in ``folder``, made where there is none. Close it; it is a context manager.

    It keeps every other run out as long as it is open, however its process ends. Raises `OutputError` where another run works in
    the folder, or it cannot be written, and `UsageError` where the folder holds a run with other settings.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._path = folder / LEDGER_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "Choose a folder with room and write access"
            raise OutputError(folder, f"cannot be created ({error.strerror})", remedy) from error
        with self._explained():
            self._base = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
        try:
            with self._explained():
                # Exclusive before the journal's mode is set: the lock then also keeps the journal's index out of shared memory.
                self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._base.execute("PRAGMA journal_mode = WAL")
                self._base.execute("PRAGMA synchronous = NORMAL")
                self._base.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} COMMIT;")
            self._agree(settings)
            self._forget_failures_of_the_moment()
            self._count = self._counted()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Let other runs in."""
        self._base.close()

    def take_down(self, films: Iterable[FilmReference]) -> None:
        """Take down which films there are now. What is known of them stays, unless a film's content or options have changed.

        Films that are not there any more leave the table. All of it is committed, or nothing.
        """
        with self._explained(), self._transaction():
            self._base.execute("UPDATE films SET listed = 0")
            self._base.executemany(
                f"INSERT INTO films ({_FILM}, listed) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET"
                " key = CASE WHEN signature = excluded.signature AND options = excluded.options THEN key END,"
                " location = excluded.location, options = excluded.options, extra = excluded.extra,"
                " signature = excluded.signature, listed = 1",
                map(_written, films),
            )
        self._count = self._counted()

    def count(self) -> Count:
        """How far the run is."""
        return self._count

    def _counted(self) -> Count:
        with self._explained():
            found = self._base.execute(
                "SELECT count(*), count(state), coalesce(sum(state = ?), 0)"
                " FROM films LEFT JOIN outcomes USING (key) WHERE listed",
                (FAILED,),
            ).fetchone()
        return Count(*map(int, found))

    def waiting(self) -> Iterator[FilmReference]:
        """The films that wait for work, by name, a few at a time, while others are recorded."""
        last = ""
        while True:
            with self._explained():
                page = self._base.execute(
                    f"SELECT {_FILM} FROM films WHERE name > ? AND {_WAITING} ORDER BY name LIMIT {_PAGE}", (last,)
                ).fetchall()
            if not page:
                return
            yield from map(_read, page)
            last = page[-1][0]

    def identify(self, film: FilmReference, sha256: str) -> bool:
        """Take down the content of a waiting film; whether there is an outcome for it already, which is then its own."""
        key = film.key(sha256)
        with self._explained():
            self._base.execute("UPDATE films SET sha256 = ?, key = ? WHERE name = ?", (sha256, key, film.name))
            known = self._base.execute("SELECT state FROM outcomes WHERE key = ?", (key,)).fetchone()
        if known is not None:
            self._add(1, known[0])
        return known is not None

    def record(self, film: FilmReference, outcome: Outcome) -> None:
        """Take down what became of a waiting film, and of its copies with it."""
        row = None if outcome.row is None else json.dumps(dict(outcome.row))
        state = FAILED if outcome.row is None else str(outcome.row["state"])
        with self._explained(), self._transaction():
            known = self._base.execute("SELECT key FROM films WHERE name = ?", (film.name,)).fetchone()[0]
            key = known if outcome.sha256 is None else film.key(outcome.sha256)
            if key is None:
                key = f"{_UNREAD}{film.name}"
            self._base.execute(
                "UPDATE films SET key = ?, sha256 = coalesce(?, sha256) WHERE name = ?", (key, outcome.sha256, film.name)
            )
            again = self._base.execute("SELECT 1 FROM outcomes WHERE key = ?", (key,)).fetchone() is not None
            self._base.execute(
                "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?)", (key, state, row, outcome.failure, outcome.failure_text)
            )
            now = 1 if again else self._base.execute("SELECT sum(listed) FROM films WHERE key = ?", (key,)).fetchone()[0]
        self._add(int(now), state)

    def entries(self) -> Iterator[Entry]:
        """Every film whose work is over, by name."""
        with self._explained():
            first = dict(
                self._base.execute(
                    "SELECT key, min(name) FROM films WHERE listed AND key NOTNULL GROUP BY key HAVING count(*) > 1"
                )
            )
            found = self._base.execute(
                f"SELECT {_FILM}, sha256, key, row, failure, failure_text FROM films JOIN outcomes USING (key)"
                " WHERE listed ORDER BY name"
            )
        for *film, sha256, key, row, failure, text in found:
            reference = _read(film)
            original = first.get(key, reference.name)
            cells: dict[str, Cell] | None = None if row is None else json.loads(row)
            yield Entry(
                reference, sha256, None if original == reference.name else original, Outcome(sha256, cells, failure, text)
            )

    def _add(self, films: int, state: str) -> None:
        total, done, failed = self._count
        self._count = Count(total, done + films, failed + films * (state == FAILED))

    def _forget_failures_of_the_moment(self) -> None:
        of_the_moment = ",".join("?" * len(OF_THE_MOMENT))
        with self._explained():
            self._base.execute(
                f"DELETE FROM outcomes WHERE failure IN ({of_the_moment}) OR key GLOB ?", (*OF_THE_MOMENT, f"{_UNREAD}*")
            )

    def _agree(self, settings: Settings) -> None:
        wanted = settings.document()
        with self._explained():
            known = dict(self._base.execute("SELECT name, value FROM settings"))
            if not known or self._base.execute("SELECT 1 FROM outcomes LIMIT 1").fetchone() is None:
                # Nothing has been done with them yet.
                self._base.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", wanted.items())
                return
        other = [
            f"{name} {known.get(name, 'unknown')} instead of {value}"
            for name, value in wanted.items()
            if known.get(name) != value
        ]
        if other:
            fault = f"holds a run with other settings ({', '.join(other)})"
            raise UsageError(self._path.parent, fault, "Choose another --out folder, or repeat the settings of that run")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._base.in_transaction:  # a full disk has ended it already
                self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text or "busy" in text:
                raise OutputError(
                    self._path.parent, "another run works in this folder", "Wait for it, or choose another --out folder"
                ) from error
            raise OutputError(self._path, f"cannot be written ({text})", "Choose a folder with room and write access") from error
        except sqlite3.DatabaseError as error:
            remedy = "Move the file away to begin anew, or choose another --out folder"
            raise OutputError(self._path, f"is no ledger of OsteoScreen, or damaged ({error})", remedy) from error


def _written(film: FilmReference) -> tuple[str, bytes, str, str, str]:
    location = film.location.encode("utf-8", "surrogatepass") if os.name == "nt" else os.fsencode(film.location)
    return film.name, location, film.options.text(), json.dumps(film.extra), film.signature


def _read(row: Iterable[object]) -> FilmReference:
    name, location, options, extra, signature = list(row)[:5]
    assert isinstance(location, bytes)
    return FilmReference(
        name=str(name),
        location=location.decode("utf-8", "surrogatepass") if os.name == "nt" else os.fsdecode(location),
        options=FilmOptions(**json.loads(str(options))),
        extra=tuple(json.loads(str(extra))),
        signature=str(signature),
    )
