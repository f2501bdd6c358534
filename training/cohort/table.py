"""Read and check a hospital's table of films and DXA: ``python -m training.cohort.table CSV``.

The table is a CSV file with a row for each film (columns and rules: ``training/README.md``). Subjects are named by pseudonyms,
which are used exactly as given; columns that training does not need are refused, so that no name slips in with them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from training.cohort.precision import auc_half_width
from training.cohort.table_cells import RowDraft, RowReader
from training.cohort.table_checks import date_warnings, number_faults, subject_faults
from training.cohort.table_films import Progress, read_films, repeated_films
from training.cohort.table_text import split_table
from training.cohort.table_values import DxaRow, DxaTable, TableError, TableFault


def read_table(path: Path, *, check_films: bool = True, progress: Progress | None = None) -> DxaTable:
    """The checked table. With ``check_films`` every film is decoded (``progress`` is told), else no film is touched.

    Raises
    ------
    TableError
        With every fault of the table.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        fault = TableFault(path, f"cannot be read ({error.strerror or error})", "Name the CSV file with the films and DXA")
        raise TableError(path, [fault]) from error
    text = split_table(path, data)
    faults = list(text.faults)
    drafts: list[RowDraft] = []
    for cells in text.rows:
        reader = RowReader(path, cells, text.comma_decimals)
        drafts.append(reader.read())
        faults += reader.faults
    faults += [*repeated_films(path, drafts), *subject_faults(path, drafts)]
    hashes: dict[int, str] = {}
    warnings: tuple[str, ...] = ()
    if check_films:
        films = read_films(path, drafts, progress)
        faults += films.faults
        hashes, warnings = films.sha256, films.warnings
    if faults:  # numbers of subjects mean nothing while rows are faulty
        raise TableError(path, faults)
    rows = tuple(draft.row(hashes.get(draft.number)) for draft in drafts)
    faults += number_faults(path, rows)
    if faults:
        raise TableError(path, faults)
    return DxaTable(path, hashlib.sha256(data).hexdigest(), rows, (*date_warnings(path, rows), *warnings))


def summary(table: DxaTable) -> str:
    """Subjects, films, cases by decade of age and sex, and how exact a figure from so many subjects can be."""
    subjects, cases = table.subjects, table.cases
    others = len(subjects) - cases
    lines = [
        f"{len(subjects)} subjects with {len(table.rows)} films: {cases} with osteoporosis, {others} without",
        "",
        "subjects with / without osteoporosis",
        "age        women        men",
    ]
    for decade in sorted({int(row.age_years // 10) for row in subjects}):
        counts = [_counts([row for row in subjects if int(row.age_years // 10) == decade and row.sex == sex]) for sex in "FM"]
        lines.append(f"{decade * 10:3d} to {decade * 10 + 9:<3d} {counts[0]}  {counts[1]}")
    for split in sorted({row.split for row in subjects if row.split is not None}):
        lines.append(f"split {split}: {_counts([row for row in subjects if row.split == split]).strip()}")
    half = auc_half_width(0.8, cases, others)
    lines += ["", f"An AUC of .80 found on all of them has a 95 % interval of about +- {half:.2f} (Hanley and McNeil)."]
    return "\n".join(lines)


def _counts(rows: list[DxaRow]) -> str:
    cases = sum(row.osteoporotic for row in rows)
    return f"{cases:5d} / {len(rows) - cases:<5d}"


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status: 0, or 2 where the table is faulty."""
    parser = argparse.ArgumentParser(prog="python -m training.cohort.table", description=__doc__.splitlines()[0])
    parser.add_argument("table", metavar="CSV", type=Path, help="the table; films are named relative to its folder")
    parser.add_argument("--skip-films", action="store_true", help="check the table only, without reading a film")
    options = parser.parse_args(arguments)
    try:
        table = read_table(options.table, check_films=not options.skip_films, progress=_bar if sys.stderr.isatty() else None)
    except TableError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        count = len(error.faults)
        print(f"{count} fault{'' if count == 1 else 's'}", file=sys.stderr)
        return 2
    for warning in table.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(summary(table))
    return 0


def _bar(done: int, films: int) -> None:
    print(f"\rfilm {done} of {films}", end="\n" if done == films else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
