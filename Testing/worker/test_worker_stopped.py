"""Whatever ends a worker, and wherever: its folder is complete or not there, and one line says why.

The process, the engine and all files are real; the model is the small bundle of brightness bands.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.radiograph.exchange import FilmArray, save_film_array
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.worker import Job, ReadJob, RescoreJob, write_job
from Testing.band_bundle import band_film, hand_masks, write_band_bundle
from Testing.screening_steps import film_file
from Testing.worker.worker_runs import REAL, Worker, names, stand_in

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that a process could be sent")
STAGES = [
    "reading",
    "loading the model",
    "segmentation",
    "radiogrammetry",
    "quality",
    "classification",
    "writing",
    "drawing",
    "report",
    *(["scene"] if find_spec("slicer") else []),
    "done",
]
FILES = {"result.json", "segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd", "report.html", "overlay.png", "masks"}


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Path:
    """A folder with ``film``, ``bundle`` and, screened, ``result``."""
    folder = tmp_path_factory.mktemp("material")
    write_band_bundle(folder / "bundle", classifier=True)
    film = np.round(band_film(hand_masks((240, 216))).pixels * 60000).astype(np.uint16)
    save_film_array(FilmArray(film, "hand"), folder / "film")
    write_job(Job(folder / "film", folder / "result", folder / "bundle", invert=False, scene=False), folder / "first.json")
    with Worker(REAL, folder / "first.json") as worker:
        assert "result" in worker.answer(), worker.errors
    return folder


@pytest.fixture
def job(material: Path, tmp_path: Path) -> Path:
    """A job that writes everything, into ``out/hand``."""
    return job_into(tmp_path / "out" / "hand", material, tmp_path / "job.json")


def job_into(folder: Path, material: Path, path: Path) -> Path:
    write_job(Job(material / "film", folder, material / "bundle", invert=False, masks=True), path)
    return path


def is_complete(folder: Path) -> bool:
    return set(names(folder)) >= FILES and load_result(folder).bundle.name == "bands"


def test_complete_job_tells_every_stage(job: Path) -> None:
    with Worker(REAL, job) as worker:
        lines = list(worker.lines())
        assert worker.end() == 0
    assert list(dict.fromkeys(line["stage"] for line in lines if "stage" in line)) == STAGES
    assert lines[-1]["result"] == str(job.parent / "out" / "hand")
    assert is_complete(job.parent / "out" / "hand")


@posix
@pytest.mark.parametrize("stage", STAGES)
def test_cancelled_at_any_stage_it_leaves_all_or_nothing(job: Path, stage: str) -> None:
    out = job.parent / "out"
    with Worker(REAL, job) as worker:
        worker.until(stage)
        worker.process.terminate()
        rest = list(worker.lines())
        status = worker.end()
    if status == 0:  # it was through before the signal came
        assert "result" in rest[-1]
        assert names(out) == ["hand"]
        assert is_complete(out / "hand")
    else:
        assert status == 143
        assert not any("result" in line or "error" in line for line in rest)
        assert names(out) == ([] if stage != "done" else ["hand"])
        assert out.exists() == (stage == "done")
    assert worker.errors == ""


@posix
@pytest.mark.parametrize("stage", ["loading the model", "segmentation", "writing", "report"])
def test_killed_outright_it_leaves_no_half_result_and_the_next_run_is_whole(job: Path, stage: str) -> None:
    out = job.parent / "out"
    with Worker(REAL, job) as worker:
        worker.until(stage)
        worker.process.kill()
        assert worker.end() == -signal.SIGKILL
    assert not (out / "hand").exists()
    assert all(name.startswith(".hand.") for name in names(out))
    with Worker(REAL, job) as worker:
        assert worker.answer()["result"] == str(out / "hand")
    assert is_complete(out / "hand")
    assert names(out) == ["hand"]


@posix
@pytest.mark.parametrize("stage", ["reading", "loading the model", "radiogrammetry", "writing"])
def test_cancelled_rescoring_leaves_all_or_nothing(material: Path, tmp_path, stage: str) -> None:
    result = material / "result"
    rescoring = RescoreJob(
        material / "film",
        tmp_path / "out" / "new",
        result=result,
        masks=result / "segmentation.seg.nrrd",
        bundle=material / "bundle",
        invert=False,
    )
    write_job(rescoring, tmp_path / "job.json")
    with Worker(REAL, tmp_path / "job.json") as worker:
        worker.until(stage)
        worker.process.terminate()
        list(worker.lines())
        assert worker.end() in (0, 143)
    assert names(tmp_path / "out") in ([], ["new"])
    if (tmp_path / "out").exists():
        assert load_result(tmp_path / "out" / "new").segmentation.hypotheses is None


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own in memory, where this user may mount one."""
    folder.mkdir()
    command = shutil.which("mount")
    if command is None or sys.platform == "win32":
        pytest.skip("no disks can be mounted here")
    made = subprocess.run([command, "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("mounting a disk takes rights that this user does not have")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture(params=[8, 20, 32, 60, 96, 160, 224])
def small_disk(request, tmp_path) -> Iterator[Path]:
    """A disk with so many kB of room; a whole result takes some 250."""
    with mounted(tmp_path / "disk", f"size={request.param}k") as folder:
        yield folder


def expect_one_error(worker: Worker, words: str) -> None:
    lines = list(worker.lines())
    assert worker.end() == 2, worker.errors
    assert [line["error"] for line in lines if "stage" not in line] == ["bad_output"]
    assert words in lines[-1]["message"]
    assert "\n" not in lines[-1]["message"]
    assert "/." not in lines[-1]["message"], "a hidden folder that is gone by now tells nobody anything"
    assert "Traceback" not in worker.errors


def test_full_disk_is_told_in_one_line_and_left_as_it_was(small_disk: Path, material: Path, tmp_path) -> None:
    with Worker(REAL, job_into(small_disk / "out" / "hand", material, tmp_path / "job.json")) as worker:
        expect_one_error(worker, "No space left on device")
    assert names(small_disk) == []


@pytest.mark.parametrize("room", ["8k", "160k", "224k"])
def test_full_disk_while_a_film_is_read_is_told_in_one_line(material: Path, tmp_path, room: str) -> None:
    with mounted(tmp_path / "disk", f"size={room}") as disk:
        write_job(ReadJob(material / "film", disk / "out" / "read", invert=False), tmp_path / "job.json")
        with Worker(REAL, tmp_path / "job.json") as worker:
            expect_one_error(worker, "No space left on device")
        assert names(disk) == []


@posix
@pytest.mark.parametrize("most_bytes", [100, 5_000, 8_000, 13_000, 20_000, 50_000, 80_000])
def test_stand_in_for_a_full_disk_files_that_may_not_grow(job: Path, most_bytes: int) -> None:
    """A stand-in for where no disk can be mounted: the system refuses to let any one file grow beyond a size."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    with Worker(REAL, job, prepare=limit) as worker:
        expect_one_error(worker, "File too large")
    assert names(job.parent / "out") == []


def test_read_only_disk_is_told_before_the_model_is_loaded(material: Path, tmp_path) -> None:
    """A disk that nobody may write to: permissions alone do not stop the superuser."""
    with (
        mounted(tmp_path / "disk", "ro") as disk,
        Worker(REAL, job_into(disk / "hand", material, tmp_path / "job.json")) as worker,
    ):
        lines = list(worker.lines())
        assert worker.end() == 2
    assert lines[-1]["error"] == "bad_output"
    assert "Read-only file system" in lines[-1]["message"]
    assert [line["stage"] for line in lines[:-1]] == ["reading"]


@pytest.mark.parametrize("place", ["a file", "a file/hand", "a folder with other things"])
def test_output_folder_with_something_in_the_way_is_told_and_left(material: Path, tmp_path, place: str) -> None:
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "a folder with other things").mkdir()
    (tmp_path / "a folder with other things" / "thesis.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    job = job_into(tmp_path / place, material, tmp_path / "job.json")
    with Worker(REAL, job) as worker:
        lines = list(worker.lines())
        assert worker.end() == 2
    assert lines[-1]["error"] == "bad_output"
    assert place.partition("/")[0] in lines[-1]["message"]
    job.unlink()
    assert sorted(tmp_path.rglob("*")) == before


@posix
def test_output_folder_on_no_real_disk_is_told(material: Path, tmp_path) -> None:
    """``/proc`` takes no folders, not even from the superuser, whom no permissions stop."""
    if not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    with Worker(REAL, job_into(Path("/proc/osteoscreen/hand"), material, tmp_path / "job.json")) as worker:
        assert worker.answer()["error"] == "bad_output"


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has drives")
def test_output_folder_on_a_missing_drive_is_told(material: Path, tmp_path) -> None:
    missing = next(letter for letter in "QRSTUVWXYZ" if not Path(f"{letter}:\\").exists())
    with Worker(REAL, job_into(Path(f"{missing}:\\out\\hand"), material, tmp_path / "job.json")) as worker:
        assert worker.answer()["error"] == "bad_output"


@pytest.mark.parametrize("folders", [("one", "other"), ("same", "same")])
def test_two_jobs_at_once_do_not_disturb_each_other(tmp_path, folders: tuple[str, str]) -> None:
    film_file(tmp_path / "hand.film")
    jobs = []
    for number, folder in enumerate(folders):
        jobs.append(tmp_path / f"job {number}.json")
        content = {"film": "hand.film", "folder": f"out/{folder}", "seed": number, "scene": False}
        jobs[-1].write_text(json.dumps(content))
    with Worker(stand_in("meet"), jobs[0]) as one, Worker(stand_in("meet"), jobs[1]) as other:
        for worker in (one, other):
            worker.until("segmentation")
        assert len(names(tmp_path / "out")) == 2  # both in the middle, in hidden folders of their own
        (tmp_path / "go").touch()
        answers = [worker.answer() for worker in (one, other)]
        assert [worker.end() for worker in (one, other)] == [0, 0], (one.errors, other.errors)
    assert [answer["result"] for answer in answers] == [str(tmp_path / "out" / folder) for folder in folders]
    assert names(tmp_path / "out") == sorted(set(folders))
    seeds = [load_result(tmp_path / "out" / folder).seed for folder in folders]
    assert seeds in ([[0, 1]] if folders[0] != folders[1] else [[0, 0], [1, 1]])
    for folder in folders:
        assert {"report.html", "overlay.png"} <= set(names(tmp_path / "out" / folder))


@posix
def test_worker_whose_reader_is_gone_leaves_nothing(tmp_path) -> None:
    film_file(tmp_path / "hand.film")
    (tmp_path / "job.json").write_text(json.dumps({"film": "hand.film", "folder": "out/hand", "scene": False}))
    with Worker(stand_in("meet"), tmp_path / "job.json") as worker:
        worker.until("segmentation")
        assert worker.process.stdout is not None
        worker.process.stdout.close()
        (tmp_path / "go").touch()
        assert worker.process.wait(120) == 1
    assert names(tmp_path / "out") == []
    assert "Traceback" not in worker.errors
