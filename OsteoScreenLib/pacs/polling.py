"""Looks for new films on a DICOMweb server from time to time, and fetches them a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.faults import Busy, PacsError, Refused, Unreachable
from OsteoScreenLib.pacs.films import Films
from OsteoScreenLib.pacs.qido import FilmAddress, FilmQuery, find_films
from OsteoScreenLib.pacs.receiver import Limits
from OsteoScreenLib.pacs.sender import Log
from OsteoScreenLib.pacs.wado import fetch_film
from OsteoScreenLib.pacs.web import WebSession

AT_A_TIME = 10
"""Films fetched before they are screened: an archive does not fill our disk."""


class Poller:
    """A source of films for `watch`; ``done`` once everything that matched was taken in.

    ``attempts``: of an unanswered question, before the run ends (``None``: for ever).
    """

    def __init__(
        self,
        session: WebSession,
        query: FilmQuery,
        films: Films,
        log: Log,
        backoff: Backoff,
        every_s: float,
        attempts: int | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._query = query
        self._films = films
        self._log = log
        self._backoff = backoff
        self._every_s = every_s
        self._attempts = attempts
        self._now = now
        self._listing: Iterator[FilmAddress] | None = None
        self._next = 0.0
        self._failures = 0
        self._refused: set[FilmAddress] = set()
        self.done = False

    def poll(self) -> float:
        """Take in what is new, at most `AT_A_TIME` films; returns when to ask again. Raises `PacsError` or `UsageError`."""
        if self._now() < self._next:
            return self._next
        try:
            self._take()
        except (Unreachable, Busy) as fault:
            self._failures += 1
            if self._attempts is not None and self._failures >= self._attempts:
                raise PacsError(str(self._session.node), str(fault), "What has arrived is kept; run it again later") from fault
            wait_s = self._backoff.wait_s(self._failures)
            self._listing, self._next = None, self._now() + wait_s
            self._log(f"{self._session.node}: {fault}; next attempt in {wait_s:.1f} s")
        else:
            self._failures = 0
        return self._next

    def _take(self) -> None:
        if self._listing is None:
            self._listing = find_films(self._session, self._query)
        taken = 0
        for address in self._listing:
            uid = address.instance
            if address in self._refused or self._films.known(uid) or self._films.made(uid):
                continue
            try:
                target = self._films.place_for(address.instance)
                fetch_film(self._session, address, target, Limits.film_bytes)
            except Refused as fault:
                self._refused.add(address)
                self._log(f"{address.instance}: not fetched: {fault}")
                continue
            state = self._films.enter(address.instance, target)
            self._log(f"{address.instance}: " + ("is our own, not screened" if state == "own" else "fetched"))
            taken += 1
            if taken >= AT_A_TIME:
                return  # the rest after these are screened
        self._listing, self.done = None, True
        self._next = self._now() + self._every_s
