"""Text broken into lines of a given width, whatever draws it."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[str], float]
"""Width of a text, in the units of whoever draws it."""

ELLIPSIS = "..."


def wrapped(
    text: str, width: float, measure: Measure, most: int | None = None, end: str = ELLIPSIS, indent: float = 0.0
) -> list[str]:
    """Break at spaces; a word that is wider than a line is broken inside.

    ``indent`` is taken off the first line. Beyond ``most`` lines the rest becomes ``end``.
    """
    lines: list[str] = []
    line, room = "", width - indent
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer) <= room:
            line = longer
            continue
        if line or room < width:
            lines.append(line)
            room = width
        while measure(word) > room and len(word) > 1:
            head = _longest_start(word, room, measure)
            lines.append(word[:head])
            word = word[head:]
        line = word
    if line:
        lines.append(line)
    if most is None or len(lines) <= most:
        return lines
    last = _shortened(lines[most - 1], width - (indent if most == 1 else 0.0), measure, end)
    return [*lines[: most - 1], last]


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
    kept = line[: _longest_start(line, room, measure)] if line and room > 0 else ""
    return kept.rstrip() + end
