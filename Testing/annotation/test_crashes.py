"""Nobody's work is lost: programs killed at any moment, torn files, and two programs on one session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.annotation import WorkStatus
from OsteoScreenLib.annotation import claims as claims_module
from OsteoScreenLib.annotation.durable import DamagedError, restore_backup
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import OutputError
from Testing.annotation.queue_films import ABSENT, make_session, own_masks, write_film

ROOT = Path(__file__).resolve().parents[2]
posix_only = pytest.mark.skipif(os.name != "posix", reason="a process is forked and killed")


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Run ``act`` in a forked process that dies at its n-th write to the disk; whether it died before it was done."""
    child = os.fork()
    if child == 0:
        left = [step]
        for name in ("fsync", "replace", "unlink"):
            _dies(name, left)
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9


def _dies(name: str, left: list[int]) -> None:
    real = getattr(os, name)

    def counted(*arguments: object, **options: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)
        return real(*arguments, **options)

    setattr(os, name, counted)


def every_moment(act: Callable[[int], Callable[[], object]]) -> Iterator[int]:
    """Run ``act(n)`` killed at step n = 0, 1 ..., until it gets through."""
    for step in range(40):
        if not killed_at(step, act(step)):
            assert step > 3, "too few steps were seen"
            return
        yield step
    raise AssertionError("it never got through")


@posix_only
def test_a_correction_killed_at_any_moment_is_done_or_found_as_a_draft(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    folder = session.folder
    session.accept("0002", "A1", "kept", ABSENT)
    session.close()
    drawn = own_masks(session, "0001")
    proposed = session.starting_masks("0001", "nobody")
    states = []
    for step in every_moment(lambda _: lambda: Session.open(folder).correct("0001", "A1", drawn, ABSENT)):
        with Session.open(folder) as again:
            work, start = again.item("0001").by("A1"), again.starting_masks("0001", "A1")
            assert start is not None
            if work.status is WorkStatus.CORRECTED or work.draft is not None:
                assert np.array_equal(start, drawn), step
            else:
                assert np.array_equal(start, proposed), step
            assert again.item("0002").by("A1").comment == "kept"
            again.claim("A1")
            assert list(folder.rglob("*.part*")) == []
            states.append((work.status.value, work.draft is not None))
            again.reopen("0001", "A1")
            if work.draft is not None:
                again.discard_draft("0001", "A1")
    assert len(set(states)) > 1, "all kills came at the same state"


@posix_only
def test_a_draft_killed_at_any_moment_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4])
    folder, first = session.folder, own_masks(session, "0001")
    second = np.roll(first, 2, axis=2)
    seen = set()
    for step in range(6):
        with Session.open(folder) as ours:
            ours.save_draft("0001", "A1", first)
        died = killed_at(step, lambda: Session.open(folder).save_draft("0001", "A1", second))
        start = Session.open(folder).starting_masks("0001", "A1")
        assert start is not None
        is_second = np.array_equal(start, second)
        assert is_second or np.array_equal(start, first)
        seen.add((died, is_second))
    assert {(True, False), (True, True), (False, True)} == seen


@posix_only
def test_adding_films_killed_at_any_moment_adds_all_or_none(tmp_path: Path) -> None:
    folder = make_session(tmp_path, [0.4]).folder
    films = [write_film(tmp_path / "more" / f"{n}.png", 10 + n) for n in range(2)]
    for _ in every_moment(lambda _: lambda: Session.open(folder).add_films(films)):
        assert len(Session.open(folder).items) in (1, 3)
    assert len(Session.open(folder).items) == 3


@posix_only
def test_a_killed_program_leaves_no_claim(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4])
    code = (
        "import sys; from OsteoScreenLib.annotation.session import Session\n"
        "session = Session.open(sys.argv[1]); session.claim('A1'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(session.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match=f"'A1' works on this session already .process {other.pid} on"):
            session.reject("0001", "A1")
        session.reject("0001", "B2")
        other.kill()
        other.wait()
    session.reject("0001", "A1")
    assert Session.open(session.folder).annotators == ("A1", "B2")


def test_the_same_annotator_twice_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    first = make_session(tmp_path, [0.4, 0.2])
    second = Session.open(first.folder)
    first.reject("0001", "A1", "motion")
    masks = own_masks(second, "0002")
    for act in (lambda: second.save_draft("0002", "A1", masks), lambda: second.reject("0002", "A1"), lambda: second.claim("A1")):
        with pytest.raises(OutputError, match="works on this session already"):
            act()
    first.close()
    second.reject("0002", "A1", "cast")
    assert second.counts("A1").rejected == 2, "what the first one wrote must have been read before writing"


def test_two_annotators_at_once_do_not_touch_each_other(tmp_path: Path) -> None:
    first = make_session(tmp_path, [0.4, 0.2])
    second = Session.open(first.folder)
    for number in ("0001", "0002"):
        first.accept(number, "A1", "one", ABSENT)
        second.correct(number, "B2", own_masks(second, number), ABSENT, "two")
        first.add_films([write_film(tmp_path / f"{number}.png", int(number) + 20)])
    found = Session.open(first.folder)
    assert len(found.items) == 4
    for number in ("0001", "0002"):
        work = found.item(number).work
        assert {name: each.comment for name, each in work.items()} == {"A1": "one", "B2": "two"}


def test_without_locks_another_programs_changes_are_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims_module, "_lock", lambda stream: None)
    first = make_session(tmp_path, [0.4, 0.2])
    second = Session.open(first.folder)
    first.reject("0001", "A1", "first")
    second.reject("0002", "A1", "second")
    with pytest.raises(OutputError, match="changed by another program"):
        first.reject("0002", "A1", "third")
    first.refresh()
    first.reopen("0002", "A1")
    works = Session.open(first.folder).items
    assert [item.by("A1").comment for item in works] == ["first", "second"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": "osteoscreen-annotation-session", "ver', b"[]", b"\xff\xfe", b"{}"])
def test_a_torn_session_is_explained_and_its_backup_offered(tmp_path: Path, content: bytes) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    session.reject("0001", "A1")
    path = session.folder / "session.json"
    before = path.read_bytes()
    session.add_films([write_film(tmp_path / "c.png", 9)])
    path.write_bytes(content)
    with pytest.raises(DamagedError) as caught:
        Session.open(session.folder)
    assert str(path) in str(caught.value)
    assert "session.json.backup" in str(caught.value)
    assert caught.value.backup is not None
    kept = restore_backup(caught.value.path)
    assert kept is not None
    assert kept.read_bytes() == content
    assert path.read_bytes() == before
    again = Session.open(session.folder)
    assert len(again.items) == 2
    assert again.item("0001").by("A1").status is WorkStatus.REJECTED
    # The film that was added last is added again, and writing goes on.
    assert again.add_films([tmp_path / "c.png"]).added == ("0003",)


def test_a_backup_is_never_replaced_by_a_damaged_file(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    session.reject("0001", "A1", "first")
    session.reject("0002", "A1", "second")
    path = session.folder / "work" / "A1.json"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(OutputError, match="changed by another program"):
        session.reject("0002", "A1", "third")
    session.close()
    backup = json.loads(path.with_name("A1.json.backup").read_text())
    assert backup["films"]["0001"]["comment"] == "first"


def test_a_torn_work_file_hinders_only_its_annotator(tmp_path: Path) -> None:
    session = make_session(tmp_path, [0.4, 0.2])
    drawn = own_masks(session, "0001")
    session.accept("0002", "A1", absent=ABSENT)
    session.correct("0001", "A1", drawn, ABSENT)
    session.close()
    path = session.folder / "work" / "A1.json"
    path.write_bytes(path.read_bytes()[:-9])
    again = Session.open(session.folder)
    assert list(again.faults) == ["A1"]
    again.reject("0001", "B2")
    with pytest.raises(DamagedError, match="cut off"):
        again.reject("0001", "A1")
    fault = again.faults["A1"]
    assert isinstance(fault, DamagedError)
    restore_backup(fault.path)
    again.refresh()
    assert again.faults == {}
    assert again.item("0002").by("A1").status is WorkStatus.ACCEPTED
    # The decision that the backup does not know left its outlines: they come back as a draft.
    work, start = again.item("0001").by("A1"), again.starting_masks("0001", "A1")
    assert work.draft is not None
    assert np.array_equal(start, drawn)  # type: ignore[arg-type]
    again.correct("0001", "A1", drawn, ABSENT)
    assert again.counts("A1").drafts == 0


def test_a_session_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    folder = make_session(tmp_path, [0.4]).folder
    path = folder / "session.json"
    document = json.loads(path.read_text()) | {"version": 2}
    path.write_text(json.dumps(document))
    with pytest.raises(OutputError, match="version 2, this software reads 1") as caught:
        Session.open(folder)
    assert not isinstance(caught.value, DamagedError)
    assert json.loads(path.read_text()) == document


def test_without_a_backup_nothing_is_restored(tmp_path: Path) -> None:
    folder = make_session(tmp_path, []).folder
    (folder / "session.json").write_text("{")
    with pytest.raises(DamagedError) as caught:
        Session.open(folder)
    assert caught.value.backup is None
    with pytest.raises(OutputError, match="missing or damaged too"):
        restore_backup(caught.value.path)


@pytest.mark.parametrize(
    "entry", ['{"status": "fine"}', "5", '{"status": "open", "comment": "", "time": "", "absent": ["femur"]}']
)
def test_a_work_file_with_wrong_values_is_damaged(tmp_path: Path, entry: str) -> None:
    session = make_session(tmp_path, [0.4])
    session.reject("0001", "A1")
    path = session.folder / "work" / "A1.json"
    document = json.loads(path.read_text())
    document["films"]["0001"] = json.loads(entry)
    path.write_text(json.dumps(document))
    assert "is damaged" in str(Session.open(session.folder).faults["A1"])


def test_a_full_disk_keeps_the_former_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(tmp_path, [0.4])
    first = own_masks(session, "0001")
    session.save_draft("0001", "A1", first)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("OsteoScreenLib.annotation.durable.os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        session.save_draft("0001", "A1", ~first)
    with pytest.raises(OutputError, match="No space left"):
        session.reject("0001", "A1")
    assert session.item("0001").by("A1").status is WorkStatus.OPEN
    monkeypatch.undo()
    start = Session.open(session.folder).starting_masks("0001", "A1")
    assert np.array_equal(start, first)  # type: ignore[arg-type]
    assert list(session.folder.rglob("*.part*")) == []
