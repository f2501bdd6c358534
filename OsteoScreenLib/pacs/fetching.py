"""Films from a DICOMweb server into a folder: what is there is not fetched again, what fails for now is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.faults import Busy, PacsError, Refused, Unreachable
from OsteoScreenLib.pacs.qido import FilmAddress, FilmQuery, find_films
from OsteoScreenLib.pacs.sender import Log
from OsteoScreenLib.pacs.wado import fetch_film, film_file
from OsteoScreenLib.pacs.web import WebSession

ATTEMPTS = 5
Got = TypeVar("Got")


@dataclass(frozen=True)
class Fetched:
    """What came of a search: new files, how many were there already, and what could not be had."""

    files: tuple[Path, ...]
    already: int
    refused: tuple[tuple[FilmAddress, str], ...]


def fetch_films(
    session: WebSession,
    query: FilmQuery,
    folder: Path,
    log: Log,
    backoff: Backoff,
    *,
    limit: int | None = None,
    attempts: int = ATTEMPTS,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch every film that matches into ``folder``. Raises `PacsError`, `UsageError` or `OutputError`.

    A question or a film is asked for at most ``attempts`` times.
    """

    def patiently(ask: Callable[[], Got]) -> Got:
        for attempt in range(1, attempts + 1):
            try:
                return ask()
            except (Unreachable, Busy) as fault:
                if attempt == attempts:
                    raise
                wait_s = backoff.wait_s(attempt)
                log(f"{session.node}: {fault}; next attempt in {wait_s:.1f} s")
                sleep(wait_s)
        raise AssertionError("at least one attempt")

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = f"cannot be created ({error.strerror or error})"
        raise OutputError(folder, fault, "Choose a folder with room and write access") from error
    files, already, refused = [], 0, []
    try:
        for address in patiently(lambda: list(find_films(session, query, limit))):
            target = film_file(folder, address)
            if target.exists():
                already += 1
                continue
            try:
                files.append(patiently(lambda: fetch_film(session, address, target)))  # noqa: B023
                log(f"{address.instance}: fetched")
            except (Refused, Busy) as fault:
                refused.append((address, str(fault)))
                log(f"{address.instance}: not fetched: {fault}")
    except (Unreachable, Busy, Refused) as fault:
        raise PacsError(str(session.node), str(fault), "What has arrived is kept; run it again later") from fault
    return Fetched(tuple(files), already, tuple(refused))
