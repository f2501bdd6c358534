"""Films shared out to processes of this machine, one film each at a time."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.values import DIED, TIMED_OUT, FilmReference, Outcome
from OsteoScreenLib.archive.worker_process import WorkerProcess, next_ready

TRIES = 2
"""How often a film is given to a worker that then dies or hangs."""
RENEWED_AFTER = 2000
"""Films after which a worker is replaced by a fresh process, whatever it holds."""
GROWTH = 1.5
GROWTH_MB = 256.0
SETTLED = 5
"""A worker is replaced when it holds more than `GROWTH` times what it held after `SETTLED` films, and `GROWTH_MB` more."""
_LOOK_S = 1.0
"""Seconds between two looks for workers that hang."""

Wanted = Callable[[FilmReference, str], bool]
"""Whether a film, whose SHA-256 is now known, has still to be screened."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalWorkers:
    """A number of worker processes, replaced as they die, hang or grow. ``replaced`` counts the first two."""

    def __init__(self, work: FilmWork, count: int, timeout_s: float) -> None:
        self.replaced = 0
        self._work, self._count, self._timeout_s = work, count, timeout_s
        self._workers: list[WorkerProcess] = []
        self._settled_mb: dict[WorkerProcess, float] = {}
        self._tries: dict[str, int] = {}
        self._again: deque[FilmReference] = deque()

    def screen(self, films: Iterable[FilmReference], wanted: Wanted) -> Iterator[tuple[FilmReference, Outcome | None]]:
        """Each film with its outcome, in the order in which they are ready; ``None`` for films that were not wanted.

        No more films are taken from ``films`` than there are workers. Raises `OsteoScreenError` for what concerns every film.
        """
        yield from self._share_out(iter(films), "screen", wanted)

    def thumbnails(self, films: Iterable[FilmReference]) -> Iterator[tuple[FilmReference, bytes | None]]:
        """Each film with a small JPEG of it, or ``None`` where that cannot be had."""
        for film, drawn in self._share_out(iter(films), "draw", lambda film, sha256: True):
            yield film, drawn if isinstance(drawn, bytes) else None

    def end(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.ask_to_end()
        while self._workers:
            self._workers.pop().end()

    def _share_out(self, films: Iterator[FilmReference], what: str, wanted: Wanted) -> Iterator[tuple[FilmReference, Any]]:
        while True:
            self._hand_out(films, what)
            busy = [worker for worker in self._workers if worker.film is not None]
            if not busy:
                return
            for worker in next_ready(busy, _LOOK_S):
                yield from self._hear(worker, wanted)
            now = time.monotonic()
            for worker in [each for each in self._workers if each.overdue < now]:
                yield from self._lost(worker, TIMED_OUT)

    def _hand_out(self, films: Iterator[FilmReference], what: str) -> None:
        """A film for every worker that is idle, and workers for films as long as there may be more of them."""
        idle = [worker for worker in self._workers if worker.film is None]
        while idle or len(self._workers) < self._count:
            film = self._again.popleft() if self._again else next(films, None)
            if film is None:
                return
            if not idle:
                idle.append(self._started())
            idle.pop().begin(film, what)

    def _started(self) -> WorkerProcess:
        worker = WorkerProcess(self._work, self._timeout_s)
        self._workers.append(worker)
        return worker

    def _hear(self, worker: WorkerProcess, wanted: Wanted) -> Iterator[tuple[FilmReference, Any]]:
        film = worker.film
        assert film is not None
        try:
            kind, said = worker.receive()
        except EOFError:
            yield from self._lost(worker, DIED)
            return
        if kind == "is":
            worker.answer(wanted(film, said))
        elif kind == "fault":
            raise said
        else:
            worker.film, worker.overdue = None, float("inf")
            self._tries.pop(film.name, None)
            if isinstance(said, Outcome):
                self._renew_where_grown(worker, said.resident_mb)
            yield film, said

    def _lost(self, worker: WorkerProcess, code: str) -> Iterator[tuple[FilmReference, Outcome]]:
        """A worker died or hangs: its film is tried once more, and then given up."""
        film = worker.film
        assert film is not None
        self._drop(worker)
        worker.kill()
        self.replaced += 1
        self._tries[film.name] = self._tries.get(film.name, 0) + 1
        if self._tries[film.name] < TRIES:
            self._again.append(film)
            return
        del self._tries[film.name]
        yield film, gave_up(code, self._timeout_s)

    def _renew_where_grown(self, worker: WorkerProcess, resident_mb: float | None) -> None:
        grown = False
        if resident_mb is not None:
            settled = self._settled_mb.get(worker)
            if settled is None and worker.films >= SETTLED:
                self._settled_mb[worker] = resident_mb
            grown = settled is not None and resident_mb > max(GROWTH * settled, settled + GROWTH_MB)
        if grown or worker.films >= RENEWED_AFTER:
            self._drop(worker)
            worker.end()

    def _drop(self, worker: WorkerProcess) -> None:
        self._workers.remove(worker)
        with suppress(KeyError):
            del self._settled_mb[worker]


def gave_up(code: str, timeout_s: float) -> Outcome:
    """The outcome of a film that no worker came back from."""
    fault = {
        DIED: f"the process that worked on it ended {TRIES} times without a word (out of memory, or a fault of a library)",
        TIMED_OUT: f"it took longer than {timeout_s:g} seconds, {TRIES} times",
    }[code]
    remedy = {
        DIED: "Look at the film by itself with 'osteoscreen screen', or use fewer workers",
        TIMED_OUT: "Give it more time with --timeout",
    }[code]
    return Outcome(None, None, code, f"{fault}. {remedy}")
