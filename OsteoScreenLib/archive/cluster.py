"""Films shared out to the workers of a Dask cluster, one film per worker process at a time; the ledger stays here."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.local import TRIES, Wanted, gave_up
from OsteoScreenLib.archive.values import DIED, FilmReference, Outcome
from OsteoScreenLib.archive.worker_process import STARTING_S
from OsteoScreenLib.errors import UsageError

_CONNECT_S = 30.0


class ClusterWorkers:
    """The workers of the cluster at ``address``.

    A film on a worker that dies is given to another one by Dask; where Dask gives up, it is handed out once more and then counted
    as failed. A worker whose film takes too long ends itself, which comes to the same. Films are read by the workers: they need
    the same paths, the same bundle, and this version of OsteoScreen.
    """

    def __init__(self, address: str, work: FilmWork, timeout_s: float) -> None:
        if find_spec("distributed") is None:
            raise UsageError("--scheduler", "needs the package distributed", 'Run: pip install "osteoscreen[cluster]"')
        from distributed import Client

        self._work, self._timeout_s = work, timeout_s
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            remedy = "Start one with 'dask scheduler', and name it such as tcp://host:8786"
            raise UsageError("--scheduler", f"no Dask scheduler answers at {address} ({error})", remedy) from error

    def end(self) -> None:
        """Leave the cluster; films handed out are called back."""
        self._client.close()

    def screen(self, films: Iterable[FilmReference], wanted: Wanted) -> Iterator[tuple[FilmReference, Outcome | None]]:
        """Each film with its outcome, in the order in which they are ready; ``None`` for films that were not wanted.

        Raises `OsteoScreenError` for what concerns every film.
        """
        from distributed import as_completed

        left = iter(films)
        handed: dict[Any, tuple[FilmReference, Callable[..., Any], int]] = {}
        ready = as_completed(loop=self._client.loop)

        def hand_out(film: FilmReference, task: Callable[..., Any], tries: int) -> None:
            future = self._client.submit(task, self._work, film, self._timeout_s, pure=False)
            handed[future] = (film, task, tries)
            ready.add(future)

        def fill() -> None:
            while len(handed) < self._processes() and (film := next(left, None)) is not None:
                hand_out(film, identify_film, 0)

        fill()
        for future in ready:
            film, task, tries = handed.pop(future)
            lost = _lost(future)
            if lost and tries + 1 < TRIES:
                hand_out(film, task, tries + 1)
            elif lost:
                yield film, gave_up(DIED, self._timeout_s)
            elif task is identify_film and (future.result() is None or wanted(film, future.result())):
                hand_out(film, screen_film, 0)
            else:
                yield film, None if task is identify_film else future.result()
            future.release()
            fill()

    def _processes(self) -> int:
        """Worker processes there are now; at least one is waited for."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))


def identify_film(work: FilmWork, film: FilmReference, timeout_s: float) -> str | None:
    """On a worker: the film's SHA-256."""
    with _Watched(timeout_s):
        return work.identify(film)


def screen_film(work: FilmWork, film: FilmReference, timeout_s: float) -> Outcome | None:
    """On a worker: what becomes of the film."""
    with _Watched(timeout_s):
        return work.screen(film, lambda sha256: True)


class _Watched:
    """Ends this process where the body takes too long: nothing else stops a library that hangs."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def __enter__(self) -> None:
        self._nowhere = open(os.devnull, "w")
        faulthandler.dump_traceback_later(self._timeout_s + STARTING_S, exit=True, file=self._nowhere)

    def __exit__(self, *reason: object) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._nowhere.close()


def _lost(future: Any) -> bool:
    """Whether Dask gave a film up because its workers died. Raises what else kept it from its end."""
    from distributed.scheduler import KilledWorker

    if future.status == "finished":
        return False
    if future.status != "error":
        raise UsageError("--scheduler", "the cluster went away", "Run the same command again when it is back")
    error = future.exception()
    if not isinstance(error, KilledWorker):
        raise error
    return True
