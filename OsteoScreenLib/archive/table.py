"""The table of an archive: one row per film, by name, the same bytes for the same outcomes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from OsteoScreenLib.archive.ledger import Entry
from OsteoScreenLib.archive.rows import COLUMNS, FAILED, NUMBERS, TRUTHS
from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.new_file import new_file

TABLE_STEM = "films"
FAILURES_FILE = "failures.csv"
FORMATS = ("csv", "parquet")
FAILURE_COLUMNS = ("film", "sha256", "failure", "failure_text")
_FORMULA = ("=", "+", "-", "@", "\t", "\n")
_BATCH = 4096
"""Rows of one row group of a Parquet file: part of its bytes, so it is fixed."""


def table_row(entry: Entry, extra: Sequence[str] = ()) -> dict[str, Cell]:
    """A film's row: the values of `COLUMNS`, then those of the user's own columns, named ``extra``."""
    outcome = entry.outcome
    row: dict[str, Cell] = dict.fromkeys(COLUMNS)
    row |= outcome.row or {"state": FAILED}
    row |= {
        "film": entry.film.name,
        "sha256": entry.sha256,
        "duplicate_of": entry.duplicate_of,
        "failure": outcome.failure,
        "failure_text": outcome.failure_text or None,
    }
    return row | dict(zip(extra, entry.film.extra, strict=True))


def check_format(name: str) -> None:
    """Raise `UsageError` where the table's format needs a package that is missing."""
    if name == "parquet" and find_spec("pyarrow") is None:
        raise UsageError("--table parquet", "needs the package pyarrow", 'Run: pip install "osteoscreen[parquet]"')


def write_table(rows: Iterable[dict[str, Cell]], folder: Path, form: str, extra: Sequence[str] = ()) -> Path:
    """Write the rows as ``films.csv`` or ``films.parquet`` into a folder and return the file. Raises `OutputError`."""
    path = folder / f"{TABLE_STEM}.{form}"
    with new_file(path) as part:
        if form == "parquet":
            _write_parquet(rows, part, extra)
        else:
            _write_csv(rows, part, (*COLUMNS, *extra))
    return path


def write_failures(rows: Iterable[dict[str, Cell]], folder: Path) -> Path:
    """Write ``failures.csv``: the films that gave no result, and why. Raises `OutputError`."""
    path = folder / FAILURES_FILE
    with new_file(path) as part:
        _write_csv((row for row in rows if row["failure"] is not None), part, FAILURE_COLUMNS)
    return path


def _write_csv(rows: Iterable[dict[str, Cell]], path: Path, columns: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([_cell(name) for name in columns])
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: Cell) -> str:
    """Text of a cell; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value.replace("\r", "\n").replace("\0", "")  # which readers of CSV take for the end of a row, or refuse
        return f"'{text}" if text.startswith(_FORMULA) else text
    return repr(float(value))


def _write_parquet(rows: Iterable[dict[str, Cell]], path: Path, extra: Sequence[str]) -> None:
    import pyarrow
    from pyarrow import parquet

    def kind(name: str) -> Any:
        if name in TRUTHS:
            return pyarrow.bool_()
        return pyarrow.float64() if name in NUMBERS and name not in extra else pyarrow.string()

    schema = pyarrow.schema([(name, kind(name)) for name in (*COLUMNS, *extra)])
    with parquet.ParquetWriter(path, schema, compression="none", use_dictionary=False, version="2.6") as writer:
        for batch in _batches(rows):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema))


def _batches(rows: Iterable[dict[str, Cell]]) -> Iterator[list[dict[str, Cell]]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch
