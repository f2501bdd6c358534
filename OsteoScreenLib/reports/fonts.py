"""Fonts for drawn text: those that matplotlib brings along, so that every machine draws the same letters."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unicodedata import bidirectional

MISSING = "?"
"""Stands for a letter that no font at hand can draw."""


_BACKWARDS = {"R", "AL", "RLE", "RLO", "RLI"}


def font_path(name: str) -> Path:
    """The file of a font such as ``DejaVuSans`` or ``DejaVuSans-Bold``."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"


def drawable(text: str) -> str:
    """The text on one line; letters that DejaVu Sans does not have (Chinese), or that run from right to left, become `MISSING`.

    A name that is drawn the wrong way round is worse than one that is seen to be missing.
    """
    known = _letters()
    line = " ".join(text.split())
    return "".join(letter if ord(letter) in known and bidirectional(letter) not in _BACKWARDS else MISSING for letter in line)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_path("DejaVuSans"))).get_charmap())
