"""What is known of a film besides its pixels, as JSON and back, read strictly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from enum import Enum
from typing import Any, TypeVar

from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Spacing,
    SpacingProvenance,
)

MOST_CHARACTERS = 1024
"""Longest text of one field: DICOM's own longest short text."""
MOST_YEARS = 130.0
MOST_MM = 10.0
_LARGEST = sys.float_info.max
"""Whole numbers of JSON may be too large for a float."""

_Member = TypeVar("_Member", bound=Enum)


def plain(value: Any) -> Any:
    """A frozen dataclass of texts, numbers and enums as what JSON knows."""
    return {name: item.value if isinstance(item, Enum) else item for name, item in asdict(value).items()}


def take(values: Any, names: Mapping[str, Callable[[Any], Any]], place: str) -> dict[str, Any]:
    """The fields ``names`` of a JSON object, each through its reader, no field more and none less.

    Raises `ValueError` saying which field is wrong, how, and what it must be.
    """
    if not isinstance(values, dict):
        raise ValueError(f"'{place}' is no object")
    for name in (*names, *values):
        if name not in values or name not in names:
            raise ValueError(f"'{place}.{name}' is {'missing' if name in names else 'unknown'}")
    found = {}
    for name, read in names.items():
        try:
            found[name] = read(values[name])
        except ValueError as error:
            raise ValueError(f"'{place}.{name}' is {str(values[name])[:80]!r}, not {error}") from error
    return found


def spacing_from(values: Any) -> Spacing:
    """A spacing. Raises `ValueError`."""
    return Spacing(**take(values, _SPACING, "spacing"))


def polarity_from(values: Any) -> Polarity:
    """A polarity. Raises `ValueError`."""
    return Polarity(**take(values, {"inverted": flag, "basis": member(PolarityBasis)}, "polarity"))


def source_from(values: Any) -> FilmSource:
    """The identity of a film. Raises `ValueError`."""
    return FilmSource(**take(values, _SOURCE, "source"))


def text(value: Any) -> str:
    """A text that is not empty. Raises `ValueError` saying what it must be."""
    if not isinstance(value, str) or not value.strip() or "\0" in value or len(value) > MOST_CHARACTERS:
        raise ValueError(f"a text of 1 to {MOST_CHARACTERS} characters")
    return value


def flag(value: Any) -> bool:
    """True or false. Raises `ValueError` saying so."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def number(value: Any) -> float:
    """A finite number. Raises `ValueError` saying so."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
        raise ValueError("a finite number")
    return float(value)


def member(kind: type[_Member]) -> Callable[[Any], _Member]:
    """A reader of one of an enum's values."""

    def read(value: Any) -> _Member:
        words = [one.value for one in kind]
        if value not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return kind(value)

    return read


def optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader that takes null too."""
    return lambda value: None if value is None else read(value)


laterality_from = member(Laterality)


def _millimetres(value: Any) -> float:
    if not 0 < number(value) <= MOST_MM:
        raise ValueError(f"a number of millimetres above 0 and at most {MOST_MM:g}")
    return float(value)


def _years(value: Any) -> float:
    if not 0 <= number(value) <= MOST_YEARS:
        raise ValueError(f"a number of years from 0 to {MOST_YEARS:g}")
    return float(value)


def _bits(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 128:
        raise ValueError("a whole number from 0 to 128")
    return value


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError("64 hexadecimal digits")
    return value


_SPACING: dict[str, Callable[[Any], Any]] = {
    "row_mm": optional(_millimetres),
    "column_mm": optional(_millimetres),
    "provenance": member(SpacingProvenance),
}
_SOURCE: dict[str, Callable[[Any], Any]] = {
    **{field.name: optional(text) for field in fields(FilmSource)},
    "name": text,
    "sha256": _sha256,
    "file_format": text,
    "bits_stored": _bits,
    "patient_age_years": optional(_years),
}
