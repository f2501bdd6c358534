"""How far an archive is: one line, redrawn on a terminal, else repeated now and then."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

from OsteoScreenLib.archive.run import Standing
from OsteoScreenLib.cli.progress import ProgressLine

SAID_EVERY_S = 30.0
"""Seconds between two lines where there is no terminal."""
_SPEED_FILMS = 200
"""Films that the speed is taken over."""


class BatchProgress:
    """Tells the standing of a run as it changes."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._line = ProgressLine(self._stream, quiet=quiet)
        self._lines = not quiet and not self._stream.isatty()
        self._clock = clock
        self._said = -SAID_EVERY_S
        self._moments: deque[tuple[float, int]] = deque(maxlen=_SPEED_FILMS)

    def __call__(self, standing: Standing) -> None:
        """Say how far the run is."""
        now = self._clock()
        self._moments.append((now, standing.now))
        text = standing_words(standing, self._speed())
        if self._lines and (now - self._said >= SAID_EVERY_S or standing.done == standing.total):
            self._said = now
            print(text, file=self._stream, flush=True)
        self._line(text, standing.done / standing.total if standing.total else 1.0)

    def end(self) -> None:
        """Take the line away, before anything else is printed."""
        self._line.clear()

    def _speed(self) -> float | None:
        (then, before), (now, films) = self._moments[0], self._moments[-1]
        return (films - before) / (now - then) if films > before and now > then else None


def standing_words(standing: Standing, films_per_second: float | None) -> str:
    """Such as "120 of 2,000 films, 1.3 films/s, 24 min left, 3 failed"."""
    words = [f"{standing.done:,} of {standing.total:,} films"]
    if films_per_second is not None:
        words.append(f"{films_per_second:.2g} films/s" if films_per_second < 10 else f"{films_per_second:.0f} films/s")
        words.append(f"{duration_words((standing.total - standing.done) / films_per_second)} left")
    if standing.failed:
        words.append(f"{standing.failed:,} failed")
    return ", ".join(words)


def duration_words(seconds: float) -> str:
    """A time to the last unit that matters: seconds, minutes, hours with minutes, or days with hours."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
