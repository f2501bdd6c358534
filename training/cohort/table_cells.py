"""One row's cells as a checked `DxaRow`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

from OsteoScreenLib.radiograph.spacing import PLAUSIBLE_MM
from OsteoScreenLib.radiograph.values import Laterality
from training.cohort.table_text import CellRow
from training.cohort.table_values import OSTEOPOROTIC_T, DxaRow, TableFault, place_of

SPLITS = ("train", "validation", "test")
LONGEST_PSEUDONYM = 64
_PERSON = re.compile(r"[^\W\d_]{2,}[\s,^]+[^\W\d_]{2,}.*")
"""Two words of letters, as in names; also in the form of DICOM, with ^ between them."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


@dataclass(frozen=True)
class RowDraft:
    """What could be read of a row; ``None`` where a cell is empty or faulty."""

    number: int
    subject: str | None
    name: str | None
    film: Path | None
    age_years: float | None
    sex: str | None
    osteoporotic: bool | None
    t_score: float | None
    height_cm: float | None
    side: Laterality | None
    spacing_mm: float | None
    split: str | None
    dxa_date: date | None
    film_date: date | None

    def row(self, sha256: str | None) -> DxaRow:
        """The row, once the table is known to be without fault."""
        return DxaRow(**vars(self), sha256=sha256)


class RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, path: Path, row: CellRow, comma_decimals: bool) -> None:
        self.path = path
        self.row = row
        self.comma_decimals = comma_decimals
        self.faults: list[TableFault] = []

    def read(self) -> RowDraft:
        """What could be read; the rest is in `faults`."""
        name = self._film()
        t_score, osteoporotic = self._label()
        side = self._choice("side", ("left", "right"), "Write left or right", optional=True)
        return RowDraft(
            number=self.row.number,
            subject=self._subject(),
            name=name,
            film=None if name is None else self.path.parent / name,
            age_years=self._number("age_years", 0, 120, "Give the age at the film in years"),
            sex=self._choice("sex", ("F", "M"), "Write F or M"),
            osteoporotic=osteoporotic,
            t_score=t_score,
            height_cm=self._number("height_cm", 50, 250, "Give centimetres", optional=True),
            side=None if side is None else Laterality(side),
            spacing_mm=self._number("spacing_mm", *PLAUSIBLE_MM, "Give millimetres per pixel, such as 0.15", optional=True),
            split=self._choice("split", SPLITS, f"Write {', '.join(SPLITS)}", optional=True),
            dxa_date=self._date("dxa_date"),
            film_date=self._date("film_date"),
        )

    def _cell(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def _fault(self, column: str, fault: str, remedy: str) -> None:
        self.faults.append(TableFault(place_of(self.path, self.row.number, column), fault, remedy))

    def _given(self, column: str, remedy: str) -> str | None:
        cell = self._cell(column)
        if not cell and column in self.row.cells:  # a missing column was told once, for all rows
            self._fault(column, "is empty", remedy)
        return cell or None

    def _subject(self) -> str | None:
        remedy = "Give each subject a pseudonym, such as S0412"
        subject = self._given("subject", remedy)
        if subject is None:
            return None
        if _PERSON.fullmatch(subject):
            # The value is not repeated: what is printed ends in logs.
            self._fault("subject", "looks like the name of a person (not repeated here)", remedy)
            return None
        if len(subject) > LONGEST_PSEUDONYM or not subject.isprintable():
            self._fault("subject", f"has {len(subject)} characters or a sign that cannot be printed", remedy)
            return None
        return subject

    def _film(self) -> str | None:
        name = self._given("film", "Name the film's file, relative to the table")
        if name is None:
            return None
        if "\\" in name:
            self._fault("film", f"is {_shown(name)}, with \\ between folders", "Write / between folders")
        elif PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or ".." in PurePosixPath(name).parts:
            remedy = "Put the table above the films, and write the path from there, without a leading / and the part '..'"
            self._fault("film", f"is {_shown(name)}, which leads out of the table's folder", remedy)
        else:
            return name
        return None

    def _number(self, column: str, low: float, high: float, remedy: str, *, optional: bool = False) -> float | None:
        cell = self._cell(column) if optional else self._given(column, remedy)
        if not cell:
            return None
        text = cell.replace("\N{MINUS SIGN}", "-")
        if self.comma_decimals and "." not in text:
            text = text.replace(",", ".")
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        if low <= number <= high:
            return number
        if "," in cell and not self.comma_decimals:
            remedy = "Write a decimal point, or separate the columns by ;"
        self._fault(column, f"is {_shown(cell)}, not a number from {low:g} to {high:g}", remedy)
        return None

    def _choice(self, column: str, choices: Sequence[str], remedy: str, *, optional: bool = False) -> str | None:
        cell = self._cell(column) if optional else self._given(column, remedy)
        if not cell:
            return None
        for word in choices:
            if cell.casefold() == word.casefold():
                return word
        self._fault(column, f"is {_shown(cell)}, not one of {', '.join(choices)}", remedy)
        return None

    def _label(self) -> tuple[float | None, bool | None]:
        remedy = "Give the lowest T-score of hip, spine and one-third radius"
        t_score = self._number("t_score", -8, 8, remedy, optional=True)
        said = self._choice("osteoporotic", ("0", "1"), "Write 1 for osteoporosis, 0 for none", optional=True)
        by_score = None if t_score is None else t_score <= OSTEOPOROTIC_T
        if said is None:
            if by_score is None and not any(self._cell(column) for column in ("t_score", "osteoporotic")):
                column = "t_score" if "t_score" in self.row.cells else "osteoporotic"
                if column in self.row.cells:
                    self._fault(column, "is empty, and so is every other DXA result", "Give t_score or osteoporotic")
            return t_score, by_score
        if by_score is not None and by_score != (said == "1"):
            fault = f"is {said}, but the T-score is {t_score:g} (osteoporosis is {OSTEOPOROTIC_T} or lower)"
            self._fault("osteoporotic", fault, "Mend one of the two")
        return t_score, said == "1"

    def _date(self, column: str) -> date | None:
        cell = self._cell(column)
        if not cell:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
                return date.fromisoformat(cell)
        except ValueError:
            pass
        self._fault(column, f"is {_shown(cell)}, not a date", "Write year, month and day as in 2026-11-30")
        return None


def _shown(cell: str) -> str:
    text = repr(cell)
    return text if len(text) <= 60 else text[:57] + "..."
