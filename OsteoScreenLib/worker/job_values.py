"""Readers of the single values of a job: each gives the value, or raises `ValueError` saying what it must be."""

from __future__ import annotations

import string
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.reports.paper import Paper

MAX_SAMPLES = 64
MAX_SPACING_MM = 5.0
MAX_AGE_YEARS = 130.0
_LARGEST = sys.float_info.max
"""Whole numbers of JSON may be too large for a float."""


def seed_number(value: Any) -> int:
    """A seed: a whole number from 0 to 2^32 - 1. Raises `ValueError` saying so."""
    return _whole(value, 0, 2**32 - 1)


def samples_number(value: Any) -> int:
    """Draws per expert. Raises `ValueError` saying what it must be."""
    return _whole(value, 1, MAX_SAMPLES)


def spacing_number(value: Any) -> float:
    """A pixel spacing in millimetres. Raises `ValueError` saying what it must be."""
    wanted = f"a number of millimetres above 0 and at most {MAX_SPACING_MM:g}"
    if not _is_finite(value) or not 0.0 < value <= MAX_SPACING_MM:
        raise ValueError(wanted)
    return float(value)


def age_number(value: Any) -> float:
    """An age in years. Raises `ValueError` saying what it must be."""
    if not _is_finite(value) or not 0.0 <= value <= MAX_AGE_YEARS:
        raise ValueError(f"a number of years from 0 to {MAX_AGE_YEARS:g}")
    return float(value)


def sex_letter(value: Any) -> str:
    """F or M. Raises `ValueError` saying so."""
    if value not in ("F", "M"):
        raise ValueError('"F" or "M"')
    return str(value)


def side(value: Any) -> Laterality:
    """Left or right. Raises `ValueError` saying so."""
    if value not in ("left", "right"):
        raise ValueError('"left" or "right"')
    return Laterality(value)


def paper(value: Any) -> Paper:
    """A size of paper. Raises `ValueError` saying which there are."""
    if value not in [each.value for each in Paper]:
        raise ValueError(" or ".join(f'"{each.value}"' for each in Paper))
    return Paper(value)


def path(value: Any) -> Path:
    """A path. Raises `ValueError` saying so."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("a path")
    return Path(value)


def text(value: Any) -> str:
    """A name. Raises `ValueError` saying so."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a name")
    return value


def flag(value: Any) -> bool:
    """True or false. Raises `ValueError` saying so."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def web_address(value: Any) -> str:
    """An http or https address. Raises `ValueError` saying so."""
    wanted = "an address that begins with https:// or http://"
    if not isinstance(value, str) or value != value.strip() or not value.isprintable():
        raise ValueError(wanted)
    parts = urlsplit(value)  # raises ValueError of its own for a malformed host
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(wanted)
    return value


def sha256(value: Any) -> str:
    """A SHA-256 in hexadecimal digits, given back in small letters. Raises `ValueError` saying so."""
    if not isinstance(value, str) or len(value) != 64 or set(value) - set(string.hexdigits):
        raise ValueError("64 hexadecimal digits")
    return value.lower()


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return value


def _is_finite(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and abs(value) <= _LARGEST
