"""Workers that die, hang or grow cost their film at most; faults of the whole run end it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from OsteoScreenLib.archive import local, worker_process
from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.local import LocalWorkers
from OsteoScreenLib.archive.values import DIED, TIMED_OUT, FilmReference, Outcome, Settings
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.errors import BundleError
from Testing.archive.band_archive import Trouble, write_band_film
from Testing.band_bundle import write_band_bundle

pytestmark = pytest.mark.skipif(os.name != "posix", reason="films of this test kill the process that opens them")
NAMES = tuple(f"film-{number}.dcm" for number in range(4))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_band_bundle(tmp_path_factory.mktemp("bands") / "bundle", classifier=True)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number, name in enumerate(NAMES):
        write_band_film(folder / name, number)
    return folder


def work(source: Trouble, bundle: Path, out: Path, **changes: str) -> FilmWork:
    known = load_bundle(bundle)
    settings = {"software_version": "0.0.test", "bundle_name": known.name, "bundle_sha256": known.sha256, **changes}
    return FilmWork(source, Settings(**settings), bundle, out)  # type: ignore[arg-type]


def screened(workers: LocalWorkers, source: Trouble) -> dict[str, Outcome | None]:
    try:
        films = sorted(source.films(), key=lambda film: film.name)
        return {film.name: outcome for film, outcome in workers.screen(films, lambda film, sha256: True)}
    finally:
        workers.end()


def test_a_film_that_kills_its_worker_is_tried_twice_and_the_others_go_on(films: Path, bundle: Path, tmp_path: Path) -> None:
    source = Trouble(films, deadly=(NAMES[1],), deadly_once=(NAMES[2],), marks=tmp_path)
    workers = LocalWorkers(work(source, bundle, tmp_path), 2, 60.0)
    found = screened(workers, source)
    assert set(found) == set(NAMES)
    killed = found.pop(NAMES[1])
    assert killed is not None
    assert (killed.failure, killed.row) == (DIED, None)
    assert "osteoscreen screen" in killed.failure_text
    assert [outcome.failure for outcome in found.values() if outcome is not None] == [None] * 3
    assert workers.replaced == 3


def test_a_film_that_takes_too_long_is_given_up(films: Path, bundle: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(worker_process, "STARTING_S", 0.0)
    source = Trouble(films, endless=(NAMES[3],), marks=tmp_path)
    outcomes = LocalWorkers(work(source, bundle, tmp_path), 1, 1.5)
    try:
        ((film, outcome),) = outcomes.screen([only(source, NAMES[3])], lambda film, sha256: True)
    finally:
        outcomes.end()
    assert (film.name, outcome.failure if outcome else None) == (NAMES[3], TIMED_OUT)
    assert "1.5 seconds, 2 times" in (outcome.failure_text if outcome else "")
    assert outcomes.replaced == 2


def test_workers_are_renewed_and_nothing_is_lost_by_it(films: Path, bundle: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(local, "RENEWED_AFTER", 2)
    source = Trouble(films, marks=tmp_path)
    workers = LocalWorkers(work(source, bundle, tmp_path), 1, 60.0)
    found = screened(workers, source)
    assert set(found) == set(NAMES)
    assert workers.replaced == 0
    assert all(outcome is not None and outcome.row is not None for outcome in found.values())


def test_films_are_taken_as_there_are_workers_for_them(films: Path, bundle: Path, tmp_path: Path) -> None:
    source = Trouble(films, marks=tmp_path)
    taken: list[str] = []

    def counted() -> Iterator[FilmReference]:
        for film in sorted(source.films(), key=lambda film: film.name):
            taken.append(film.name)
            yield film

    workers = LocalWorkers(work(source, bundle, tmp_path), 2, 60.0)
    try:
        for number, _ in enumerate(workers.screen(counted(), lambda film, sha256: True), start=1):
            assert len(taken) <= number + 1
    finally:
        workers.end()


def test_unwanted_films_are_not_screened(films: Path, bundle: Path, tmp_path: Path) -> None:
    source = Trouble(films, marks=tmp_path)
    heard: dict[str, str] = {}

    def unwanted(film: FilmReference, sha256: str) -> bool:
        heard[film.name] = sha256
        return False

    workers = LocalWorkers(work(source, bundle, tmp_path), 1, 60.0)
    try:
        assert [outcome for _, outcome in workers.screen(source.films(), unwanted)] == [None] * 4
    finally:
        workers.end()
    assert len(set(heard.values())) == 4


def test_another_bundle_than_the_run_began_with_ends_it(films: Path, bundle: Path, tmp_path: Path) -> None:
    source = Trouble(films, marks=tmp_path)
    workers = LocalWorkers(work(source, bundle, tmp_path, bundle_sha256="ab" * 32), 1, 60.0)
    with pytest.raises(BundleError, match="the run began with abab"):
        screened(workers, source)


def only(source: Trouble, name: str) -> FilmReference:
    return next(film for film in source.films() if film.name == name)
