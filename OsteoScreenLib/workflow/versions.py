"""Comparison of package versions, as far as lines ``name>=1.2.3`` need it (PEP 440, without epochs)."""

from __future__ import annotations

import re

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(.*)", re.IGNORECASE)
_EARLY = re.compile(r"[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[-_.]?\d*", re.IGNORECASE)


def at_least(version: str, minimum: str) -> bool:
    """Whether ``version`` is ``minimum`` (digits and dots) or newer.

    A pre-release or development version of ``minimum`` itself is older than it. What is no version at all is not enough.
    """
    match = _VERSION.fullmatch(version.strip())
    if match is None:
        return False
    release, wanted = _numbers(match[1]), _numbers(minimum)
    if release != wanted:
        return release > wanted
    return _EARLY.match(match[2]) is None


def _numbers(text: str) -> tuple[int, ...]:
    """Numbers without the zeros at the end, so that 1.2 and 1.2.0 are the same."""
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
