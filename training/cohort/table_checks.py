"""What must agree between the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.cohort.table_cells import SPLITS, RowDraft
from training.cohort.table_values import DxaRow, TableFault, place_of

FEWEST = 10
"""Cases, and others, without which five-fold cross-validation is meaningless: two in every fold, one of which calibrates."""
FEWEST_PER_SPLIT = 2
YEARS_APART = 2.0
DAYS_APART = 365


def subject_faults(path: Path, drafts: Sequence[RowDraft]) -> Iterator[TableFault]:
    """Rows of one subject that contradict an earlier one."""
    first: dict[str, RowDraft] = {}
    for draft in drafts:
        if draft.subject is None:
            continue
        earlier = first.setdefault(draft.subject, draft)
        for column in ("age_years", "sex", "osteoporotic", "split"):
            value, before = getattr(draft, column), getattr(earlier, column)
            if _agree(column, value, before):
                continue
            fault = f"is {_shown(value)}, but {_shown(before)} in row {earlier.number}, which is the same subject's"
            yield TableFault(place_of(path, draft.number, column), fault, "Mend one of the two, or the pseudonym")


def _agree(column: str, value: object, before: object) -> bool:
    if value is None or before is None:
        return True  # an empty or faulty cell is told of elsewhere
    if isinstance(value, float) and isinstance(before, float):
        return abs(value - before) <= YEARS_APART
    return value == before


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else repr(value)


def number_faults(path: Path, rows: Sequence[DxaRow]) -> Iterator[TableFault]:
    """Too few subjects of either kind, in the table or in one of its splits; splits that only some rows have."""
    subjects = {row.subject: row for row in rows}.values()
    if all(row.split is None for row in rows):
        yield from _few(str(path), list(subjects), FEWEST, "cross-validation")
        return
    for row in rows:
        if row.split is None:
            remedy = f"Give every row one of {', '.join(SPLITS)}, or none of them"
            yield TableFault(place_of(path, row.number, "split"), "is empty", remedy)
    for split in SPLITS:
        part = [row for row in subjects if row.split == split]
        yield from _few(f"{path}, split {split}", part, FEWEST_PER_SPLIT, "training and testing")


def _few(place: str, subjects: Sequence[DxaRow], fewest: int, purpose: str) -> Iterator[TableFault]:
    cases = sum(row.osteoporotic for row in subjects)
    for count, words in ((cases, "with osteoporosis"), (len(subjects) - cases, "without osteoporosis")):
        if count < fewest:
            fault = f"has {count} subject{'' if count == 1 else 's'} {words}, too few for {purpose}"
            yield TableFault(place, fault, f"Add subjects: at least {fewest}, and many more for a figure worth printing")


def date_warnings(path: Path, rows: Sequence[DxaRow]) -> Iterator[str]:
    """Films and DXA more than a year apart."""
    for row in rows:
        if row.film_date is None or row.dxa_date is None:
            continue
        days = abs((row.film_date - row.dxa_date).days)
        if days > DAYS_APART:
            place = place_of(path, row.number, "film_date")
            yield f"{place}: film and DXA are {days} days apart. Leave the film out, or state it"
