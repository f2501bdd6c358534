"""File names made of words that come from a file or another machine, which may say anything."""

from __future__ import annotations

import hashlib
import re

LONGEST = 96
"""Characters of a name; with a suffix and a number still far below what any file system takes."""

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(10)), *(f"LPT{n}" for n in range(10))}
"""Windows opens a device under these names, whatever their suffix."""


def safe_name(text: str) -> str:
    """A file name without folders, for every operating system, that starts with no dot and stays the same for the same text.

    Plain names of letters, digits and ``. _ -`` stay. Whatever would lose something (other characters, too many, a reserved name,
    none at all) gets eight digits of its SHA-256, so that two texts do not share a name.
    """
    plain = re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", text)
    if plain and len(text) <= LONGEST and text[-1] != "." and text.partition(".")[0].upper() not in _RESERVED:
        return text
    name = re.sub(r"[^A-Za-z0-9-]+", "_", text[: LONGEST - 10]).strip("_") or "name"
    return f"{name}_{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
