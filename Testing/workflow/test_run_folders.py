"""A run's folder is private, goes whole, and does not outlive its process for long."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.workflow.run_folder import RunFolder, process_lives, remove_leftovers

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links work differently there")


def dead_pid() -> int:
    """The number of a process that has just ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    return process.pid


@posix
def test_only_this_user_can_enter(tmp_path) -> None:
    assert stat.S_IMODE(RunFolder.create(tmp_path).path.stat().st_mode) == 0o700


def test_folders_of_one_process_do_not_collide(tmp_path) -> None:
    folders = [RunFolder.create(tmp_path) for _ in range(3)]
    assert len({folder.path for folder in folders}) == 3
    assert len({folder.job_file for folder in folders} | {folder.film for folder in folders}) == 6


def test_remove_takes_everything_and_may_be_repeated(tmp_path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.result.mkdir()
    (folder.result / "result.json").write_text("{}")
    folder.remove()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_temporary_folder_that_is_not_there_is_said_in_words(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot hold the files of a run"):
        RunFolder.create(tmp_path / "missing")


def test_leftovers_of_dead_processes_go_and_others_stay(tmp_path) -> None:
    mine = RunFolder.create(tmp_path)
    leftover = tmp_path / f"osteoscreen-run-{dead_pid()}-abc_123"
    (leftover / "film").mkdir(parents=True)
    strangers = [tmp_path / name for name in ("osteoscreen-run-abc", "osteoscreen-run-1x-y", "other-7-abc")]
    for stranger in strangers:
        stranger.mkdir()
    assert remove_leftovers(tmp_path) == (leftover,)
    assert sorted(tmp_path.iterdir()) == sorted([mine.path, *strangers])
    assert remove_leftovers(tmp_path / "missing") == ()


@posix
def test_links_are_never_followed(tmp_path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    pid = dead_pid()
    link = temporary / f"osteoscreen-run-{pid}-link"
    link.symlink_to(precious, target_is_directory=True)
    leftover = temporary / f"osteoscreen-run-{pid}-real"
    leftover.mkdir()
    (leftover / "inside").symlink_to(precious, target_is_directory=True)
    assert remove_leftovers(temporary) == (leftover,)
    assert link.is_symlink()
    folder = RunFolder.create(temporary)
    (folder.path / "inside").symlink_to(precious, target_is_directory=True)
    folder.remove()
    assert (precious / "file").read_text() == "keep"


def test_this_process_lives_and_an_ended_one_does_not() -> None:
    assert process_lives(os.getpid())
    assert not process_lives(dead_pid())
    assert not process_lives(0)
    assert not process_lives(2**40)


@posix
def test_process_of_the_system_lives() -> None:
    assert process_lives(1)
