"""The films that a DICOMweb server lists, fetched one by one into a private folder and removed again."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from OsteoScreenLib.archive.values import FilmReference
from OsteoScreenLib.errors import FilmError, UsageError
from OsteoScreenLib.pacs.address import web_node
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.credentials import read_credentials
from OsteoScreenLib.pacs.faults import Busy, PacsError, Refused, Unreachable
from OsteoScreenLib.pacs.packages import silence_libraries
from OsteoScreenLib.pacs.qido import FilmAddress, FilmQuery, condition, find_films
from OsteoScreenLib.pacs.wado import fetch_film, film_file
from OsteoScreenLib.pacs.web import WebSession

ATTEMPTS = 4
"""Times that a film or a list is asked for."""
TIMEOUT_S = 30.0
SCRATCH = ".fetched"
"""Folder beside the ledger in which films lie while they are screened."""
_Got = TypeVar("_Got")


@dataclass(frozen=True)
class PacsSource:
    """The films on the server ``url`` that match ``where`` (DICOM keywords and values), as `FilmQuery` asks for them.

    ``scratch`` gets one private folder per film in work. Secrets come from the environment of each process
    (OSTEOSCREEN_PACS_TOKEN, or _USER and _PASSWORD); none is kept here.
    """

    url: str
    where: tuple[tuple[str, str], ...]
    scratch: Path

    @classmethod
    def of(cls, text: str, scratch: Path) -> PacsSource:
        """The source of an address such as ``https://host/dicom-web?StudyDate=20260101-``. Raises `UsageError`."""
        address, _, query = text.partition("?")
        try:
            where = tuple(condition(f"{key}={value}") for key, value in parse_qsl(query, True, True)) if query else ()
        except ValueError as error:
            raise UsageError(address, f"has a condition that is not {error}", "Write ?KEY=VALUE&KEY=VALUE") from error
        return cls(web_node(address).url, where, scratch)

    @property
    def columns(self) -> tuple[str, ...]:
        """None: a server has no table."""
        return ()

    def films(self) -> Iterator[FilmReference]:
        """The films in the server's order. Raises `PacsError` or `UsageError` where it cannot be asked."""
        where = dict(self.where)
        query = FilmQuery(where.pop("StudyInstanceUID", None), where.pop("SeriesInstanceUID", None), None, where)
        with self._session() as session:
            try:
                found = _patiently(lambda: list(find_films(session, query)))
            except (Unreachable, Busy, Refused) as fault:
                raise PacsError(str(session.node), str(fault), "Run the same command again later") from fault
        for film in found:
            place = "/".join((film.study, film.series, film.instance))
            yield FilmReference(place, place)

    @contextmanager
    def open(self, reference: FilmReference) -> Iterator[Path]:
        """The film in a folder of its own. Raises `FilmError` where it cannot be had, `OSError` where it may be later."""
        address = FilmAddress(*reference.location.split("/"))
        with self._room() as folder:
            target = film_file(folder, address)
            with self._session() as session:
                try:
                    _patiently(lambda: fetch_film(session, address, target))
                except Refused as fault:
                    raise FilmError(reference.name, str(fault), "Look for it on the server") from fault
                except (Unreachable, Busy) as fault:
                    raise ConnectionError(str(fault)) from fault
            yield target

    def clear(self) -> None:
        """Remove the films that killed processes have left."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    @contextmanager
    def _room(self) -> Iterator[Path]:
        """A new folder that nobody else may read; of the system's where the run's own folder is not on this machine."""
        here = self.scratch.parent.is_dir()
        if here:
            self.scratch.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="osteoscreen-", dir=self.scratch if here else None) as folder:
            yield Path(folder)

    @contextmanager
    def _session(self) -> Iterator[WebSession]:
        silence_libraries()
        with closing(WebSession(web_node(self.url), read_credentials(None), TIMEOUT_S)) as session:
            yield session


def is_web_address(text: str) -> bool:
    """Whether a word is an address and no path."""
    with suppress(ValueError):
        return urlsplit(text).scheme in ("http", "https")
    return False


def _patiently(ask: Callable[[], _Got]) -> _Got:
    backoff = Backoff(most_s=30.0, seed=os.getpid())
    for attempt in range(1, ATTEMPTS):
        try:
            return ask()
        except (Unreachable, Busy):
            time.sleep(backoff.wait_s(attempt))
    return ask()
