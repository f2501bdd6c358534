"""Fonts for drawn text: those that matplotlib brings along, so that every machine draws the same letters."""

from __future__ import annotations

from functools import cache
from pathlib import Path

MISSING = "?"
"""Stands for a letter that no font at hand can draw."""


def font_path(name: str) -> Path:
    """The file of a font such as ``DejaVuSans`` or ``DejaVuSans-Bold``."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"


def drawable(text: str) -> str:
    """The text on one line with letters that DejaVu Sans does not have (Chinese, emoji) replaced by `MISSING`."""
    known = _letters()
    return "".join(letter if ord(letter) in known else MISSING for letter in " ".join(text.split()))


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_path("DejaVuSans"))).get_charmap())
