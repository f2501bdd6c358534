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
        start = 0
        while (end_of_line := _longest_start(word, start, room, measure)) < len(word):
            lines.append(word[start:end_of_line])
            start = end_of_line
        line = word[start:]
    if line:
        lines.append(line)
    if most is None or len(lines) <= most:
        return lines
    last = _shortened(lines[most - 1], width - (indent if most == 1 else 0.0), measure, end)
    return [*lines[: most - 1], last]


def _longest_start(word: str, start: int, width: float, measure: Measure) -> int:
    """Where a line has to end that starts at ``start``; it gets one letter at least. Looks no farther ahead than it needs to."""
    low, high = start + 1, min(start + 64, len(word))
    while high < len(word) and measure(word[start:high]) <= width:
        low, high = high, min(2 * high - start, len(word))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(word[start:middle]) <= width else (low, middle - 1)
    return low


def _shortened(line: str, width: float, measure: Measure, end: str) -> str:
    """A line with ``end`` behind it, without the letters that then find no room."""
    room = width - measure(end)
    kept = line[: _longest_start(line, 0, room, measure)] if line and room > 0 else ""
    return kept.rstrip() + end
