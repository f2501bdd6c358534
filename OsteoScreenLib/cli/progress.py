"""One line on a terminal that says which film and stage a run is at."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

_BAR_WIDTH = 24
_FULL, _EMPTY = "\N{FULL BLOCK}", "\N{LIGHT SHADE}"


class ProgressLine:
    """Redraws one line on a terminal; silent where the stream is none or ``quiet`` is set."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shown = not quiet and self._stream.isatty()
        self._title = ""
        self._drawn = ""

    def film(self, name: str, number: int, total: int) -> None:
        """Begin with the film ``number`` of ``total``."""
        self._title = name if total == 1 else f"{number}/{total} {name}"

    def __call__(self, stage: str, fraction: float) -> None:
        """Say how far the film is, 0 to 1."""
        if not self._shown:
            return
        share = min(max(fraction, 0.0), 1.0)
        full = round(share * _BAR_WIDTH)
        bar = self._printable(_FULL * full + _EMPTY * (_BAR_WIDTH - full), "#" * full + "-" * (_BAR_WIDTH - full))
        room = max(10, shutil.get_terminal_size().columns - 1)
        self._draw(f"{bar} {share:4.0%}  {stage:<18}  {self._title}"[:room])

    def clear(self) -> None:
        """Take the line away, before anything else is printed."""
        if self._shown and self._drawn:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, line: str) -> None:
        if line == self._drawn:
            return
        # Blanks rather than an escape sequence erase what was there: every terminal knows blanks.
        line = self._printable(line, line.encode("ascii", "replace").decode("ascii"))
        self._stream.write("\r" + line + " " * (len(self._drawn) - len(line)))
        self._stream.flush()
        self._drawn = line

    def _printable(self, text: str, otherwise: str) -> str:
        try:
            text.encode(self._stream.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return otherwise
        return text
