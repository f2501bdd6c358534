"""An earlier run's table, read back to compare another archive with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from OsteoScreenLib.archive.rows import FINDING_COLUMNS, NUMBERS, TRUTHS
from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.errors import UsageError

_REMEDY = "Give films.csv or films.parquet of an earlier run of 'osteoscreen batch'"
_COLUMNS = ("film", "duplicate_of", "state", "probability", "mean_mci", *FINDING_COLUMNS.values())
"""What a comparison needs."""


def read_table(path: Path) -> Iterator[dict[str, Cell]]:
    """The rows of a table that `write_table` wrote, of whichever form; only the columns that a comparison needs.

    Raises `UsageError` where the file cannot be read as such a table.
    """
    try:
        with path.open("rb") as stream:
            of_parquet = stream.read(4) == b"PAR1"
        yield from _parquet_rows(path) if of_parquet else _csv_rows(path)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, csv.Error) as error:
        raise UsageError(path, f"is no table of an archive ({error})", _REMEDY) from error


def _csv_rows(path: Path) -> Iterator[dict[str, Cell]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"no column '{missing[0]}'")
        for row in reader:
            yield {name: _value(name, row[name]) for name in _COLUMNS}


def _value(name: str, text: str | None) -> Cell:
    if not text:
        return None
    if name in TRUTHS:
        return text == "true"
    return float(text) if name in NUMBERS else text


def _parquet_rows(path: Path) -> Iterator[dict[str, Cell]]:
    if find_spec("pyarrow") is None:
        raise UsageError(path, "is a Parquet file, which needs the package pyarrow", 'Run: pip install "osteoscreen[parquet]"')
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
        if missing:
            raise ValueError(f"no column '{missing[0]}'")
        for batch in file.iter_batches(columns=list(_COLUMNS)):
            yield from batch.to_pylist()
