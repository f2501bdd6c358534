"""The worker as another program sees it: lines, exit status, and what is left on the disk."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.screening_steps import film_file

PROCESS = Path(__file__).with_name("worker_process.py")
ROOT = PROCESS.parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")


def write_job(folder: Path, **changes) -> Path:
    film_file(folder / "hand.film")
    job = folder / "job.json"
    job.write_text(
        json.dumps({"film": "hand.film", "folder": "out/hand", "scene": False, "report": False, **changes}), encoding="utf-8"
    )
    return job


def start(mode: str, job: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PROCESS), mode, str(job)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(mode: str, job: Path) -> tuple[int, list[dict], str]:
    process = start(mode, job)
    output, errors = process.communicate(timeout=120)
    return process.returncode, [json.loads(line) for line in output.splitlines()], errors


def test_lines_tell_rising_progress_and_end_with_the_result(tmp_path) -> None:
    status, lines, _ = finish("plain", write_job(tmp_path, masks=True, report=True))
    assert status == 0
    assert lines[-1] == {"result": str(tmp_path / "out" / "hand"), "state": "indeterminate", "notes": []}
    assert all(set(line) == {"stage", "fraction"} for line in lines[:-1])
    fractions = [line["fraction"] for line in lines[:-1]]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert {"reading", "segmentation", "writing"} <= {line["stage"] for line in lines[:-1]}
    written = {path.name for path in (tmp_path / "out" / "hand").iterdir()}
    assert {"result.json", "segmentation.seg.nrrd", "uncertainty.nrrd", "report.html", "overlay.png", "masks"} <= written
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["hand"]


def test_standard_output_carries_nothing_but_lines(tmp_path) -> None:
    status, lines, errors = finish("noisy", write_job(tmp_path))
    assert status == 0
    assert all(isinstance(line, dict) for line in lines)
    for noise in ("python noise", "noise from C", "noise of a child"):
        assert noise in errors


def test_bad_film_ends_with_an_error_line_and_leaves_nothing(tmp_path) -> None:
    job = write_job(tmp_path)
    film_file(tmp_path / "hand.film", "a shopping list")
    status, lines, errors = finish("plain", job)
    assert status == 2
    assert lines[-1] == {"error": "bad_film", "message": f"{tmp_path / 'hand.film'}: is no film. Give a hand radiograph"}
    assert errors == ""
    assert not (tmp_path / "out").exists()


def test_fault_of_the_software_is_told_in_one_line_and_traced_on_standard_error(tmp_path) -> None:
    status, lines, errors = finish("fault", write_job(tmp_path))
    assert status == 1
    assert lines[-1] == {"error": "internal", "message": "unexpected RuntimeError: a bug in two lines"}
    assert "Traceback" in errors
    assert not (tmp_path / "out").exists()


def test_bad_job_file_ends_with_an_error_line(tmp_path) -> None:
    status, lines, _ = finish("plain", write_job(tmp_path, colour="red"))
    assert status == 2
    assert [line["error"] for line in lines] == ["bad_usage"]


@posix
def test_terminated_in_the_middle_leaves_nothing(tmp_path) -> None:
    process = start("wait", write_job(tmp_path))
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["stage"] != "segmentation":
        pass
    assert [path.name.startswith(".hand.") for path in (tmp_path / "out").iterdir()] == [True]
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert rest == ""
    assert not (tmp_path / "out").exists()


@posix
def test_terminated_in_the_middle_keeps_the_older_result(tmp_path) -> None:
    job = write_job(tmp_path)
    assert finish("plain", job)[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out" / "hand").iterdir()}
    process = start("wait", job)
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["stage"] != "segmentation":
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out" / "hand").iterdir()} == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["hand"]


@posix
@pytest.mark.parametrize("stage", ["writing", "drawing"])
def test_terminated_while_writing_leaves_all_or_nothing(tmp_path, stage: str) -> None:
    process = start("plain", write_job(tmp_path, report=True))
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["stage"] != stage:
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    if process.returncode == 0:
        assert (tmp_path / "out" / "hand" / "report.html").exists()
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["hand"]
    else:
        assert process.returncode == 143
        assert not (tmp_path / "out").exists()


def test_module_runs_as_documented(tmp_path) -> None:
    missing = tmp_path / "none.json"
    done = subprocess.run(
        [sys.executable, "-m", "OsteoScreenLib.worker", str(missing)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    line = json.loads(done.stdout)
    assert line["error"] == "bad_usage"
    assert str(missing) in line["message"]
