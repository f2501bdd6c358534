"""Empties a queue into its destination: what fails for now is tried again later, what is refused is set aside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.address import OWN_TITLE, DicomNode, Node
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.faults import Busy, Refused, Unreachable
from OsteoScreenLib.pacs.objects import DicomObject
from OsteoScreenLib.pacs.queue import Queue

TIMEOUT_S = 30.0
"""To connect, and to wait for the other side's next word."""

Log = Callable[[str], None]


class Destination(Protocol):
    """Whatever keeps objects."""

    def store(self, item: DicomObject) -> None:
        """Store one object. Raises `Unreachable`, `Busy`, `Refused`, or `PacsError` where no object could be stored."""
        ...

    def close(self) -> None:
        """End the connection; the next `store` opens it again."""
        ...


def open_destination(
    node: Node, credentials: Credentials, *, own_title: str = OWN_TITLE, timeout_s: float = TIMEOUT_S, confirm: bool = False
) -> Destination:
    """The destination at an address; nothing is connected yet. ``confirm``: see `WebDestination`. Raises `UsageError`."""
    if isinstance(node, DicomNode):
        if confirm:
            raise UsageError(
                str(node), "cannot be asked for what it keeps", "Use --confirm with the address of a DICOMweb service"
            )
        from OsteoScreenLib.pacs.cstore import DicomDestination
        from OsteoScreenLib.pacs.tls import client_context

        return DicomDestination(node, own_title, client_context(credentials) if node.tls else None, timeout_s)
    from OsteoScreenLib.pacs.stow import WebDestination

    return WebDestination(node, credentials, timeout_s, confirm=confirm)


class Sender:
    """Sends what is due, and says when to come again.

    ``attempts`` are those of this run: after so many for an object, or so many in a row without an answer, the rest waits for
    another run (``None``: for ever).
    """

    def __init__(
        self, queue: Queue, destination: Destination, name: str, backoff: Backoff, log: Log, attempts: int | None = None
    ) -> None:
        self._queue = queue
        self._destination = destination
        self._name = name
        self._backoff = backoff
        self._log = log
        self._attempts = attempts
        self._tried: dict[int, int] = {}
        self._silent = 0
        self._pause_until = 0.0
        queue.begin_run(name)

    def send_due(self, now: Callable[[], float] = time.monotonic) -> float | None:
        """Send everything whose time has come; the time of the next attempt (``None``: nothing more in this run).

        Raises `PacsError` where nothing can be sent to this destination until a person changes something.
        """
        try:
            while now() >= self._pause_until and not self._gave_up():
                queued = self._queue.next_due(self._name, now())
                if queued is None:
                    break
                try:
                    self._destination.store(queued.item)
                except Unreachable as fault:
                    self._silent += 1
                    wait_s = self._backoff.wait_s(self._silent)
                    self._pause_until = now() + wait_s
                    self._queue.postpone(queued, str(fault), self._pause_until)
                    self._log(f"{self._name}: {fault}" + ("" if self._gave_up() else f"; next attempt in {wait_s:.1f} s"))
                except Busy as fault:
                    tried = self._tried[queued.number] = self._tried.get(queued.number, 0) + 1
                    last = self._attempts is not None and tried >= self._attempts
                    self._queue.postpone(queued, str(fault), None if last else now() + self._backoff.wait_s(tried))
                    self._log(f"{queued.item.uid}: not stored yet: {fault}")
                except Refused as fault:
                    self._silent = 0
                    self._queue.mark_refused(queued, str(fault))
                    self._log(f"{queued.item.uid}: refused: {fault}")
                else:
                    self._silent = 0
                    self._queue.mark_sent(queued)
                    self._log(f"{queued.item.uid}: stored")
        finally:
            self._destination.close()
        if self._gave_up():
            return None
        next_time = self._queue.next_time(self._name)
        return None if next_time is None else max(next_time, self._pause_until)

    def _gave_up(self) -> bool:
        return self._attempts is not None and self._silent >= self._attempts


def send_until_done(sender: Sender, retry_for_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
    """Send until nothing waits, until the sender gives up, or for ``retry_for_s`` seconds. Raises `PacsError`."""
    deadline = time.monotonic() + retry_for_s
    while (next_time := sender.send_due()) is not None:
        wait_s = max(0.0, next_time - time.monotonic())
        if time.monotonic() + wait_s > deadline:
            return
        sleep(wait_s)
