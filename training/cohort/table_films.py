"""The films that a table names: each once, readable, and not at odds with its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph import Laterality, Radiograph, read_radiograph
from training.cohort.table_cells import RowDraft
from training.cohort.table_checks import YEARS_APART
from training.cohort.table_values import TableFault, place_of

Progress = Callable[[int, int], None]
"""Gets the number of films read, and of all films."""


@dataclass(frozen=True)
class ReadFilms:
    """SHA-256 of each film by the number of its row; what is wrong, and what a person should look at."""

    sha256: dict[int, str]
    faults: tuple[TableFault, ...]
    warnings: tuple[str, ...]


def repeated_films(path: Path, drafts: Sequence[RowDraft]) -> Iterator[TableFault]:
    """Films that are listed twice by their paths."""
    first: dict[str, RowDraft] = {}
    for draft in drafts:
        if draft.name is not None:
            earlier = first.setdefault(str(PurePosixPath(draft.name)), draft)
            if earlier is not draft:
                yield _twice(path, earlier, draft, "is the film")


def read_films(path: Path, drafts: Sequence[RowDraft], progress: Progress | None = None) -> ReadFilms:
    """Decode every film, compare its tags with its row, and find films of the same content under several names."""
    hashes: dict[int, str] = {}
    faults: list[TableFault] = []
    warnings: list[str] = []
    first: dict[str, RowDraft] = {}
    named = [draft for draft in drafts if draft.film is not None and draft.name is not None]
    for count, draft in enumerate(named, start=1):
        assert draft.film is not None
        assert draft.name is not None
        try:
            film = read_radiograph(draft.film)
        except FilmError as error:
            fault = f"{draft.name!r} cannot be used: {error.fault}"
            faults.append(TableFault(place_of(path, draft.number, "film"), fault, error.remedy))
        else:
            hashes[draft.number] = film.source.sha256
            warnings += _disagreements(path, draft, film)
            earlier = first.setdefault(film.source.sha256, draft)
            if earlier.name is not None and PurePosixPath(earlier.name) != PurePosixPath(draft.name):
                faults.append(_twice(path, earlier, draft, "has the very content of the film"))
        if progress is not None:
            progress(count, len(named))
    return ReadFilms(hashes, tuple(faults), tuple(warnings))


def _disagreements(path: Path, draft: RowDraft, film: Radiograph) -> Iterator[str]:
    """What the film's own tags say otherwise: a sign that the wrong film was exported."""
    age, sex, side = film.source.patient_age_years, film.source.patient_sex, film.laterality
    check = "Check that it is this subject's film"
    if None not in (age, draft.age_years) and abs(age - draft.age_years) > YEARS_APART:  # type: ignore[operator]
        yield f"{place_of(path, draft.number, 'age_years')}: is {draft.age_years:g}, the film's tag says {age:g}. {check}"
    if sex in ("F", "M") and draft.sex is not None and sex != draft.sex:
        yield f"{place_of(path, draft.number, 'sex')}: is {draft.sex}, the film's tag says {sex}. {check}"
    if draft.side is not None and side is not Laterality.UNKNOWN and side is not draft.side:
        yield f"{place_of(path, draft.number, 'side')}: is {draft.side.value}, the film's tag says {side.value}. {check}"


def _twice(path: Path, earlier: RowDraft, draft: RowDraft, words: str) -> TableFault:
    fault, remedy = f"{draft.name!r} {words} of row {earlier.number}", "Remove one of the two rows"
    if None not in (draft.subject, earlier.subject) and draft.subject != earlier.subject:
        fault += ", which is another subject's"
        remedy = "Name each subject's own film, or mend the pseudonym"
    return TableFault(place_of(path, draft.number, "film"), fault, remedy)
