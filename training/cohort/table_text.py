"""A CSV file as rows of cells: its encoding, its separator, and its columns by name."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from training.cohort.table_values import TableFault

REQUIRED = ("subject", "film", "age_years", "sex")
LABELS = ("t_score", "osteoporotic")
"""At least one of them."""
OPTIONAL = ("height_cm", "side", "spacing_mm", "split", "dxa_date", "film_date")
COLUMNS = (*REQUIRED, *LABELS, *OPTIONAL)
LARGEST_BYTES = 64 * 1024 * 1024
_AS_UTF8 = "Save the table as 'CSV UTF-8'"


@dataclass(frozen=True)
class CellRow:
    """One row: its number as a spreadsheet counts, and its cells by column, without blanks around them."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class TableText:
    """A table as text. With ``comma_decimals`` numbers may be written with a decimal comma (columns are separated by ;)."""

    comma_decimals: bool
    rows: tuple[CellRow, ...]
    faults: tuple[TableFault, ...]


def split_table(path: Path, data: bytes) -> TableText:
    """Rows and columns of a CSV file's bytes. Faults are returned, so that all of them can be told together."""
    if len(data) > LARGEST_BYTES:
        return _nothing(path, f"is larger than {LARGEST_BYTES >> 20} MB", "Name the CSV file, not a film")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _nothing(path, "is UTF-16 text, not UTF-8", _AS_UTF8)
    if data[:4] == b"PK\x03\x04":
        return _nothing(path, "is a spreadsheet's own file, not a CSV", _AS_UTF8)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return _nothing(f"{path}, line {line}", f"holds the byte 0x{data[error.start]:02X}, which is not UTF-8", _AS_UTF8)
    header = text.splitlines()[0] if text else ""
    separator = ";" if header.count(";") > header.count(",") else ","
    if not header.strip():
        return _nothing(path, "begins with an empty row", "Write the names of the columns into row 1")
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        return _nothing(path, f"is no sound CSV ({error})", "Close every quotation mark, and save the table again")
    names = [name.strip() for name in records[0]]
    if len(names) == 1:
        return _nothing(f"{path}, row 1", "holds one column only", "Separate the columns by , or ;")
    faults = list(_column_faults(path, names))
    if len(set(names)) < len(names):  # which of the two is meant nobody knows, so no row can be read
        return TableText(False, (), tuple(faults))
    rows = []
    for number, record in enumerate(records[1:], start=2):
        cells = [cell.strip() for cell in record]
        if not any(cells):
            continue
        if len(cells) != len(names):
            faults.append(_length_fault(path, number, len(cells), len(names), separator))
            continue
        rows.append(CellRow(number, dict(zip(names, cells, strict=True))))
    if not rows and not faults:
        faults.append(TableFault(path, "holds no subject", "Add a row for each film below the names of the columns"))
    return TableText(separator == ";", tuple(rows), tuple(faults))


def _nothing(place: str | Path, fault: str, remedy: str) -> TableText:
    return TableText(False, (), (TableFault(place, fault, remedy),))


def _length_fault(path: Path, number: int, found: int, wanted: int, separator: str) -> TableFault:
    remedy = f"Put cells that hold a '{separator}' in quotation marks, and leave no cell out"
    if separator == "," and found > wanted:
        remedy += "; numbers with a decimal comma need columns separated by ;"
    return TableFault(f"{path}, row {number}", f"has {found} cells, the header {wanted}", remedy)


def _column_faults(path: Path, names: list[str]) -> Iterator[TableFault]:
    """Missing, doubled and unknown columns; an unknown name close to a missing one is told once, as the misspelling."""
    place = f"{path}, row 1"
    missing = [name for name in REQUIRED if name not in names]
    if not any(name in names for name in LABELS):
        missing += LABELS
    for name, count in Counter(names).items():
        if count > 1:
            yield TableFault(place, f"names the column '{name}' {count} times", "Keep one of them")
    explained: set[str] = set()
    for name in dict.fromkeys(names):
        if name in COLUMNS:
            continue
        near = _nearest(name, [each for each in COLUMNS if each not in names])
        if near is not None:
            explained.update(LABELS if near in LABELS else [near])
            yield TableFault(place, f"column '{name}' is unknown", f"Did you mean '{near}'?")
        else:
            # Columns that are not read may hold names and dates of birth, which have no place here.
            remedy = f"Remove it: a table for training holds no more than {', '.join(COLUMNS)}"
            yield TableFault(place, f"column '{name}' is unknown" if name else "a column has no name", remedy)
    for name in missing:
        if name in explained or name == LABELS[1]:
            continue
        if name == LABELS[0]:
            yield TableFault(place, "columns 't_score' and 'osteoporotic' are missing", "Add one of them, or both")
        else:
            yield TableFault(place, f"column '{name}' is missing", "Add it")


def _nearest(name: str, candidates: list[str]) -> str | None:
    """The column that a name was probably meant to be."""
    plain = name.casefold().replace(" ", "_").replace("-", "_")
    found = get_close_matches(plain, candidates, 1, 0.6) or [each for each in candidates if each.partition("_")[0] == plain]
    return found[0] if found else None
