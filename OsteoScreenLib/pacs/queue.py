"""What is to be stored where: one row for each object and destination, which outlives every process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import uuid4

from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.disk import keep_copy
from OsteoScreenLib.pacs.objects import DicomObject

_NEVER = 1e15
"""A time of the next attempt that does not come in this run."""


class Added(str, Enum):
    """What became of an object that was brought to the queue."""

    NEW = "new"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    OTHER_CONTENT = "other content"
    """The destination has, or gets, another object under the same UID."""


@dataclass(frozen=True)
class Queued:
    """An object that waits; ``attempts`` are those of all runs."""

    number: int
    item: DicomObject
    attempts: int


@dataclass(frozen=True)
class Counts:
    """How many objects of a destination are in which state; ``elsewhere`` wait for other destinations."""

    waiting: int
    sent: int
    refused: int
    elsewhere: int

    def __str__(self) -> str:
        """In words, for a person."""
        others = f", {self.elsewhere} waiting for other destinations" if self.elsewhere else ""
        return f"{self.sent} stored, {self.waiting} waiting, {self.refused} refused{others}"


class Queue:
    """The outbox in a `QueueDatabase`. All methods raise `OutputError` where the disk fails."""

    def __init__(self, database: QueueDatabase) -> None:
        self._database = database

    def add(self, objects: Sequence[DicomObject], destination: str, *, again: bool = False) -> list[Added]:
        """Take copies of the objects; when this returns they are on the disk and will be stored.

        The same UID is stored at a destination once, and never replaced there. ``again`` gives refused ones another try.
        """
        with self._database.transaction():
            return [self._add(each, destination, again) for each in objects]

    def next_due(self, destination: str, now: float) -> Queued | None:
        """The object to try next: of those whose time has come the one with the fewest attempts, then the oldest.

        Times are of a run's own monotonic clock: a clock that is set meanwhile delays nothing.
        """
        rows = self._database.rows(
            "SELECT number, file, uid, sop_class, transfer_syntax, sha256, attempts FROM objects"
            " WHERE destination = ? AND state = 'waiting' AND next_try <= ? ORDER BY attempts, number LIMIT 1",
            destination, now,
        )  # fmt: skip
        for number, file, uid, sop_class, syntax, sha256, attempts in rows:
            return Queued(number, DicomObject(self._database.objects / file, uid, sop_class, syntax, sha256), attempts)
        return None

    def next_time(self, destination: str) -> float | None:
        """When the next object may be tried; ``None`` where none will be in this run."""
        question = "SELECT min(next_try) FROM objects WHERE destination = ? AND state = 'waiting' AND next_try < ?"
        found = self._database.rows(question, destination, _NEVER)[0][0]
        return None if found is None else float(found)

    def begin_run(self, destination: str) -> None:
        """Everything that waits may be tried at once: whoever starts a run wants it now."""
        with self._database.transaction() as database:
            database.execute("UPDATE objects SET next_try = 0 WHERE destination = ? AND state = 'waiting'", (destination,))

    def mark_sent(self, queued: Queued) -> None:
        """It is stored; the copy is removed."""
        self._set(queued, "state = 'sent', attempts = attempts + 1, error = NULL")
        queued.item.file.unlink(missing_ok=True)

    def mark_refused(self, queued: Queued, reason: str) -> None:
        """It will not be stored; the copy stays, so that a person can look at it or have it tried again."""
        self._set(queued, "state = 'refused', attempts = attempts + 1, error = ?", reason)

    def postpone(self, queued: Queued, reason: str, next_try: float | None) -> None:
        """An attempt failed; the next one comes at ``next_try`` (``None``: not in this run)."""
        self._set(queued, "attempts = attempts + 1, error = ?, next_try = ?", reason, _NEVER if next_try is None else next_try)

    def counts(self, destination: str) -> Counts:
        """How many are in which state."""
        rows = self._database.rows("SELECT destination = ?, state, count(*) FROM objects GROUP BY 1, 2", destination)
        found = {(bool(here), state): int(count) for here, state, count in rows}
        of = lambda state: found.get((True, state), 0)  # noqa: E731
        return Counts(of("waiting"), of("sent"), of("refused"), found.get((False, "waiting"), 0))

    def troubles(self, destination: str) -> list[tuple[str, str, str]]:
        """UID, state and last reason of all that is refused, or waits after a failed attempt."""
        return self._database.rows(
            "SELECT uid, state, error FROM objects"
            " WHERE destination = ? AND state != 'sent' AND error IS NOT NULL ORDER BY number",
            destination,
        )

    def _add(self, item: DicomObject, destination: str, again: bool) -> Added:
        question = "SELECT number, state, sha256 FROM objects WHERE destination = ? AND uid = ?"
        for number, state, sha256 in self._database.rows(question, destination, item.uid):
            if sha256 != item.sha256:
                return Added.OTHER_CONTENT
            if state == "refused" and again:
                with self._database.transaction() as database:
                    database.execute("UPDATE objects SET state = 'waiting', next_try = 0 WHERE number = ?", (number,))
                return Added.NEW
            return Added(state)
        copy = keep_copy(item.file, self._database.objects / f"{uuid4().hex}.dcm")
        with self._database.transaction() as database:
            database.execute(
                "INSERT INTO objects (destination, uid, sop_class, transfer_syntax, sha256, file, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting')",
                (destination, item.uid, item.sop_class, item.transfer_syntax, item.sha256, copy.name),
            )
        return Added.NEW

    def _set(self, queued: Queued, what: str, *values: object) -> None:
        with self._database.transaction() as database:
            database.execute(f"UPDATE objects SET {what} WHERE number = ?", (*values, queued.number))
