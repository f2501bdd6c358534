"""Pseudonyms of annotators, which are file names too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from OsteoScreenLib.errors import UsageError

_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def check_annotator(name: str, known: Iterable[str] = ()) -> str:
    """Return ``name`` where it may be an annotator's pseudonym beside those already ``known``.

    Raises `UsageError`: it is no plain word, Windows reserves it, or it differs from a known one in capitals alone.
    """
    if not _PATTERN.fullmatch(name) or name.endswith(".") or name.partition(".")[0].lower() in _RESERVED:
        wanted = "Give a pseudonym such as A1: up to 32 letters, digits, '.', '_' or '-', beginning with a letter or digit"
        raise UsageError("annotator", f"{name!r} is no pseudonym", wanted)
    for other in known:
        if other != name and other.casefold() == name.casefold():
            raise UsageError(
                "annotator", f"{name!r} differs from {other!r} in capitals alone", f"Write {other!r}, or another name"
            )
    return name
