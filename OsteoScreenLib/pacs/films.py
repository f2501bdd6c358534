"""Films that came to be screened: each once, whatever is sent again, and however often the process is killed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.file_names import safe_name
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.disk import keep_bytes, keep_copy
from OsteoScreenLib.pacs.objects import DicomObject, is_ours
from OsteoScreenLib.pacs.queue import Queue

MOST_STARTS = 3
"""Times that a film is begun; one that ended the process every time is set aside."""


@dataclass(frozen=True)
class Film:
    """A film that waits to be screened; ``starts`` counts this attempt."""

    number: int
    uid: str
    file: Path
    starts: int


class Films:
    """The inbox in a `QueueDatabase`, for any thread. All methods raise `OutputError` where the disk fails."""

    def __init__(self, database: QueueDatabase) -> None:
        self._database = database

    def known(self, uid: str) -> bool:
        """Whether this film came before."""
        return bool(self._database.rows("SELECT 1 FROM films WHERE uid = ?", uid))

    def made(self, uid: str) -> bool:
        """Whether this is an object that was made of one of the films, and came back to where it was made."""
        return bool(self._database.rows("SELECT 1 FROM objects WHERE uid = ?", uid))

    def receive(self, uid: str, content: bytes) -> str:
        """Keep a film; when this returns it is on the disk. Says what was done: ``received``, ``known`` or ``own``.

        What OsteoScreen itself wrote is not kept: it came back to where it was made.
        """
        if self.known(uid):
            return "known"
        target = self.place_for(uid)
        keep_bytes(content, target)
        return self.enter(uid, target)

    def place_for(self, uid: str) -> Path:
        """Where the file of a film lies until it is screened."""
        return self._database.received / f"{safe_name(uid)}.dcm"

    def enter(self, uid: str, file: Path) -> str:
        """Count a film whose file lies at `place_for`; returns as `receive`."""
        own = is_ours(file)
        with self._database.transaction() as database:
            if self.known(uid):
                return "known"
            state = "own" if own else "received"
            database.execute("INSERT INTO films (uid, file, state) VALUES (?, ?, ?)", (uid, file.name, state))
        if own:
            file.unlink(missing_ok=True)
        return state

    def begin_next(self) -> Film | None:
        """The oldest film that waits, its start counted before it is begun; ``None`` where none waits.

        One that ended the process `MOST_STARTS` times is refused instead.
        """
        while True:
            rows = self._database.rows(
                "SELECT number, uid, file, starts FROM films WHERE state = 'received' ORDER BY starts, number LIMIT 1"
            )
            for number, uid, file, starts in rows:
                film = Film(number, uid, self._database.received / file, starts + 1)
                if starts >= MOST_STARTS:
                    self.refuse(film, f"the program ended {starts} times while it screened this film")
                    break
                with self._database.transaction() as database:
                    database.execute("UPDATE films SET starts = starts + 1 WHERE number = ?", (number,))
                return film
            else:
                return None

    def finish(self, film: Film, objects: Sequence[DicomObject], queue: Queue, destination: str) -> int:
        """The film is screened, and its objects are queued: both or neither. Returns how many objects are new."""
        with self._database.transaction() as database:
            added = queue.add(objects, destination)
            database.execute("UPDATE films SET state = 'screened' WHERE number = ?", (film.number,))
        film.file.unlink(missing_ok=True)
        return sum(each == "new" for each in added)

    def refuse(self, film: Film, reason: str) -> None:
        """Set a film aside, with the reason in a text file beside it."""
        name = safe_name(film.uid)
        keep_bytes(f"{reason}\n".encode(), self._database.refused / f"{name}.txt")
        if film.file.exists():
            keep_copy(film.file, self._database.refused / f"{name}.dcm")
        with self._database.transaction() as database:
            database.execute("UPDATE films SET state = 'refused', reason = ? WHERE number = ?", (reason, film.number))
        film.file.unlink(missing_ok=True)

    def put_back(self, film: Film) -> None:
        """A film was begun and given up for a reason that is not its own: the start does not count."""
        with self._database.transaction() as database:
            database.execute("UPDATE films SET starts = max(0, starts - 1) WHERE number = ?", (film.number,))

    def counts(self) -> dict[str, int]:
        """How many films are in which state."""
        return {state: int(count) for state, count in self._database.rows("SELECT state, count(*) FROM films GROUP BY state")}
