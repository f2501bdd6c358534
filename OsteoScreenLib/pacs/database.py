"""The queue's folder: a SQLite database, private copies of what is to be stored or screened, and one process at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.pacs.disk import private_folder, remove_others

_VERSION = 1
_SCHEMA = """
CREATE TABLE objects (
    number INTEGER PRIMARY KEY,
    destination TEXT NOT NULL,
    uid TEXT NOT NULL,
    sop_class TEXT NOT NULL,
    transfer_syntax TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    error TEXT,
    UNIQUE (destination, uid)
);
CREATE INDEX due ON objects (destination, state, next_try);
CREATE INDEX objects_by_uid ON objects (uid);
CREATE TABLE films (
    number INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('received', 'screened', 'refused', 'own')),
    starts INTEGER NOT NULL DEFAULT 0,
    reason TEXT
);
CREATE INDEX films_by_state ON films (state);
"""


class QueueDatabase:
    """The opened folder. Raises `OutputError` where another process has it open, or it holds something else.

    Everything that is committed has reached the disk (WAL, synchronous FULL). Methods may be called from any thread.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = private_folder(Path(folder))
        self.objects = private_folder(self.folder / "objects")
        self.received = private_folder(self.folder / "received")
        self.refused = private_folder(self.folder / "refused")
        self.work = private_folder(self.folder / "work")
        self._lock = threading.RLock()
        self._depth = 0
        self._claim = _claim(self.folder)
        try:
            self._connection = _opened(self.folder / "queue.sqlite")
        except BaseException:
            self._claim.close()
            raise
        self._tidy()

    def close(self) -> None:
        """Let another process have it."""
        with self._lock:
            self._connection.close()
            self._claim.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything or nothing; within another transaction, a part of that one. Raises `OutputError`."""
        with self._lock:
            outermost = self._depth == 0
            self._depth += 1
            try:
                if outermost:
                    self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                if outermost:
                    self._connection.execute("COMMIT")
            except BaseException as error:
                if outermost and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise OutputError(self.folder, f"cannot keep the queue ({error})", "Make room on the disk") from error
                raise
            finally:
                self._depth -= 1

    def rows(self, question: str, *values: object) -> list[tuple]:
        """Answers of a SELECT."""
        with self.transaction() as database:
            return database.execute(question, values).fetchall()

    def _tidy(self) -> None:
        """Remove what a killed process had copied and not yet counted, or counted as done and not yet removed."""
        remove_others(self.objects, {file for (file,) in self.rows("SELECT file FROM objects WHERE state != 'sent'")})
        remove_others(self.received, {file for (file,) in self.rows("SELECT file FROM films WHERE state = 'received'")})
        remove_others(self.work, set())


def _claim(folder: Path) -> sqlite3.Connection:
    """A lock that the system takes back when the process ends: a transaction that never ends, in a database of its own."""
    claim = sqlite3.connect(folder / "lock.sqlite", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        claim.close()
        remedy = "Wait until it has ended, or name another --queue"
        raise OutputError(folder, f"is used by another process, or cannot be locked ({error})", remedy) from error
    return claim


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
        elif version != _VERSION:
            fault = f"is a queue of version {version}, this software reads {_VERSION}"
            raise OutputError(path, fault, "Use the OsteoScreen that wrote it, or another --queue")
    except sqlite3.Error as error:
        connection.close()
        raise OutputError(
            path, f"is no queue, or damaged ({error})", "Restore it from a copy, or name another --queue"
        ) from error
    except OutputError:
        connection.close()
        raise
    return connection
