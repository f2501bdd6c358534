"""The sizes of paper that a report is printed on."""

from __future__ import annotations

from enum import Enum


class Paper(str, Enum):
    """A size of paper, upright."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def points(self) -> tuple[float, float]:
        """Width and height in points of 1/72 inch (ISO 216; ANSI/ASME Y14.1)."""
        return (595.276, 841.89) if self is Paper.A4 else (612.0, 792.0)
