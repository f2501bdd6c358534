"""A hospital's films and DXA as a cohort: the rows of a checked table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from OsteoScreenLib.radiograph import Radiograph, read_radiograph
from training.cohort.table_values import DxaRow, DxaTable, TableFault, place_of
from training.cohort.values import Member


@dataclass(frozen=True)
class HospitalFilms:
    """The films that a table names (`training.cohort.table.read_table`)."""

    table: DxaTable

    def members(self) -> Sequence[Member]:
        """A row per film, in the table's order; the pseudonym and the film are named exactly as the table does."""
        return [_member(row) for row in self.table.rows]

    def radiograph(self, row: int) -> Radiograph:
        """Read the film of a row, with the spacing and side that the table gives.

        Raises `FilmError` where it cannot be read any more, and `TableFault` where it is not the film that was checked.
        """
        entry = self.table.rows[row]
        film = read_radiograph(entry.film, spacing_mm=entry.spacing_mm, laterality=entry.side)
        if entry.sha256 not in (None, film.source.sha256):
            place = place_of(self.table.path, entry.number, "film")
            raise TableFault(place, f"{entry.name!r} has changed since it was checked", "Restore the film, or start again")
        return film

    def describe(self) -> dict[str, Any]:
        """What ``cohort.json`` says."""
        return {
            "name": self.table.path.stem,
            "simulated": False,
            "words": f"films of patients with DXA, from {self.table.path.name}",
            "table_sha256": self.table.sha256,
        }


def _member(row: DxaRow) -> Member:
    return Member(
        subject=row.subject,
        film=row.name,
        age_years=row.age_years,
        woman=row.sex == "F",
        osteoporotic=row.osteoporotic,
        t_score=np.nan if row.t_score is None else row.t_score,
        height_cm=np.nan if row.height_cm is None else row.height_cm,
        side="" if row.side is None else row.side.value,
        split=row.split or "",
    )
