"""One worker process and the parent's hold on it. A worker that dies or hangs costs its film only.

Messages to the worker: ``("screen", film)``, ``("draw", film)``, and, in answer to ``("is", sha256)``, whether to go on.
Messages from it: ``("is", sha256)``, ``("done", outcome)``, ``("fault", error)`` for what concerns every film.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.values import FilmReference
from OsteoScreenLib.errors import OsteoScreenError

STARTING_S = 120.0
"""Added to the time-out of a worker's first film: it loads its libraries and the model."""
_ENDING_S = 5.0
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class WorkerProcess:
    """A process that works on one film at a time, as its parent sees it.

    ``film`` is what it works on (``None``: idle), ``overdue`` the moment (`time.monotonic`) from which it counts as hanging,
    ``films`` how many films it was given.
    """

    def __init__(self, work: FilmWork, timeout_s: float) -> None:
        self.film: FilmReference | None = None
        self.films = 0
        self.overdue = float("inf")
        self._timeout_s = timeout_s
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with _one_thread_each():
            self._process.start()
        theirs.close()

    def begin(self, film: FilmReference, what: str = "screen") -> None:
        """Give it a film. A process that is gone already shows in `receive`."""
        self.film = film
        self.overdue = time.monotonic() + self._timeout_s + (STARTING_S if self.films == 0 else 0.0)
        self.films += 1
        self.answer((what, film))

    def answer(self, message: Any) -> None:
        """Send a message. That a process is gone is seen where its messages are received."""
        with suppress(OSError):
            self.connection.send(message)

    def receive(self) -> tuple[str, Any]:
        """The next message; raises `EOFError` where the process ended instead."""
        try:
            return self.connection.recv()
        except OSError as error:
            raise EOFError from error

    def ask_to_end(self) -> None:
        """Let the process clean up what is half-written, and end."""
        self._process.terminate()

    def end(self) -> None:
        """End the process: asked first, then killed."""
        self.ask_to_end()
        self._process.join(_ENDING_S)
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def next_ready(workers: list[WorkerProcess], seconds: float) -> list[WorkerProcess]:
    """Those of the busy ``workers`` that have said something or ended, after waiting at most so long for the first."""
    ready = wait([worker.connection for worker in workers], seconds)
    return [worker for worker in workers if worker.connection in ready]


def _serve(connection: Connection, work: FilmWork) -> None:
    """The worker's own loop, until its parent closes the connection or is gone."""
    from OsteoScreenLib.worker.termination import Terminated, raise_when_terminated

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the parent decides
    raise_when_terminated()
    _end_with_parent()

    def wanted(sha256: str) -> bool:
        connection.send(("is", sha256))
        return bool(connection.recv())

    try:
        while True:
            what, film = connection.recv()
            try:
                done = work.thumbnail(film) if what == "draw" else work.screen(film, wanted)
                connection.send(("done", done))
            except OsteoScreenError as error:
                connection.send(("fault", error))
    except (EOFError, OSError, Terminated):
        # The parent is gone or wants us gone. Skip what libraries do at exit: some of them hang there.
        os._exit(0)


def _end_with_parent() -> None:
    """A parent that is killed outright takes its workers with it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started here compute with one thread: there is one of them per core."""
    changed = dict.fromkeys(_ONE_THREAD, "1")
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
