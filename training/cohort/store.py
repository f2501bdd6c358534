"""A cohort on disk: what it is, a table of its films, and shards of cut-outs that a stopped run goes on with.

``cohort.json`` says what the cohort is and how it was made, ``films.csv`` has a row per film, ``films-000.npz`` and on hold the
cut-outs of `FILMS_PER_SHARD` films each, in the table's order.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.errors import UsageError
from training.cohort.values import FilmCuts, Member

INDEX = "cohort.json"
TABLE = "films.csv"
FILMS_PER_SHARD = 25
FORMAT = 1
_PACKED = ("masks", "single", "whole_field")
_REMEDY = "Make it with python -m training.cohort"


@dataclass(frozen=True)
class Cohort:
    """A cohort's films in the order of its table.

    ``description`` is the content of ``cohort.json``; arrays have a row per film, as the fields of `FilmCuts`. Pixels lie in
    memory once; variants are made from them by `training.cohort.samples`.
    """

    folder: Path
    description: dict[str, Any]
    members: tuple[Member, ...]
    arrays: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.members)

    @property
    def name(self) -> str:
        """Short name for tables and titles."""
        return str(self.description["name"])

    @property
    def simulated(self) -> bool:
        """Whether its people are simulated."""
        return bool(self.description["simulated"])

    def column(self, name: str) -> np.ndarray:
        """A field of `Member`, one value per film."""
        return np.array([getattr(member, name) for member in self.members])

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects in the order in which they first appear."""
        return tuple(dict.fromkeys(member.subject for member in self.members))

    @property
    def subject_rows(self) -> np.ndarray:
        """Number of each film's subject in `subjects`."""
        place = {subject: row for row, subject in enumerate(self.subjects)}
        return np.array([place[member.subject] for member in self.members])

    @property
    def first_films(self) -> np.ndarray:
        """Row of every subject's first film."""
        return np.unique(self.subject_rows, return_index=True)[1]


def write_shard(folder: Path, number: int, cuts: Sequence[FilmCuts]) -> None:
    """Write the cut-outs of shard ``number``, renamed into place so that a stopped run leaves no half one."""
    rows: dict[str, np.ndarray] = {}
    for field in fields(FilmCuts):
        stacked = np.stack([np.asarray(getattr(one, field.name)) for one in cuts])
        rows[field.name] = np.packbits(stacked, axis=-1) if field.name in _PACKED else stacked
    part = shard_path(folder, number).with_suffix(".part.npz")
    np.savez(part, allow_pickle=False, **rows)
    part.replace(shard_path(folder, number))


def write_index(folder: Path, description: dict[str, Any], members: Sequence[Member]) -> None:
    """Write the table and, last, ``cohort.json``, without which a cohort is unfinished."""
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        names = [field.name for field in fields(Member)]
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        for member in members:
            writer.writerow({name: _shown(getattr(member, name)) for name in names})
    text = json.dumps({"format": FORMAT, **description, "films": len(members)}, indent=1)
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")


def load_cohort(folder: Path) -> Cohort:
    """Read a finished cohort. Raises `UsageError` naming the file that is missing or does not belong to it."""
    path = folder / INDEX
    if not path.is_file():
        raise UsageError(path, "no file is here, so this is no finished cohort", _REMEDY)
    description = json.loads(path.read_text(encoding="utf-8"))
    if description.get("format") != FORMAT:
        raise UsageError(path, f"has format {description.get('format')}, not {FORMAT}", _REMEDY)
    members = _read_table(folder / TABLE)
    if len(members) != description["films"]:
        raise UsageError(folder / TABLE, f"has {len(members)} films, not {description['films']}", _REMEDY)
    shards = [_read_shard(shard_path(folder, number)) for number in range(-(-len(members) // FILMS_PER_SHARD))]
    arrays = {name: np.concatenate([shard[name] for shard in shards])[: len(members)] for name in shards[0]}
    return Cohort(folder, description, members, arrays)


def shard_path(folder: Path, number: int) -> Path:
    """Where shard ``number`` lies."""
    return folder / f"films-{number:03d}.npz"


def _read_shard(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise UsageError(path, "no file is here", _REMEDY)
    with np.load(path) as shard:
        rows = {name: shard[name] for name in shard.files}
    widths = {"masks": "pixels", "single": "pixels", "whole_field": "whole"}
    for name, like in widths.items():
        rows[name] = np.unpackbits(rows[name], axis=-1, count=rows[like].shape[-1]).astype(bool)
    return rows


def _read_table(path: Path) -> tuple[Member, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_member(row) for row in csv.DictReader(file))


def _member(row: dict[str, str]) -> Member:
    values: dict[str, Any] = {}
    for field in fields(Member):
        text = row[field.name]
        values[field.name] = text == "1" if field.type == "bool" else float(text) if field.type == "float" else text
    return Member(**values)


def _shown(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    return repr(float(value)) if isinstance(value, float) else str(value)
