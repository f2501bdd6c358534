"""Values of a film's header as DICOM allows them: what can be repaired is, whatever the file has put there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

_LONGEST = {"LO": 64, "PN": 64, "SH": 16}
"""Characters of a value, for PN of each of its three forms (PS3.5 6.2)."""
_MOST_NAME_PARTS = 5
_DIRECTION = re.compile(r"[APRLHF]{1,3}")


def text_of(value: Any) -> str:
    """Whatever a tag holds as one line without control characters; empty for a sequence, and for nothing.

    Several values are joined by a backslash, as they stand in the file.
    """
    if value is None or hasattr(value, "dtype"):
        return ""
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("latin-1")
    elif not isinstance(value, str) and hasattr(value, "__iter__") and not hasattr(value, "components"):
        items = list(value)
        if any(hasattr(item, "keys") for item in items):
            return ""
        value = "\\".join(text_of(item) for item in items)
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())


def repaired(value: Any, vr: str) -> str:
    """A value as its value representation allows it; empty where nothing sensible is left of it."""
    return _REPAIRS[vr](text_of(value))


def direction_pair(value: Any) -> list[str] | None:
    """PatientOrientation: the directions of rows and columns, such as ``["L", "F"]``; ``None`` where the film does not say."""
    parts = text_of(value).upper().split("\\")
    return parts if len(parts) == 2 and all(_DIRECTION.fullmatch(part) for part in parts) else None


def is_uid(text: str) -> bool:
    """Whether a text can stand where DICOM wants a unique identifier; components with leading zeros are let pass."""
    return len(text) <= 64 and re.fullmatch(r"[0-9]+(\.[0-9]+)+", text) is not None


def _words(longest: int) -> Callable[[str], str]:
    return lambda text: text.replace("\\", " ")[:longest].strip()


def _name(text: str) -> str:
    forms = []
    for form in text.replace("\\", " ").split("=")[:3]:
        parts = "^".join(form.split("^")[:_MOST_NAME_PARTS])
        forms.append(parts[: _LONGEST["PN"]].strip())
    return "=".join(forms).rstrip("=")


def _date(text: str) -> str:
    """``YYYYMMDD``; the dots of ACR-NEMA and the hyphens of ISO 8601 are taken out."""
    found = re.fullmatch(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})", text)
    if not found or not (1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31 and int(found[1]) > 0):
        return ""
    return found[1] + found[2] + found[3]


def _time(text: str) -> str:
    found = re.fullmatch(r"([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d)(\.\d{1,6})?)?)?\d*", text)
    return "".join(part or "" for part in found.groups()) if found else ""


def _age(text: str) -> str:
    return text.upper() if re.fullmatch(r"\d{3}[DWMY]", text.upper()) else ""


def _decimal(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return ""
    return f"{number:.8g}" if math.isfinite(number) and number > 0 else ""


def _code(text: str) -> str:
    return text.upper() if re.fullmatch(r"[A-Z0-9 _]{1,16}", text.upper()) else ""


def _offset(text: str) -> str:
    """Offset from UTC such as ``+0100``."""
    found = re.fullmatch(r"([+-])(\d{2})([0-5]\d)", text)
    return text if found and int(found[2]) <= 14 else ""


_REPAIRS: dict[str, Callable[[str], str]] = {
    "LO": _words(_LONGEST["LO"]),
    "SH": _words(_LONGEST["SH"]),
    "PN": _name,
    "DA": _date,
    "TM": _time,
    "AS": _age,
    "DS": _decimal,
    "CS": _code,
    "offset": _offset,
}
