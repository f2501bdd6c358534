"""What leaves a session: a data set that the training's own check passes, that trains, and that names nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.annotation.export import export_manifest
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import OsteoScreenError, OutputError
from OsteoScreenLib.radiograph import Laterality, Polarity, PolarityBasis, Spacing, SpacingProvenance, read_radiograph
from OsteoScreenLib.radiograph.exchange import FilmArray, save_film_array
from OsteoScreenLib.radiograph.plain_picture import write_plain_picture
from OsteoScreenLib.screening.storage import save_result
from Testing.annotation.queue_films import ABSENT, make_session, own_masks, result_of, write_film
from Testing.radiograph.dicom_films import hand_phantom, write_dicom
from training.annotations import main as check
from training.segmentation.annotation_files import read_films
from training.segmentation.manifest import AnnotationStatus, read_manifest
from training.segmentation.network import NetworkSettings
from training.segmentation.settings import AnnotationSettings, SegmentationSettings, Stage
from training.segmentation.train import train

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Four films: two annotators on the first, a rejection on the second, a draft on the third, the fourth untouched."""
    session = make_session(tmp_path, [0.4, 0.3, 0.2, 0.1])
    session.accept("0001", "A1", "clear", ABSENT)
    session.correct("0001", "B2", own_masks(session, "0001"), ABSENT)
    session.reject("0002", "A1", "motion")
    session.correct("0002", "B2", own_masks(session, "0002"), ABSENT)
    session.save_draft("0003", "A1", own_masks(session, "0003"))
    return session


def test_the_training_reads_what_was_decided(session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = export_manifest(session, tmp_path / "set", "Wrists of 2024", licence="internal use")
    assert summary.manifest == tmp_path / "set" / "manifest.json"
    assert check(["check", str(summary.manifest)]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    manifest = read_manifest(summary.manifest)
    assert (manifest.name, manifest.licence) == ("Wrists of 2024", "internal use")
    assert [(film.id, film.subject) for film in manifest.films] == [("0001", "S0001"), ("0002", "S0002")]
    said = {
        (film.id, each.annotator): (each.status, each.comment, each.absent)
        for film in manifest.films
        for each in film.annotations
    }
    assert said == {
        ("0001", "A1"): (AnnotationStatus.ACCEPTED, "clear", ABSENT),
        ("0001", "B2"): (AnnotationStatus.CORRECTED, None, ABSENT),
        ("0002", "A1"): (AnnotationStatus.REJECTED, "motion", ()),
        ("0002", "B2"): (AnnotationStatus.CORRECTED, None, ABSENT),
    }
    first, second = read_films(summary.manifest)
    for film, annotator in ((first, "A1"), (first, "B2"), (second, "B2")):
        drawn = session.starting_masks(film.entry.id, annotator)
        assert np.array_equal(film.masks[annotator], drawn)  # type: ignore[arg-type]
    assert (summary.films, summary.subjects, summary.annotators) == (2, 2, ("A1", "B2"))
    assert (summary.accepted, summary.corrected, summary.rejected) == (1, 2, 1)


def test_the_summary_tells_what_was_left_out_and_why(session: Session, tmp_path: Path) -> None:
    session.save_draft("0001", "A1", own_masks(session, "0001"))
    (tmp_path / "films" / "b.png").unlink()
    (session.folder / "work" / "C3.json").write_text("{")
    session.refresh()
    summary = export_manifest(session, tmp_path / "set", "Wrists")
    assert len(summary.left_out) == 4
    for words in ("all work of C3", "2 films without a decision", "film 0001, A1: unfinished outlines; the decision before"):
        assert any(line.startswith(words) for line in summary.left_out), words
    assert any("b.png is not in" in line for line in summary.left_out)
    assert all(line in summary.words() for line in summary.left_out)
    assert summary.films == 1


def test_a_step_is_trained_on_it(session: Session, tmp_path: Path) -> None:
    summary = export_manifest(session, tmp_path / "set", "Wrists")
    settings = SegmentationSettings(
        seed=3,
        network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
        stages=(Stage(size=64, batch=2, steps=1, rate=1e-3, final_rate=1e-4),),
        annotations=AnnotationSettings(manifest=summary.manifest, share=1.0),
        validation_films=1,
        workers=0,
        samples=1,
    )
    assert train(settings, tmp_path / "run", quiet=True).step == 1


def dicom_session(tmp_path: Path, **options: Any) -> tuple[Session, np.ndarray]:
    """A session of one DICOM film with a person's name in it, one bone drawn as a box; and its pixels."""
    pixels = hand_phantom()
    tags = {"PatientName": "Jane^Doe", "PatientID": "MRN12345", "ImagerPixelSpacing": [0.14, 0.14], "ImageLaterality": "L"}
    film = write_dicom(tmp_path / "Jane Doe" / "doe.dcm", pixels, tags=tags, bits_stored=12, **options)
    session = Session.create(tmp_path / "session", [film], subjects={film: "Doe"})
    masks = np.zeros((7, *pixels.shape), bool)
    masks[:, 100:200, 100:150] = True
    session.correct("0001", "A1", masks)
    return session, pixels


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_no_name_leaves_and_the_film_stays_what_it_was(tmp_path: Path, photometric: str) -> None:
    (tmp_path / "Jane Doe").mkdir()
    session, _ = dicom_session(tmp_path, photometric=photometric)
    summary = export_manifest(session, tmp_path / "set", "Wrists")
    for path in (tmp_path / "set").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in (b"Jane", b"Doe", b"doe", b"MRN12345", str(tmp_path).encode()):
            assert secret not in content
            assert secret.decode() not in path.relative_to(tmp_path / "set").as_posix()
    (film,) = read_films(summary.manifest)
    original = read_radiograph(session.item("0001").film)
    assert film.radiograph.laterality is Laterality.LEFT
    assert (film.radiograph.spacing.row_mm, film.radiograph.spacing.column_mm) == (0.14, 0.14)
    assert np.array_equal(film.radiograph.field, original.field)
    assert np.abs(film.radiograph.normalised() - original.normalised()).max() < 1e-5
    assert film.entry.sha256 != session.item("0001").sha256


def test_subjects_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    films = [write_film(tmp_path / f"{n}.png", n) for n in range(3)]
    session = Session.create(tmp_path / "session", films, subjects=dict(zip(films, ["P7", "P9", "P7"], strict=True)))
    masks = np.zeros((7, 200, 160), bool)
    masks[:, 50:100, 50:90] = True
    for item in session.items:
        session.correct(item.id, "A1", masks)
    numbered = read_manifest(export_manifest(session, tmp_path / "one", "x").manifest)
    kept = read_manifest(export_manifest(session, tmp_path / "two", "x", anonymise_subjects=False).manifest)
    assert [film.subject for film in numbered.films] == ["S0001", "S0002", "S0001"]
    assert [film.subject for film in kept.films] == ["P7", "P9", "P7"]


@pytest.mark.parametrize("basis", [PolarityBasis.USER, PolarityBasis.CONTENT])
def test_what_was_decided_of_a_film_goes_with_it(tmp_path: Path, basis: PolarityBasis) -> None:
    session = make_session(tmp_path, [None])
    result = result_of(session.item("0001").film, 0.2)
    film = replace(
        result.film,
        spacing=Spacing(0.2, 0.25, SpacingProvenance.USER),
        laterality=Laterality.RIGHT,
        polarity=Polarity(True, basis),
    )
    (tmp_path / "r").mkdir()
    save_result(replace(result, film=film), tmp_path / "r")
    session.attach_result("0001", tmp_path / "r")
    session.accept("0001", "A1", absent=ABSENT)
    (found,) = read_films(export_manifest(session, tmp_path / "set", "x").manifest)
    expected = read_radiograph(session.item("0001").film, invert=True)
    assert found.radiograph.spacing == Spacing(0.2, 0.25, SpacingProvenance.USER)
    assert found.radiograph.laterality is Laterality.RIGHT
    assert np.abs(found.radiograph.normalised() - expected.normalised()).max() < 1e-5


def test_films_of_another_process_are_exported_too(tmp_path: Path) -> None:
    pixels = hand_phantom().astype(np.float32) / 7
    save_film_array(FilmArray(pixels, "Jane Doe", Spacing(0.1, 0.1, SpacingProvenance.CALIBRATED)), tmp_path / "node")
    session = Session.create(tmp_path / "session", [tmp_path / "node"])
    masks = np.zeros((7, *pixels.shape), bool)
    masks[:, 50:100, 50:90] = True
    session.correct("0001", "A1", masks)
    (found,) = read_films(export_manifest(session, tmp_path / "set", "x").manifest)
    assert found.radiograph.spacing.row_mm == 0.1
    assert np.array_equal(found.masks["A1"], masks)


def test_the_same_pixels_in_two_files_are_exported_once(tmp_path: Path) -> None:
    pixels = hand_phantom()
    films = [write_dicom(tmp_path / f"{n}.dcm", pixels, bits_stored=12) for n in range(2)]
    session = Session.create(tmp_path / "session", films)
    masks = np.zeros((7, *pixels.shape), bool)
    masks[:, 50:100, 50:90] = True
    for item in session.items:
        session.correct(item.id, "A1", masks)
    summary = export_manifest(session, tmp_path / "set", "x")
    assert summary.left_out == ("film 0002: shows the very pixels of film 0001",)
    assert check(["check", str(summary.manifest)]) == 0


def test_outlines_of_another_grid_are_left_out(tmp_path: Path) -> None:
    session = make_session(tmp_path, [None, 0.2])
    session.correct("0001", "A1", np.ones((7, 50, 40), bool))
    session.accept("0002", "A1", absent=ABSENT)
    summary = export_manifest(session, tmp_path / "set", "x")
    assert any("has 50 x 40 pixels, the film 200 x 160" in line for line in summary.left_out)
    assert summary.films == 1
    assert check(["check", str(summary.manifest)]) == 0


def test_nothing_appears_where_nothing_can_be_exported(session: Session, tmp_path: Path) -> None:
    def refused(folder: Path, name: str = "x", of: Session = session) -> str:
        before = sorted(tmp_path.iterdir())
        with pytest.raises(OsteoScreenError) as caught:
            export_manifest(of, folder, name)
        assert sorted(tmp_path.iterdir()) == before
        return str(caught.value)

    assert "exists already" in refused(tmp_path / "films")
    assert "exists already" in refused(tmp_path / "films" / "a.png")
    assert "cannot be created" in refused(tmp_path / "films" / "a.png" / "set")
    assert "is empty" in refused(tmp_path / "set", " ")
    untouched = make_session(tmp_path / "other", [0.1])
    untouched.reject("0001", "A1", "motion")
    assert "would hold no outlines" in refused(tmp_path / "set", of=untouched)


def test_an_unwritable_picture_is_told(tmp_path: Path) -> None:
    film = read_radiograph(write_film(tmp_path / "a.png", 1))
    with pytest.raises(OutputError, match="cannot be written"):
        write_plain_picture(film, tmp_path / "none" / "a.png")


def run(*arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "OsteoScreenLib.annotation", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_process_tells_its_progress_and_the_end(session: Session, tmp_path: Path) -> None:
    status, lines = run(session.folder, tmp_path / "set", "--name", "Wrists", "--licence", "internal", "--notes", "n")
    assert status == 0
    assert [line["stage"] for line in lines[:-1]] == ["film 0001", "film 0002", "done"]
    assert lines[-1]["result"] == str(tmp_path / "set")
    assert lines[-1]["left_out"] == ["2 films without a decision"]
    assert read_manifest(tmp_path / "set" / "manifest.json").notes == "n"
    status, lines = run(session.folder, tmp_path / "set", "--name", "Wrists")
    assert (status, lines[-1]["error"]) == (2, "bad_output")
    assert "exists already" in lines[-1]["message"]
