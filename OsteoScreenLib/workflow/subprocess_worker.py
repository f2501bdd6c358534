"""`WorkerProcess` and `Timer` without Qt, for scripts and tests: events wait until the caller's own thread asks for them."""

from __future__ import annotations

import heapq
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Empty, Queue
from typing import IO

from OsteoScreenLib.workflow.process import Cancellable, ProcessListeners

_BLOCK = 64 * 1024


class EventLoop:
    """A queue of events and a timer; `pump` delivers both on the thread that calls it."""

    def __init__(self) -> None:
        self._events: Queue[Callable[[], None]] = Queue()
        self._due: list[tuple[float, int, _Call]] = []
        self._number = itertools.count()

    def post(self, event: Callable[[], None]) -> None:
        """Deliver ``event`` later; may be called from any thread."""
        self._events.put(event)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Cancellable:
        """See `Timer`."""
        later = _Call(call)
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), later))
        return later

    def pump(self, seconds: float = 0.0) -> bool:
        """Deliver what is due, waiting up to ``seconds`` for the first of it; whether there was anything."""
        end = time.monotonic() + seconds
        while True:
            delivered = self._deliver()
            now = time.monotonic()
            if delivered or now >= end:
                return delivered
            wake = min([end, *(due for due, _, _ in self._due[:1])])
            with suppress(Empty):
                self._events.get(timeout=max(wake - now, 0.001))()
                return True

    def pump_until(self, done: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Pump until ``done()`` or ``seconds`` have passed; whether it is done."""
        end = time.monotonic() + seconds
        while not done():
            left = end - time.monotonic()
            if left <= 0.0:
                return False
            self.pump(left)
        return True

    def _deliver(self) -> bool:
        delivered = False
        for _ in range(self._events.qsize()):
            self._events.get_nowait()()
            delivered = True
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2].make()
            delivered = True
        return delivered


class _Call:
    """A call that is due later."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """It will not be made."""
        self._call = None

    def make(self) -> None:
        """Make it, once."""
        call, self._call = self._call, None
        if call is not None:
            call()


class SubprocessWorker:
    """A child process whose events are posted to ``loop``. In a process group of its own, so that `kill` reaches its children."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """See `WorkerProcess`."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str], environment: Mapping[str, str], listeners: ProcessListeners) -> None:
        """See `WorkerProcess`."""
        try:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=sys.platform != "win32",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            reason = f"{error.strerror or error}: {command[0]}"
            self._loop.post(lambda: listeners.on_error_text(reason + "\n"))
            self._loop.post(lambda: listeners.on_end(None))
            return
        threading.Thread(target=self._watch, args=(self._process, listeners), daemon=True).start()

    def send(self, line: str) -> None:
        """See `WorkerProcess`."""
        if self._process is not None and self._process.stdin is not None:
            # ValueError: closed before.
            with suppress(OSError, ValueError):
                self._process.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
                self._process.stdin.flush()

    def close_input(self) -> None:
        """See `WorkerProcess`."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def terminate(self) -> None:
        """See `WorkerProcess`."""
        if self._process is not None and self.running:
            self._process.terminate()

    def kill(self) -> None:
        """See `WorkerProcess`."""
        if self._process is None or not self.running:
            return
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(self._process.pid)], capture_output=True, check=False)
        else:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _watch(self, process: subprocess.Popen[bytes], listeners: ProcessListeners) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            threading.Thread(target=self._read_lines, args=(process.stdout, listeners.on_line), daemon=True),
            threading.Thread(target=self._read_text, args=(process.stderr, listeners.on_error_text), daemon=True),
        ]
        for reader in readers:
            reader.start()
        status = process.wait()
        for reader in readers:
            # Not for ever: a grandchild may hold the pipe open.
            reader.join(timeout=1.0)
        self._loop.post(lambda: listeners.on_end(status))

    def _read_lines(self, stream: IO[bytes], on_line: Callable[[str], None]) -> None:
        with suppress(OSError, ValueError):
            for line in iter(lambda: stream.readline(_BLOCK), b""):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self._loop.post(lambda text=text: on_line(text))  # type: ignore[misc]

    def _read_text(self, stream: IO[bytes], on_text: Callable[[str], None]) -> None:
        with suppress(OSError, ValueError):
            for block in iter(lambda: os.read(stream.fileno(), _BLOCK), b""):
                text = block.decode("utf-8", "replace")
                self._loop.post(lambda text=text: on_text(text))  # type: ignore[misc]
