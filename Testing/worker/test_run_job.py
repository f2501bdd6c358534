"""A job writes a complete folder or none, and never replaces another film's result unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from OsteoScreenLib.errors import FilmError, OutputError
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.worker import Job, files, run_job
from Testing.screening_steps import StandInSteps, film_file


def silent(stage: str, fraction: float) -> None:
    """Progress that nobody watches."""


def job_for(folder: Path, **changes) -> Job:
    return Job(
        **{"film": film_file(folder / "hand.film"), "folder": folder / "out" / "hand", "scene": False, "report": False, **changes}
    )


def test_job_hands_its_settings_on_and_its_result_reads_back(tmp_path) -> None:
    stand_in = StandInSteps()
    outcome = run_job(job_for(tmp_path, seed=11, samples=2, bundle=tmp_path / "model", engine="x"), stand_in.steps, silent)
    assert stand_in.opened == [(tmp_path / "model", "x")]
    assert stand_in.screener is not None
    assert stand_in.screener.seen == [{"seed": 11, "samples": 2}]
    assert load_result(outcome.folder).seed == 11
    assert outcome.notes == ()


def test_files_are_those_asked_for(tmp_path) -> None:
    run_job(job_for(tmp_path), StandInSteps().steps, silent)
    plain = {path.name for path in (tmp_path / "out" / "hand").iterdir() if not path.name.startswith(".")}
    assert plain == {"result.json", "segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd"}
    run_job(job_for(tmp_path, masks=True, report=True), StandInSteps().steps, silent)
    more = {path.name for path in (tmp_path / "out" / "hand").iterdir() if not path.name.startswith(".")}
    assert more - plain == {"masks", "report.html", "overlay.png"}


def test_scene_is_left_out_with_a_note_where_slicer_core_is_missing(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    outcome = run_job(job_for(tmp_path, scene=True), StandInSteps().steps, silent)
    assert len(outcome.notes) == 1
    assert "slicer-core" in outcome.notes[0]
    assert (outcome.folder / "result.json").exists()
    assert not (outcome.folder / "scene.mrb").exists()


def test_scene_is_written_where_slicer_core_is_installed(tmp_path) -> None:
    pytest.importorskip("slicer")
    outcome = run_job(job_for(tmp_path, scene=True), StandInSteps().steps, silent)
    assert outcome.notes == ()
    assert (outcome.folder / "scene.mrb").stat().st_size > 1000


def test_same_film_replaces_its_own_result(tmp_path) -> None:
    run_job(job_for(tmp_path, seed=1), StandInSteps().steps, silent)
    outcome = run_job(job_for(tmp_path, seed=2), StandInSteps().steps, silent)
    assert load_result(outcome.folder).seed == 2


def test_result_of_another_film_is_replaced_only_when_asked(tmp_path) -> None:
    run_job(job_for(tmp_path), StandInSteps().steps, silent)
    before = (tmp_path / "out" / "hand" / "result.json").read_bytes()
    other = film_file(tmp_path / "other" / "hand.film", "not_flagged")
    with pytest.raises(OutputError, match="another film"):
        run_job(job_for(tmp_path, film=other), StandInSteps().steps, silent)
    assert (tmp_path / "out" / "hand" / "result.json").read_bytes() == before
    run_job(job_for(tmp_path, film=other, replace=True), StandInSteps().steps, silent)
    assert json.loads((tmp_path / "out" / "hand" / "result.json").read_text())["score"]["state"] == "not_flagged"


def test_folder_that_is_no_result_is_never_replaced(tmp_path) -> None:
    precious = film_file(tmp_path / "out" / "hand" / "thesis.txt", "words")
    with pytest.raises(OutputError):
        run_job(job_for(tmp_path, replace=True), StandInSteps().steps, silent)
    assert precious.read_text() == "words"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, MemoryError])
def test_whatever_is_raised_in_the_middle_leaves_nothing(tmp_path, error: type[BaseException]) -> None:
    def fail() -> None:
        assert (tmp_path / "out").exists()
        raise error

    with pytest.raises(error):
        run_job(job_for(tmp_path), StandInSteps(during=fail).steps, silent)
    assert not (tmp_path / "out").exists()


def test_film_is_read_before_the_model_is_loaded(tmp_path) -> None:
    stand_in = StandInSteps()
    with pytest.raises(FilmError):
        run_job(job_for(tmp_path, film=tmp_path / "none"), stand_in.steps, silent)
    assert stand_in.opened == []
