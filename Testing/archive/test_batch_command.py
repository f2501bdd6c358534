"""``osteoscreen batch`` as people and cron jobs run it: to its end, killed at any moment, and twice at once."""

from __future__ import annotations

import csv
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from OsteoScreenLib.archive.rows import COLUMNS
from Testing.archive.band_archive import (
    batch,
    kill_group,
    started,
    wait_for_commits,
    workers_of,
    write_archive,
    write_band_film,
)
from Testing.band_bundle import write_band_bundle

FILMS = 9
linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="worker processes are found in /proc")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_band_bundle(tmp_path_factory.mktemp("bands") / "bundle", classifier=True)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_archive(tmp_path_factory.mktemp("archive") / "films", FILMS)


@pytest.fixture(scope="module")
def unkilled(archive: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run with one worker that nothing disturbed."""
    out = tmp_path_factory.mktemp("unkilled") / "out"
    done = batch(archive, "--out", out, "--bundle", bundle, "--workers", 1)
    assert done.returncode == 2, done.stderr
    assert f"{FILMS + 3} films: {FILMS + 1} analysed, 0 not analysable, 2 failed" in done.stdout
    return out


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "films.csv").open(newline="", encoding="utf-8") as stream:
        return {row["film"]: row for row in csv.DictReader(stream)}


def test_table_has_every_film_by_name_with_its_results(unkilled: Path, archive: Path) -> None:
    found = rows(unkilled)
    assert list(found) == sorted([f"{n % 2}/film-{n:02d}.dcm" for n in range(FILMS)] + ["copy.dcm", "cut.dcm", "text.dcm"])
    film = found["1/film-03.dcm"]
    assert list(film) == list(COLUMNS)
    assert (film["state"], film["laterality"], film["sex"], film["age_years"]) == ("indeterminate", "right", "F", "33.0")
    assert (film["spacing_row_mm"], film["spacing_provenance"]) == ("0.2", "detector")
    assert float(film["probability_low"]) <= float(film["probability"]) <= float(film["probability_high"])
    assert film["metacarpal_3_found"] == "true"
    assert str(archive.parent) not in (unkilled / "films.csv").read_text()


def test_copies_are_screened_once_and_keep_their_row(unkilled: Path) -> None:
    found = rows(unkilled)
    original, copy = found["0/film-00.dcm"], found["copy.dcm"]
    assert copy["duplicate_of"] == "0/film-00.dcm"
    assert {**copy, "film": "", "duplicate_of": ""} == {**original, "film": "", "duplicate_of": ""}
    with closing(sqlite3.connect(unkilled / "ledger.sqlite")) as base:
        assert base.execute("SELECT count(*) FROM outcomes").fetchone() == (FILMS + 2,)


def test_failures_say_why_without_a_path(unkilled: Path) -> None:
    with (unkilled / "failures.csv").open(newline="", encoding="utf-8") as stream:
        found = {row["film"]: row for row in csv.DictReader(stream)}
    assert set(found) == {"cut.dcm", "text.dcm"}
    assert found["cut.dcm"]["failure"] == found["text.dcm"]["failure"] == "bad_film"
    assert "cut off" in found["cut.dcm"]["failure_text"]


@linux_only
def test_killed_again_and_again_the_table_is_the_same(archive: Path, bundle: Path, unkilled: Path, tmp_path: Path) -> None:
    """A single worker is killed, and some time later all processes at once; the next run goes on from there. Twice."""
    moments = random.Random(6)
    out = tmp_path / "out"
    options = (archive, "--out", out, "--bundle", bundle, "--workers", 2)
    for _ in range(2):
        with started(*options) as process:
            assert wait_for_commits(out, process, moments.randint(1, 3))
            time.sleep(moments.uniform(0.0, 0.1))
            os.kill(moments.choice(workers_of(process)), signal.SIGKILL)
            assert wait_for_commits(out, process, moments.randint(1, 3))
            time.sleep(moments.uniform(0.0, 0.1))
            kill_group(process)
            assert process.returncode == -signal.SIGKILL
    done = batch(*options)
    assert done.returncode == 2, done.stderr
    for name in ("films.csv", "failures.csv"):
        assert (out / name).read_bytes() == (unkilled / name).read_bytes()


@linux_only
def test_workers_end_with_a_parent_that_is_killed(archive: Path, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started(archive, "--out", out, "--bundle", bundle, "--workers", 2) as process:
        assert wait_for_commits(out, process, 1)
        workers = workers_of(process)
        assert len(workers) == 2
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        end = time.monotonic() + 20
        while (left := [each for each in workers if is_alive(each)]) and time.monotonic() < end:
            time.sleep(0.05)
        assert left == []


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_second_run_is_kept_out_while_the_first_works(archive: Path, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started(archive, "--out", out, "--bundle", bundle, "--workers", 1) as process:
        assert wait_for_commits(out, process, 1)
        os.kill(process.pid, signal.SIGSTOP)  # so that it cannot end before the second one has looked
        try:
            second = batch(archive, "--out", out, "--bundle", bundle)
        finally:
            os.kill(process.pid, signal.SIGCONT)
    assert second.returncode == 2
    assert len(second.stderr.splitlines()) == 1
    assert "another run works in this folder" in second.stderr


def test_another_seed_is_refused_and_the_same_run_is_quick(archive: Path, bundle: Path, unkilled: Path) -> None:
    before = (unkilled / "films.csv").read_bytes()
    refused = batch(archive, "--out", unkilled, "--bundle", bundle, "--seed", 5)
    assert refused.returncode == 2
    assert "seed 0 instead of 5" in refused.stderr
    assert batch(archive, "--out", unkilled, "--bundle", bundle, "--quiet").returncode == 2
    assert (unkilled / "films.csv").read_bytes() == before


def test_folders_hold_what_screen_writes_and_copies_share_one(bundle: Path, tmp_path: Path) -> None:
    source = tmp_path / "films"
    write_band_film(source / "a b" / "hand.dcm")
    (source / "zz.dcm").write_bytes((source / "a b" / "hand.dcm").read_bytes())
    out = source / "out"  # inside the source: neither ledger nor results are taken for films
    options = (source, "--out", out, "--bundle", bundle, "--folders", "--quiet", "--workers", 1)
    assert batch(*options).returncode == 0
    (folder,) = [path.parent for path in out.rglob("result.json")]
    assert folder.relative_to(out / "films").parts[0].startswith("a_b_")
    assert {"result.json", "segmentation.seg.nrrd", "report.html"} <= {path.name for path in folder.iterdir()}
    assert not (folder / "scene.mrb").exists()
    assert batch(*options).returncode == 0
    assert list(rows(out)) == ["a b/hand.dcm", "zz.dcm"]


def test_folder_that_cannot_be_written_is_one_line(archive: Path, bundle: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = batch(archive, "--out", blocked / "out", "--bundle", bundle)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(blocked) in done.stderr
