"""An archive that lies on a DICOMweb server: listed, fetched film by film, and nothing of it left behind."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from OsteoScreenLib.archive import pacs_source
from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.pacs_source import PacsSource, is_web_address
from OsteoScreenLib.archive.values import NOT_FETCHED, Settings
from OsteoScreenLib.errors import FilmError, UsageError
from OsteoScreenLib.pacs.faults import PacsError
from Testing.archive.band_archive import batch, write_band_film
from Testing.band_bundle import write_band_bundle
from Testing.orthanc_server import OrthancServer, orthanc, require_orthanc

FILMS = 3


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number in range(FILMS):
        write_band_film(folder / f"film-{number}.dcm", number)
    return folder


@pytest.fixture
def server(films: Path, tmp_path: Path) -> Iterator[OrthancServer]:
    require_orthanc()
    with orthanc(tmp_path / "orthanc") as running:
        for path in sorted(films.iterdir()):
            running.add(path.read_bytes())
        yield running


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "films.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_films_of_a_server_get_the_results_of_the_same_films_in_a_folder(
    server: OrthancServer, films: Path, tmp_path: Path
) -> None:
    bundle = write_band_bundle(tmp_path / "bundle", classifier=True)
    options = ("--bundle", bundle, "--workers", 1, "--quiet")
    assert batch(films, "--out", tmp_path / "local", *options).returncode == 0
    address = f"{server.dicomweb}?PatientID=PHANTOM&BodyPartExamined=HAND"
    done = batch(address, "--out", tmp_path / "pacs", *options)
    assert (done.returncode, done.stderr) == (0, "")
    found, wanted = rows(tmp_path / "pacs"), rows(tmp_path / "local")
    assert len(found) == FILMS
    for row in found:
        study, _, instance = row["film"].split("/")
        assert (study, instance) == (row["study_instance_uid"], row["sop_instance_uid"])
    apart = ("film", "sha256")  # the server may write the file's own header anew
    by_uid = {row["sop_instance_uid"]: {k: v for k, v in row.items() if k not in apart} for row in wanted}
    assert {row["sop_instance_uid"]: {k: v for k, v in row.items() if k not in apart} for row in found} == by_uid
    assert not (tmp_path / "pacs" / ".fetched").exists()


def test_films_are_private_while_they_are_here_and_gone_afterwards(server: OrthancServer, tmp_path: Path) -> None:
    source = PacsSource.of(server.dicomweb, tmp_path / "out" / ".fetched")
    (tmp_path / "out").mkdir()
    found = list(source.films())
    assert len(found) == FILMS
    with source.open(found[0]) as path:
        assert path.read_bytes()[128:132] == b"DICM"
        assert path.is_relative_to(source.scratch)
        assert (path.parent.stat().st_mode & 0o077, source.scratch.stat().st_mode & 0o077) == (0, 0)
    assert list(source.scratch.iterdir()) == []
    (source.scratch / "left by a killed worker").mkdir()
    source.clear()
    assert not source.scratch.exists()


def test_a_film_that_is_not_there_any_more_is_its_own_failure(server: OrthancServer, tmp_path: Path) -> None:
    source = PacsSource.of(server.dicomweb, tmp_path / ".fetched")
    film = next(iter(source.films()))
    study, series, _ = film.location.split("/")
    gone = type(film)("gone", f"{study}/{series}/2.25.404")
    with pytest.raises(FilmError, match="does not give it"), source.open(gone):
        pytest.fail("there is no such film")


def test_a_server_that_goes_away_leaves_films_for_the_next_run(
    server: OrthancServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PacsSource.of(server.dicomweb, tmp_path / ".fetched")
    film = next(iter(source.films()))
    server.kill()
    waited: list[float] = []
    monkeypatch.setattr(pacs_source.time, "sleep", waited.append)
    outcome = FilmWork(source, Settings("0", "b", "c"), None, tmp_path).screen(film, lambda sha256: True)
    assert outcome is not None
    assert (outcome.failure, outcome.sha256) == (NOT_FETCHED, None)
    assert str(server.http_port) not in outcome.failure_text
    assert len(waited) == pacs_source.ATTEMPTS - 1
    with pytest.raises(PacsError):
        list(source.films())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://user:secret@host/dicom-web", "user name or password"),
        ("https://host/dicom-web?notAKeyword=1", "KEY=VALUE"),
        ("https:///dicom-web", "names no host"),
    ],
)
def test_wrong_addresses_are_refused_without_repeating_secrets(text: str, wanted: str) -> None:
    with pytest.raises(UsageError, match=wanted) as caught:
        PacsSource.of(text, Path("x"))
    assert "secret" not in str(caught.value)


def test_only_web_addresses_are_taken_for_a_server() -> None:
    assert is_web_address("https://host/dicom-web?Modality=DX")
    assert not any(map(is_web_address, ["/films", "films.csv", "C:\\films", "dicom://A@host:104"]))
