"""The queue on disk: every object once for each destination, whatever happens to the process."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.faults import AccessError, Busy, Refused, Unreachable, check_status
from OsteoScreenLib.pacs.objects import DicomObject, objects_in, read_object
from OsteoScreenLib.pacs.queue import Added, Counts
from OsteoScreenLib.pacs.sender import Sender, send_until_done
from Testing.pacs.pacs_objects import ROOT, clean_environment, film, films, opened_queue, send_all, uid_of


class Scripted:
    """A destination that answers as it is told, and then stores."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.stored: list[str] = []

    def store(self, item: DicomObject) -> None:
        self.asked.append(item.uid)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        assert read_object(item.file).sha256 == item.sha256
        self.stored.append(item.uid)

    def close(self) -> None:
        pass


def counts(folder: Path, name: str = "there") -> Counts:
    with opened_queue(folder) as queue:
        return queue.counts(name)


def test_object_is_stored_once_for_each_destination(tmp_path: Path) -> None:
    path = film(tmp_path, "a")
    with opened_queue(tmp_path / "q") as queue:
        item = read_object(path)
        assert queue.add([item, item], "there") == [Added.NEW, Added.WAITING]
        assert queue.add([item], "elsewhere") == [Added.NEW]
    path.unlink()  # the queue has its own copy
    there = Scripted()
    send_all(tmp_path / "q", [], there)
    assert there.stored == [item.uid]
    with opened_queue(tmp_path / "q") as queue:
        assert queue.counts("there") == Counts(waiting=0, sent=1, refused=0, elsewhere=1)
    again = film(tmp_path, "a")
    send_all(tmp_path / "q", [again], there)
    assert there.stored == [item.uid]
    assert len(list((tmp_path / "q" / "objects").iterdir())) == 1, "the copy of what is stored is gone"


def test_other_content_under_the_same_uid_never_replaces_anything(tmp_path: Path) -> None:
    first = read_object(film(tmp_path / "1", "a"))
    other = read_object(film(tmp_path / "2", "a", BodyPartExamined="WRIST"))
    with opened_queue(tmp_path / "q") as queue:
        assert queue.add([first], "there") == [Added.NEW]
        assert queue.add([other], "there") == [Added.OTHER_CONTENT]


def test_fault_of_the_moment_is_tried_again_and_the_others_go_on(tmp_path: Path) -> None:
    a, b = films(tmp_path, 2)
    there = Scripted(Busy("503"))
    lines = send_all(tmp_path / "q", [a, b], there)
    assert there.asked == [uid_of("film0"), uid_of("film1"), uid_of("film0")]
    assert there.stored == [uid_of("film1"), uid_of("film0")]
    assert any("not stored yet: 503" in line for line in lines)


def test_silence_of_the_server_stops_asking_for_a_while(tmp_path: Path) -> None:
    there = Scripted(Unreachable("no answer"), Unreachable("no answer"))
    send_all(tmp_path / "q", films(tmp_path, 3), there)
    assert len(there.stored) == 3
    assert len(there.asked) == 5


def test_server_that_stays_silent_is_given_up_and_everything_waits(tmp_path: Path) -> None:
    there = Scripted(*[Unreachable("no answer")] * 100)
    send_all(tmp_path / "q", films(tmp_path, 3), there, attempts=4)
    assert len(there.asked) == 4, "of the server, not of every object"
    assert counts(tmp_path / "q") == Counts(waiting=3, sent=0, refused=0, elsewhere=0)
    send_all(tmp_path / "q", [], (second := Scripted()))
    assert len(second.stored) == 3


def test_time_limit_ends_a_run(tmp_path: Path) -> None:
    there = Scripted(*[Unreachable("no answer")] * 100)
    send_all(tmp_path / "q", films(tmp_path, 1), there, attempts=None, retry_for_s=0.01)
    assert len(there.asked) == 1
    assert counts(tmp_path / "q").waiting == 1


def test_refused_object_is_set_aside_and_tried_again_only_when_asked(tmp_path: Path) -> None:
    a, b = films(tmp_path, 2)
    there = Scripted(Refused("the server answers A900"))
    send_all(tmp_path / "q", [a, b], there)
    assert there.stored == [uid_of("film1")]
    send_all(tmp_path / "q", [a], there)
    assert there.stored == [uid_of("film1")]
    with opened_queue(tmp_path / "q") as queue:
        assert queue.troubles("there") == [(uid_of("film0"), "refused", "the server answers A900")]
        assert queue.add([read_object(a)], "there", again=True) == [Added.NEW]
    send_all(tmp_path / "q", [], there)
    assert there.stored == [uid_of("film1"), uid_of("film0")]


def test_object_that_always_fails_does_not_keep_the_others(tmp_path: Path) -> None:
    class Poisoned(Scripted):
        def store(self, item: DicomObject) -> None:
            if item.uid == uid_of("film0"):
                raise Unreachable("broke off the association")
            super().store(item)

    there = Poisoned()
    send_all(tmp_path / "q", films(tmp_path, 4), there, attempts=3)
    assert len(there.stored) == 3
    assert counts(tmp_path / "q") == Counts(waiting=1, sent=3, refused=0, elsewhere=0)


def test_locked_door_stops_the_run_and_keeps_the_queue(tmp_path: Path) -> None:
    there = Scripted(AccessError("there", "does not let us in", "Check the password"))
    with pytest.raises(AccessError, match="Check the password"):
        send_all(tmp_path / "q", films(tmp_path, 2), there)
    assert len(there.asked) == 1
    assert counts(tmp_path / "q") == Counts(waiting=2, sent=0, refused=0, elsewhere=0)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [(0x0000, None), (0xB000, None), (0xB007, None), (0x0111, None), (0xA700, Busy), (0xA702, Busy), (0x0110, Busy),
     (0xA900, Refused), (0xC123, Refused), (0x0122, Refused), (0x0117, Refused), (0x0124, AccessError), (0x1234, Refused)],
)  # fmt: skip
def test_statuses_say_whether_to_try_again(status: int, wanted: type[Exception] | None) -> None:
    if wanted is None:
        check_status(status, "there")
        return
    with pytest.raises(wanted, match=f"{status:04X}"):
        check_status(status, "there")


def test_waits_grow_to_a_limit_and_differ_by_seed() -> None:
    waits = [Backoff(1, 60, seed=3).wait_s(failures) for failures in (1, 2, 3, 10, 1000)]
    for wait, longest in zip(waits, (1, 2, 4, 60, 60), strict=True):
        assert longest / 2 <= wait <= longest
    assert Backoff(1, 60, seed=3).wait_s(1) == waits[0] != Backoff(1, 60, seed=4).wait_s(1)


def test_two_processes_cannot_share_a_queue(tmp_path: Path) -> None:
    with opened_queue(tmp_path / "q"), pytest.raises(OutputError, match="another process"):
        QueueDatabase(tmp_path / "q")
    QueueDatabase(tmp_path / "q").close()


def test_folder_is_private_and_foreign_databases_are_refused(tmp_path: Path) -> None:
    with opened_queue(tmp_path / "q"):
        assert (tmp_path / "q").stat().st_mode & 0o077 == 0
    for content, wanted in ((b"no database at all" * 100, "is no queue"), (None, "version 9")):
        folder = tmp_path / wanted
        folder.mkdir()
        if content is None:
            sqlite3.connect(folder / "queue.sqlite").executescript("PRAGMA user_version=9; CREATE TABLE t (x)")
        else:
            (folder / "queue.sqlite").write_bytes(content)
        with pytest.raises(OutputError, match=wanted):
            QueueDatabase(folder)


def test_what_a_killed_process_left_half_copied_is_removed(tmp_path: Path) -> None:
    with opened_queue(tmp_path / "q") as queue:
        queue.add([read_object(film(tmp_path, "a"))], "there")
    shutil.copy(film(tmp_path, "b"), tmp_path / "q" / "objects" / "orphan.dcm")
    (tmp_path / "q" / "objects" / ".x.part").write_bytes(b"half")
    (tmp_path / "q" / "work" / "abc").mkdir()
    send_all(tmp_path / "q", [], (there := Scripted()))
    assert there.stored == [uid_of("a")]
    assert [path.name for path in (tmp_path / "q").rglob("*") if path.is_file() and "sqlite" not in path.name] == []


def test_killed_anywhere_while_queueing_and_sending_nothing_is_lost_or_sent_twice(tmp_path: Path) -> None:
    """The process is killed after random delays, again and again, until a run comes through."""
    names = [path.name for path in films(tmp_path / "films", 12)]
    chance = random.Random(5)
    stored = tmp_path / "stored.txt"
    stored.touch()
    kills, returned = 0, None
    for run in range(1, 40):
        arguments = [sys.executable, str(Path(__file__).with_name("sending_process.py")), *map(str, (tmp_path, stored))]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT, env=clean_environment({"PYTHONPATH": str(ROOT)}))
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            process.wait(timeout=chance.uniform(0.0, 0.15 * run))
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        returned = process.wait()
        process.stdout.close()
        if returned == 0:
            break
    assert (returned, kills > 0) == (0, True)
    assert counts(tmp_path / "q") == Counts(waiting=0, sent=12, refused=0, elsewhere=0)
    sent = stored.read_text().split()
    assert set(sent) == {uid_of(name.removesuffix(".dcm")) for name in names}
    # Killed between the server's word and ours, an object goes again under its UID: at most one for each kill.
    assert len(sent) - len(set(sent)) <= kills


def test_paths_mean_objects(tmp_path: Path) -> None:
    a, b = film(tmp_path / "out" / "one" / "dicom", "a"), film(tmp_path / "out" / "two" / "dicom", "b")
    assert objects_in(tmp_path / "out") == [a, b]
    assert objects_in(tmp_path / "out" / "two") == [b]
    assert objects_in(a) == [a]
    with pytest.raises(UsageError, match="--dicom"):
        objects_in(a.parent)


@pytest.mark.filterwarnings("ignore:End of file reached")
@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM" + b"\xff" * 60])
def test_what_is_no_dicom_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.dcm").write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.dcm"):
        read_object(tmp_path / "x.dcm")
    with pytest.raises(UsageError, match="cannot be read"):
        read_object(tmp_path / "nothing.dcm")


def test_sender_begins_at_once_what_an_earlier_run_postponed(tmp_path: Path) -> None:
    send_all(tmp_path / "q", films(tmp_path, 1), Scripted(*[Busy("503")] * 9), attempts=2)
    with opened_queue(tmp_path / "q") as queue:
        assert queue.next_time("there") is None
        there = Scripted()
        send_until_done(Sender(queue, there, "there", Backoff(), lambda _: None), 0.0)
        assert len(there.stored) == 1
