"""Text broken into lines of a given width, whatever draws it."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[str], float]
"""Width of a text, in the units of whoever draws it."""

ELLIPSIS = "..."


def wrapped(text: str, width: float, measure: Measure, most: int | None = None, end: str = ELLIPSIS) -> list[str]:
    """Break at spaces; a word that is wider than a line is broken inside. Beyond ``most`` lines the rest becomes ``end``."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while measure(word) > width and len(word) > 1:
            head = _longest_start(word, width, measure)
            lines.append(word[:head])
            word = word[head:]
        line = word
    if line:
        lines.append(line)
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], _shortened(lines[most - 1], width, measure, end)]


def _longest_start(word: str, width: float, measure: Measure) -> int:
    """How many letters of a word fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(word[:middle]) <= width else (low, middle - 1)
    return low


def _shortened(line: str, width: float, measure: Measure, end: str) -> str:
    """A line with ``end`` behind it, without the letters that then find no room."""
    room = width - measure(end)
    return line[: _longest_start(line, room, measure)].rstrip() + end
