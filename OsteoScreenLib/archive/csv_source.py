"""The films that a CSV file names, with the user's word on each."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.archive.film_names import shown_name
from OsteoScreenLib.archive.folder_source import signature_of
from OsteoScreenLib.archive.rows import COLUMNS
from OsteoScreenLib.archive.values import FilmOptions, FilmReference
from OsteoScreenLib.errors import OsteoScreenError, UsageError
from OsteoScreenLib.radiograph.spacing import user_spacing
from OsteoScreenLib.worker.job_values import age_number, sex_letter, side

FILM_COLUMN = "film"
_LARGEST = 256 << 20
"""Bytes of a CSV file: a million films with long paths."""
_FAULTS_SAID = 20
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class CsvSource:
    """The films in the column ``film`` of a CSV file, as paths from the folder that the file lies in.

    Optional columns are ``spacing_mm``, ``side`` (left, right), ``age_years``, ``sex`` (F, M) and ``invert`` (true, false); an
    empty cell leaves the decision to the film. All other columns are carried into the table as they are.
    """

    path: Path
    columns: tuple[str, ...]

    @classmethod
    def of(cls, path: Path) -> CsvSource:
        """Read the heading. Raises `UsageError` where the file cannot be read or its heading is no use."""
        for heading in _lines(path):
            return cls(path, tuple(name for name in _checked_heading(path, heading) if name not in (FILM_COLUMN, *_READERS)))
        raise UsageError(path, "is empty", f"Give a CSV file with a heading that has the column '{FILM_COLUMN}'")

    def films(self) -> Iterator[FilmReference]:
        """The films in the file's order. Raises one `UsageError` that says every fault of the file."""
        lines = _lines(self.path)
        heading = _checked_heading(self.path, next(lines, []))
        faults: list[str] = []
        films: list[FilmReference] = []
        seen: dict[str, int] = {}
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            film = self._film(heading, cells, number, faults)
            if film is not None and film.name in seen:
                faults.append(f"row {number}: film '{film.name}' is in row {seen[film.name]} already")
            elif film is not None:
                seen[film.name] = number
                films.append(film)
        if faults:
            said = "; ".join(faults[:_FAULTS_SAID])
            more = f"; and {len(faults) - _FAULTS_SAID} more" if len(faults) > _FAULTS_SAID else ""
            raise UsageError(self.path, f"has {len(faults)} faults: {said}{more}", "Mend the file and run the same command again")
        if not films:
            raise UsageError(self.path, "names no film", f"Put the paths of the films into the column '{FILM_COLUMN}'")
        yield from films

    def open(self, reference: FilmReference) -> AbstractContextManager[Path]:
        """The film's own file."""
        return nullcontext(Path(reference.location))

    def clear(self) -> None:
        """Nothing is left by anybody."""

    def _film(self, heading: list[str], cells: list[str], number: int, faults: list[str]) -> FilmReference | None:
        if len(cells) != len(heading):
            faults.append(f"row {number}: has {len(cells)} cells, the heading has {len(heading)}")
            return None
        row = dict(zip(heading, (cell.strip() for cell in cells), strict=True))
        given = row[FILM_COLUMN]
        if not given or "\0" in given:
            faults.append(f"row {number}: names no film")
            return None
        options: dict[str, Any] = {}
        for name, read in _READERS.items():
            text = row.get(name, "")
            try:
                options[name] = read(text) if text else None
            except ValueError as error:
                faults.append(f"row {number}: {name} '{text}' is not {error}")
        base = os.path.abspath(self.path.parent)
        location = os.path.normpath(os.path.join(base, given))
        return FilmReference(
            name=_name(location, base),
            location=location,
            options=FilmOptions(**options) if len(options) == len(_READERS) else FilmOptions(),
            extra=tuple(row[name] for name in self.columns),
            signature=signature_of(location) or "missing",
        )


def _name(location: str, base: str) -> str:
    try:
        place = os.path.relpath(location, base)
    except ValueError:  # another drive of Windows
        place = os.path.splitdrive(location)[1].lstrip(os.sep)
    return shown_name("/".join(place.split(os.sep)))


def _checked_heading(path: Path, cells: list[str]) -> list[str]:
    heading = [cell.strip() for cell in cells]
    taken = set(COLUMNS) - {FILM_COLUMN, *_READERS}
    faults = [f"no column '{FILM_COLUMN}'"] if FILM_COLUMN not in heading else []
    faults += [f"column {number} has no name" for number, name in enumerate(heading, start=1) if not name]
    faults += [f"column '{name}' comes twice" for name in sorted(set(heading)) if name and heading.count(name) > 1]
    faults += [f"column '{name}' is the name of a result" for name in heading if name in taken]
    if faults:
        raise UsageError(path, f"has a heading that cannot be used: {'; '.join(faults)}", "Mend the first line of the file")
    return heading


def _lines(path: Path) -> Iterator[list[str]]:
    remedy = "Give a CSV file in UTF-8 with commas between its cells"
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(path, f"is larger than {_LARGEST >> 20} MB", remedy)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.reader(stream, strict=True)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(path, f"cannot be read ({getattr(error, 'strerror', None) or error})", remedy) from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number") from None


def _spacing(text: str) -> float:
    number = _number(text)
    try:
        user_spacing(number)
    except OsteoScreenError as error:
        raise ValueError(f"a pixel spacing ({error.remedy[0].lower()}{error.remedy[1:]})") from None
    return number


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError("true or false")
    return _TRUTHS[text.lower()]


_READERS: dict[str, Callable[[str], Any]] = {
    "spacing_mm": _spacing,
    "side": lambda text: side(text.lower()).value,
    "age_years": lambda text: age_number(_number(text)),
    "sex": lambda text: sex_letter(text.upper()),
    "invert": _truth,
}
"""Readers of the optional columns; each raises `ValueError` saying what the cell must be."""
