"""Films that come into a session: each content once, moved ones found again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from OsteoScreenLib.annotation.film_files import distinct, identify, problem_of
from OsteoScreenLib.annotation.session_file import SessionDocument
from OsteoScreenLib.annotation.values import AddedFilms
from OsteoScreenLib.errors import OsteoScreenError


def take_in(
    document: SessionDocument, session: Path, films: Sequence[Path], subjects: Mapping[Path, str]
) -> tuple[SessionDocument, AddedFilms]:
    """The session's films with those of ``films`` that are new, and what became of each; `Session.add_films` says the rules."""
    given = {Path(os.path.abspath(path)): subject.strip() for path, subject in subjects.items()}
    known = {film.sha256: film for film in document.films}
    added: list[str] = []
    duplicates: list[tuple[Path, str]] = []
    found_again: list[str] = []
    left_out: list[tuple[Path, str]] = []
    for path in distinct(films):
        number = f"{max((int(film.id) for film in known.values()), default=0) + 1:04d}"
        try:
            film = identify(path, session, number, given.get(path) or f"film-{number}")
        except OsteoScreenError as error:
            left_out.append((path, f"{error.fault}. {error.remedy}"))
            continue
        same = known.get(film.sha256)
        if same is None:
            known[film.sha256] = film
            added.append(film.id)
        elif problem_of(same, session) is not None:
            known[film.sha256] = replace(film, id=same.id, subject=same.subject)
            found_again.append(same.id)
        else:
            duplicates.append((path, same.id))
    told = AddedFilms(tuple(added), tuple(duplicates), tuple(found_again), tuple(left_out))
    return replace(document, films=tuple(sorted(known.values(), key=lambda film: film.id))), told
