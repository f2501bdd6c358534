"""The worker that stays: one job after the other, whatever becomes of each, until its standard input ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib import __version__
from OsteoScreenLib.radiograph.exchange import FilmArray, load_radiograph, save_film_array
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.worker import FetchJob, Job, ReadJob, RescoreJob, write_job
from Testing.band_bundle import band_film, hand_masks, write_band_bundle
from Testing.screening_steps import film_file
from Testing.worker.worker_runs import REAL, Worker, names, stand_in

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that a process could be sent")
READY = {"ready": __version__}


def job_file(folder: Path, name: str = "job", film: str = "indeterminate", **changes) -> Path:
    """A job of the stand-in for the model."""
    film_file(folder / f"{name}.film", film)
    path = folder / f"{name}.json"
    content = {"film": f"{name}.film", "folder": f"out/{name}", "scene": False, "report": False, **changes}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_jobs_are_run_one_after_the_other(tmp_path) -> None:
    with Worker(stand_in("plain"), "--serve") as worker:
        worker.send(job_file(tmp_path, "a"))  # before it is ready
        assert next(worker.lines()) == READY
        assert worker.answer() == {"result": str(tmp_path / "out" / "a"), "state": "indeterminate", "notes": []}
        worker.send(job_file(tmp_path, "b", "consider_dxa"), job_file(tmp_path, "c", "not_flagged"))
        assert [worker.answer()["state"] for _ in range(2)] == ["consider_dxa", "not_flagged"]
        worker.close_input()
        assert list(worker.lines()) == []
        assert worker.end() == 0
    assert names(tmp_path / "out") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("mode", "code"),
    [("plain", "bad_film"), ("fault once", "internal")],
)
def test_job_that_fails_is_followed_by_one_that_works(tmp_path, mode: str, code: str) -> None:
    with Worker(stand_in(mode), "--serve") as worker:
        assert next(worker.lines()) == READY
        worker.send(job_file(tmp_path, "a", "a shopping list" if mode == "plain" else "indeterminate"))
        assert worker.answer()["error"] == code
        assert names(tmp_path / "out") == []
        worker.send(tmp_path / "none.json")
        assert worker.answer()["error"] == "bad_usage"
        worker.send(job_file(tmp_path, "b"))
        assert worker.answer()["state"] == "indeterminate"
        worker.close_input()
        assert worker.end() == 0


def test_lines_may_end_as_on_windows_and_be_empty(tmp_path) -> None:
    with Worker(stand_in("plain"), "--serve") as worker:
        assert next(worker.lines()) == READY
        worker.send("", f"{job_file(tmp_path, 'hand – rechts')}\r", "  ")
        assert worker.answer()["result"] == str(tmp_path / "out" / "hand – rechts")
        worker.close_input()
        assert worker.end() == 0


def test_line_too_long_to_be_a_path_is_refused(tmp_path) -> None:
    with Worker(stand_in("plain"), "--serve") as worker:
        worker.send("x" * 1_000_000, job_file(tmp_path))
        assert next(worker.lines()) == READY
        assert worker.answer()["error"] == "bad_usage"
        assert worker.answer()["state"] == "indeterminate"


def test_libraries_that_read_standard_input_take_no_jobs_away(tmp_path) -> None:
    with Worker(stand_in("curious"), "--serve") as worker:
        worker.send(*(job_file(tmp_path, name) for name in "ab"))
        assert next(worker.lines()) == READY
        assert [worker.answer()["result"] for _ in "ab"] == [str(tmp_path / "out" / name) for name in "ab"]
        worker.close_input()
        assert worker.end() == 0
    assert "python reads ''" in worker.errors
    assert "C reads b''" in worker.errors


@pytest.mark.parametrize("mode", ["wait", "windows"])
def test_end_of_input_during_a_job_ends_it_and_leaves_nothing(tmp_path, mode: str) -> None:
    with Worker(stand_in(mode), "--serve") as worker:
        worker.send(job_file(tmp_path, "a"), job_file(tmp_path, "b"))
        worker.until("segmentation")
        assert [name.startswith(".a.") for name in names(tmp_path / "out")] == [True]
        worker.close_input()
        assert list(worker.lines()) == []
        assert worker.end() == 143
    assert names(tmp_path / "out") == []
    assert "Traceback" not in worker.errors


def test_end_of_input_during_a_fetch_leaves_nothing(tmp_path) -> None:
    write_job(FetchJob("https://models.example/bands", tmp_path / "library"), tmp_path / "fetch.json")
    with Worker(stand_in("wait"), "--serve") as worker:
        worker.send(tmp_path / "fetch.json")
        lines = worker.lines()
        while next(lines).get("fraction") != 0.5:
            pass
        worker.close_input()
        assert worker.end() == 143
    assert names(tmp_path / "library") == []


@posix
def test_terminated_while_it_waits_it_ends(tmp_path) -> None:
    with Worker(stand_in("plain"), "--serve") as worker:
        worker.send(job_file(tmp_path))
        assert next(worker.lines()) == READY
        assert "result" in worker.answer()
        worker.process.terminate()
        assert worker.end() == 143
    assert worker.errors == ""


@posix
def test_terminated_during_a_job_it_ends_and_leaves_nothing(tmp_path) -> None:
    with Worker(stand_in("wait"), "--serve") as worker:
        worker.send(job_file(tmp_path))
        worker.until("segmentation")
        worker.process.terminate()
        assert worker.end() == 143
    assert names(tmp_path / "out") == []


@posix
def test_worker_of_a_killed_program_ends_during_its_job_and_leaves_nothing(tmp_path) -> None:
    """The program is killed outright; the worker, which shares our pipe, notices by the end of its input."""
    job = job_file(tmp_path)
    program = "import subprocess, sys, time; p = subprocess.Popen(sys.argv[2:], stdin=-1, text=True)\n"
    program += "p.stdin.write(sys.argv[1] + '\\n'); p.stdin.flush(); time.sleep(600)"
    command = [sys.executable, "-c", program, str(job), *stand_in("wait"), "--serve"]
    with Worker(command) as parent:
        parent.until("segmentation")
        parent.process.send_signal(signal.SIGKILL)
        assert parent.process.wait(120) == -signal.SIGKILL
        assert list(parent.lines()) == []  # ends only when the worker, too, has closed the pipe
    assert names(tmp_path / "out") == []


def test_without_standard_input_it_ends_at_once() -> None:
    done = subprocess.run(
        [*stand_in("plain"), "--serve"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [READY]


@posix
def test_with_standard_input_closed_it_ends_at_once() -> None:
    done = subprocess.run(
        [*stand_in("plain"), "--serve"],
        preexec_fn=lambda: os.close(0),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--serve", "a"], ["--sing"], ["--serve", "--bundle"]])
def test_wrong_arguments_are_told_in_one_line(arguments: list[str]) -> None:
    with Worker(stand_in("plain"), *arguments) as worker:
        lines = list(worker.lines())
        assert worker.end() == 2
    assert [line["error"] for line in lines] == ["bad_usage"]
    assert "\n" not in lines[0]["message"]


@pytest.fixture
def material(tmp_path) -> Path:
    """A folder with ``film`` and ``bundle``."""
    write_band_bundle(tmp_path / "bundle", classifier=True)
    film = np.round(band_film(hand_masks((240, 216))).pixels * 60000).astype(np.uint16)
    save_film_array(FilmArray(film, "hand"), tmp_path / "film")
    return tmp_path


def test_real_jobs_of_every_kind_in_one_process(material: Path) -> None:
    film, bundle, result = material / "film", material / "bundle", material / "result"
    jobs = {
        "read": ReadJob(film, material / "read", invert=False),
        "screen": Job(film, result, bundle, invert=False, scene=False, report=False),
        "again": Job(film, material / "again", bundle, invert=False, scene=False, report=False),
        "rescore": RescoreJob(
            film, material / "new", result=result, masks=result / "segmentation.seg.nrrd", bundle=bundle, invert=False
        ),
    }
    for name, job in jobs.items():
        write_job(job, material / f"{name}.json")
    with Worker(REAL, "--serve", "--bundle", bundle) as worker:
        assert next(worker.lines()) == READY
        worker.send(*(material / f"{name}.json" for name in jobs))
        answers = {name: worker.answer() for name in jobs}
        worker.close_input()
        assert worker.end() == 0
    assert {name: answer["result"] for name, answer in answers.items()} == {name: str(job.folder) for name, job in jobs.items()}
    first, second = load_result(result), load_result(material / "again")
    assert load_radiograph(material / "read").shape == first.film.shape
    assert [answer["state"] for answer in answers.values()] == [None, *[first.score.state.value] * 3]
    for file in ("segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd"):
        assert (result / file).read_bytes() == (material / "again" / file).read_bytes()
    assert first.score == second.score
    assert load_result(material / "new").score.state is first.score.state
    assert worker.errors == ""


def test_model_that_cannot_be_loaded_in_advance_is_told_by_the_job_that_needs_it(material: Path) -> None:
    for name, bundle in (("a", material / "none"), ("b", material / "bundle")):
        write_job(Job(material / "film", material / name, bundle, scene=False, report=False), material / f"{name}.json")
    with Worker(REAL, "--serve", "--bundle", material / "none") as worker:
        assert next(worker.lines()) == READY
        worker.send(material / "a.json", material / "b.json")
        assert worker.answer()["error"] == "bad_bundle"
        assert worker.answer()["result"] == str(material / "b")


@pytest.mark.parametrize("stage", ["reading", "segmentation", "radiogrammetry", "writing", "report"])
def test_end_of_input_at_any_stage_leaves_all_or_nothing(material: Path, stage: str) -> None:
    job = Job(material / "film", material / "out" / "hand", material / "bundle", invert=False, scene=False)
    write_job(job, material / "job.json")
    with Worker(REAL, "--serve", "--bundle", material / "bundle") as worker:
        worker.send(material / "job.json")
        worker.until(stage)
        worker.close_input()
        rest = list(worker.lines())
        assert worker.end() in (0, 143)
    if any("result" in line for line in rest):  # it was through before the end of the input was noticed
        assert load_result(material / "out" / "hand").bundle.name == "bands"
        assert "report.html" in names(material / "out" / "hand")
    assert names(material / "out") in ([], ["hand"])
    assert worker.errors == ""
