"""Films come in, are screened, and their objects go out: each film once, through every kill."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from OsteoScreenLib.errors import BundleError, FilmError, OsteoScreenError, UsageError
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.films import Film, Films
from OsteoScreenLib.pacs.objects import DicomObject, read_object
from OsteoScreenLib.pacs.queue import Queue
from OsteoScreenLib.pacs.sender import Log, Sender

Screen = Callable[[Path, Path], Sequence[Path]]
"""Screens the film in a file and writes the DICOM objects to store into the folder, which exists; returns their files.

The same film must give the same UIDs. Raises `FilmError` where this film cannot be screened, another `OsteoScreenError` where
none can."""

_LONGEST_WAIT_S = 600.0


class Source(Protocol):
    """Where films come from; ``done`` says that no more come unless somebody makes new ones."""

    done: bool

    def poll(self) -> float | None:
        """Take in what is new; when to ask again (``None``: they come by themselves). Raises `PacsError`."""
        ...


class Arriving:
    """Films that a receiver takes in from its own threads."""

    done = True

    def poll(self) -> None:
        """Nothing to do."""
        return


class Watch:
    """The inbox, the screening, and the outbox in one queue's folder. `wake` tells it that a film came."""

    def __init__(
        self, database: QueueDatabase, films: Films, queue: Queue, sender: Sender, destination: str, screen: Screen, log: Log
    ) -> None:
        self._work = database.work
        self._films = films
        self._queue = queue
        self._sender = sender
        self._destination = destination
        self._screen = screen
        self._log = log
        self._woken = threading.Event()

    def wake(self) -> None:
        """A film came."""
        self._woken.set()

    def run(self, source: Source, *, once: bool = False) -> None:
        """Go on until interrupted; ``once``: until everything there is now has been screened and stored, or given up.

        Raises what stops a run: `PacsError`, `BundleError`, `UsageError`, `OutputError`. Nothing is lost by it.
        """
        while True:
            self._woken.clear()
            next_poll = source.poll()
            worked = self._screen_next()
            next_send = self._sender.send_due()
            if worked:
                continue
            if once and source.done and next_send is None:
                return
            times = [moment for moment in (next_poll, next_send) if moment is not None]
            wait_s = min([_LONGEST_WAIT_S, *(moment - time.monotonic() for moment in times)])
            self._woken.wait(max(0.0, wait_s))

    def _screen_next(self) -> bool:
        """Screen one film and queue its objects; whether there was one."""
        film = self._films.begin_next()
        if film is None:
            return False
        folder = self._work / uuid4().hex
        try:
            folder.mkdir(mode=0o700)
            objects = _objects(self._screen(film.file, folder))
            new = self._films.finish(film, objects, self._queue, self._destination)
            self._log(f"{film.uid}: screened, {new} objects to store")
        except FilmError as error:
            self._refuse(film, f"{error.fault}. {error.remedy}")
        except (BundleError, UsageError):
            self._films.put_back(film)
            raise
        except OsteoScreenError:
            raise
        except Exception as error:
            # No words of the error: they may repeat what stands in the film.
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._refuse(
                film, f"unexpected {type(error).__name__} at {Path(where.filename).name}:{where.lineno}. Please report this"
            )
        except BaseException:
            self._films.put_back(film)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return True

    def _refuse(self, film: Film, reason: str) -> None:
        self._films.refuse(film, reason)
        self._log(f"{film.uid}: refused: {reason}")


def _objects(files: Sequence[Path]) -> list[DicomObject]:
    try:
        return [read_object(path) for path in files]
    except UsageError as error:
        raise FilmError(error.place, f"a DICOM object of its result is damaged: {error.fault}", "Please report this") from error
