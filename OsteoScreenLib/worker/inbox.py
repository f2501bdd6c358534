"""The resident worker's standard input: one job file per line, and the news that whoever started the worker is gone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

from OsteoScreenLib.worker.termination import TERMINATED

_LONGEST_LINE = 64 * 1024
_PATIENCE_S = 10.0
"""After this long without an end, which only a call that cannot be interrupted takes, the process ends itself."""


class Inbox:
    """Reads lines in a thread of its own, so that the end of the input is noticed while a job runs.

    A thread that waits in ``read`` is the one way that works for pipes on every system. It reads the descriptor itself: the
    interpreter could not end while it held the lock of ``sys.stdin``.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._lines: Queue[str | None] = Queue()
        self._lock = threading.Lock()
        self._busy = self._closed = False
        threading.Thread(target=self._listen, args=(_own_input(),), name="inbox", daemon=True).start()

    def take(self) -> Path | None:
        """The next job file, waited for; ``None`` at the end of the input, whatever is still waiting.

        Until `done` the caller counts as busy: the end of the input then calls ``interrupt``.
        """
        line = self._lines.get()
        with self._lock:
            if line is None or self._closed:
                return None
            self._busy = True
            return Path(line)

    def done(self) -> None:
        """The job is through, and its answer may be given: whoever gets it may close the input at once."""
        with self._lock:
            self._busy = False

    def _listen(self, descriptor: int) -> None:
        for line in _lines(descriptor):
            self._lines.put(line)
        with self._lock:
            self._closed = True
            busy = self._busy
        self._lines.put(None)
        if busy:
            self._interrupt()
        time.sleep(_PATIENCE_S)
        os._exit(TERMINATED)


def _own_input() -> int:
    """Take standard input away from everything else; what reads it meets its end."""
    mine = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return mine


def _lines(descriptor: int) -> Iterator[str]:
    """Lines that are not empty, up to the end of the input. One too long to be a path is cut short, and so names no file."""
    rest = b""
    while True:
        try:
            block = os.read(descriptor, _LONGEST_LINE)
        except OSError:
            return
        if not block:
            return
        *whole, rest = (rest + block).split(b"\n")
        rest = rest[:_LONGEST_LINE]
        for line in whole:
            text = line.decode("utf-8", "surrogateescape").strip()
            if text:
                yield text
