"""What a hospital's table of films and DXA holds, and how its faults are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.radiograph.values import Laterality

OSTEOPOROTIC_T = -2.5
"""Highest T-score that is osteoporosis (Kanis et al., J Bone Miner Res 1994;9:1137)."""


class TableFault(OsteoScreenError):
    """One thing that is wrong with a table; its place is the file, and where they are known the row and the column."""

    code = "bad_table"


class TableError(OsteoScreenError):
    """Everything that is wrong with a table; ``str()`` tells the first fault and how to see the others."""

    code = "bad_table"

    def __init__(self, path: Path, faults: Iterable[TableFault]) -> None:
        self.faults = tuple(faults)
        first, others = self.faults[0], len(self.faults) - 1
        more = f"; {others} more: python -m training.cohort.table {path}" if others else ""
        super().__init__(first.place, first.fault, first.remedy + more)


def place_of(path: Path, row: int, column: str) -> str:
    """Where a fault is, in words."""
    return f"{path}, row {row}, column {column}"


@dataclass(frozen=True)
class DxaRow:
    """One film with the DXA result of its subject.

    ``number`` is the row as a spreadsheet counts them (the header is row 1); ``subject`` a pseudonym, exactly as given;
    ``name`` the film as the table writes it, ``film`` where it lies. ``t_score`` is the lowest of hip, spine and one-third
    radius; ``osteoporotic`` follows from it where the table does not say. ``sha256`` is of the film's bytes, ``None`` where the
    films were not read.
    """

    number: int
    subject: str
    name: str
    film: Path
    age_years: float
    sex: str
    osteoporotic: bool
    t_score: float | None = None
    height_cm: float | None = None
    side: Laterality | None = None
    spacing_mm: float | None = None
    split: str | None = None
    dxa_date: date | None = None
    film_date: date | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DxaTable:
    """A table without faults. ``sha256`` is of the file's bytes; ``warnings`` are one line each, for a person to judge."""

    path: Path
    sha256: str
    rows: tuple[DxaRow, ...]
    warnings: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[DxaRow, ...]:
        """The first row of every subject, in the table's order."""
        first: dict[str, DxaRow] = {}
        for row in self.rows:
            first.setdefault(row.subject, row)
        return tuple(first.values())

    @property
    def cases(self) -> int:
        """Number of subjects with osteoporosis."""
        return sum(row.osteoporotic for row in self.subjects)

    def films_of(self, subject: str) -> tuple[DxaRow, ...]:
        """Every row of a subject, in the table's order."""
        return tuple(row for row in self.rows if row.subject == subject)
