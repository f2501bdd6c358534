"""One run at a time, told once how it ended, and nothing left behind: the session's logic in a faked world."""

from __future__ import annotations

import json
import stat
import sys

import pytest

from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.workflow.session import RunListeners
from Testing.workflow.fake_world import LIBRARY, FakeProcess, Told, World, job_in


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


def test_run_from_click_to_result(world) -> None:
    told = Told()
    run = world.submit(told)
    assert world.process.command == ("python", "-m", "OsteoScreenLib.worker", "--serve")
    assert world.process.sent == []
    world.ready()
    assert world.process.sent == [str(run.folder.job_file)]
    world.process.say(stage="reading", fraction=0.0)
    world.process.say(stage="segmentation", fraction=0.4)
    world.finish(run)
    assert told.progress == [("Starting", 0.0), ("Reading the film", 0.0), ("Outlining the bones", 0.4)]
    assert told.ends == [("finished", run.folder.result, "indeterminate", ("a note",))]
    assert not world.session.busy
    assert world.left == []


def test_job_file_says_what_to_do_and_only_the_user_may_read_it(world) -> None:
    run = world.submit(Told())
    written = json.loads(run.folder.job_file.read_text(encoding="utf-8"))
    assert written["kind"] == "screen"
    assert written["folder"] == str(run.folder.result)
    if sys.platform != "win32":
        assert stat.S_IMODE(run.folder.path.stat().st_mode) == 0o700


def test_worker_finds_the_library_before_anything_else(world, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    world.submit(Told())
    environment = world.process.environment
    assert environment["PYTHONPATH"].split(":" if sys.platform != "win32" else ";") == [str(LIBRARY), "/elsewhere"]
    assert environment["PYTHONSAFEPATH"] == "1"


def test_listeners_are_never_called_from_inside_submit(tmp_path) -> None:
    class NeverStarts(FakeProcess):
        def start(self, command, environment, listeners) -> None:
            listeners.on_error_text("No such file: python\n")
            listeners.on_end(None)

    world, told = World(tmp_path), Told()
    world.session._make_process = NeverStarts
    folder = world.session.run_folder()
    world.session.submit(job_in(folder), told.listeners, folder)
    assert told.events == []
    world.timer.advance()
    assert [event[0] for event in told.events] == ["failed"]
    assert "could not be started (No such file: python)" in told.events[0][1]
    assert world.left == []


def test_process_stays_warm_for_the_next_film(world) -> None:
    first, second = Told(), Told()
    run = world.submit(first)
    world.ready()
    world.finish(run)
    again = world.submit(second)
    assert len(world.processes) == 1
    assert world.process.sent[-1] == str(again.folder.job_file)
    world.finish(again)
    assert [told.ends[0][0] for told in (first, second)] == ["finished", "finished"]


def test_process_that_is_not_kept_warm_is_asked_to_end_after_each_film(tmp_path) -> None:
    world = World(tmp_path, keep_warm=False)
    run = world.submit(Told())
    world.ready()
    world.finish(run)
    assert world.process.asked == ["close input", "terminate"]
    told = Told()
    world.submit(told)
    assert len(world.processes) == 2
    world.processes[0].say(stage="reading", fraction=0.9)
    world.processes[0].end(0)
    assert told.progress == [("Starting", 0.0)]


def test_prewarmed_process_takes_the_first_film_at_once(world) -> None:
    world.session.prewarm()
    world.session.prewarm()
    world.ready()
    run = world.submit(Told())
    assert len(world.processes) == 1
    assert world.process.sent == [str(run.folder.job_file)]


def test_second_run_while_one_is_going_on_is_refused_in_words(world) -> None:
    world.submit(Told())
    with pytest.raises(UsageError, match="another run is going on"):
        world.submit(Told())
    world.session.cancel()
    with pytest.raises(UsageError, match="being cancelled"):
        world.submit(Told())


def test_listener_may_start_the_next_run(world) -> None:
    second = Told()
    first = Told(on_end=lambda: world.submit(second))
    run = world.submit(first)
    world.ready()
    world.finish(run)
    assert world.session.busy
    assert len(world.process.sent) == 2


def test_fraction_never_falls_and_odd_lines_do_no_harm(world) -> None:
    told = Told()
    run = world.submit(told)
    world.ready()
    world.process.say(stage="segmentation", fraction=0.5)
    world.process.say(stage="quality", fraction=0.3)
    world.process.say(stage="quality", fraction=7)
    for line in ("[ WARN ] noise of a library", "", "[1, 2]", '"text"', '{"stage": 3}', '{"stage": "x", "fraction": NaN}', "{"):
        world.process.print(line)
    world.process.say(stage="polishing_things", fraction=1.0)
    assert [fraction for _, fraction in told.progress] == [0.0, 0.5, 0.5, 1.0, 1.0]
    assert told.progress[-1][0] == "Polishing things"
    assert "[ WARN ] noise of a library" in world.session.log_tail
    world.finish(run)
    assert len(told.ends) == 1


def test_job_that_the_worker_refuses_fails_and_the_process_stays(world) -> None:
    told = Told()
    world.submit(told)
    world.ready()
    world.process.complain("Trace")
    world.process.complain("back of a library\nsecond line\n")
    world.process.say(error="bad_film", message="hand.png: is empty. Choose another film")
    assert told.ends == [("failed", "hand.png: is empty. Choose another film", "Traceback of a library\nsecond line")]
    assert world.left == []
    run = world.submit(Told())
    assert len(world.processes) == 1
    assert world.process.sent[-1] == str(run.folder.job_file)


def test_result_that_is_not_there_is_a_failure(world) -> None:
    told = Told()
    run = world.submit(told)
    world.ready()
    world.process.say(result=str(run.folder.result), state=None, notes=[])
    assert told.ends[0][0] == "failed"
    assert "is missing" in told.ends[0][1]


def test_worker_that_dies_tells_its_last_lines_and_is_started_again_next_time(world) -> None:
    told = Told()
    world.submit(told)
    world.ready()
    world.process.say(stage="segmentation", fraction=0.5)
    world.process.complain("".join(f"line {number}\n" for number in range(50)))
    world.process.end(-9)
    kind, message, details = told.ends[0]
    assert (kind, len(told.ends)) == ("failed", 1)
    assert "killed by the system" in message
    assert details.splitlines() == [f"line {number}" for number in range(30, 50)]
    assert world.left == []
    world.submit(Told())
    assert len(world.processes) == 2


def test_warm_worker_that_died_while_it_waited_is_replaced_without_a_word_once(world) -> None:
    run = world.submit(Told())
    world.ready()
    world.finish(run)
    told = Told()
    again = world.submit(told)
    world.process.end(-9)
    world.timer.advance()
    assert told.ends == []
    assert len(world.processes) == 2
    world.ready()
    assert world.process.sent == [str(again.folder.job_file)]
    world.process.end(-9)
    world.timer.advance()
    assert [event[0] for event in told.ends] == ["failed"]
    assert len(world.processes) == 2


def test_idle_worker_that_dies_says_nothing_and_is_replaced(world) -> None:
    run = world.submit(Told())
    world.ready()
    world.finish(run)
    world.process.end(1)
    world.submit(Told())
    assert len(world.processes) == 2


def test_worker_of_another_version_is_refused(world) -> None:
    told = Told()
    world.submit(told)
    world.process.say(ready="0.0.0")
    assert "is OsteoScreen 0.0.0" in told.ends[0][1]
    assert world.process.sent == []
    assert "terminate" in world.process.asked


def test_cancel_is_told_once_when_the_process_is_gone_and_the_folder_too(world) -> None:
    left_when_told: list[list[str]] = []
    told = Told(on_end=lambda: left_when_told.append(world.left))
    world.submit(told)
    world.ready()
    world.process.say(stage="segmentation", fraction=0.5)
    world.session.cancel()
    world.session.cancel()
    assert world.process.asked == ["close input", "terminate"]
    assert told.ends == []
    assert world.session.busy
    world.process.say(stage="quality", fraction=0.9)
    world.process.end(143)
    world.session.cancel()
    assert told.ends == [("cancelled",)]
    assert left_when_told == [[]]
    assert told.progress[-1] == ("Outlining the bones", 0.5)
    world.timer.advance(10)
    assert "kill" not in world.process.asked


def test_process_that_does_not_listen_is_killed_after_the_grace(world) -> None:
    told = Told()
    world.submit(told)
    world.ready()
    world.session.cancel()
    world.timer.advance(1.9)
    assert "kill" not in world.process.asked
    world.timer.advance(0.2)
    assert world.process.asked[-1] == "kill"
    assert told.ends == []
    world.process.end(-9)
    assert told.ends == [("cancelled",)]


@pytest.mark.parametrize("moment", ["before it begins", "while it starts", "result on its way", "error on its way"])
def test_cancel_wins_at_every_moment(world, moment: str) -> None:
    told = Told()
    folder = world.session.run_folder()
    run = world.session.submit(job_in(folder), told.listeners, folder)
    if moment != "before it begins":
        world.timer.advance()
    if moment.endswith("way"):
        world.ready()
    world.session.cancel()
    if moment == "while it starts":
        world.ready()
    elif moment == "result on its way":
        world.finish(run)
    elif moment == "error on its way":
        world.process.say(error="bad_film", message="hand.png: is empty. Choose another film")
    world.timer.advance()
    if world.processes:
        world.process.end(143)
    assert told.ends == [("cancelled",)]
    assert world.left == []
    assert not world.session.busy


def test_cancel_after_a_death_that_has_not_been_told_yet(world) -> None:
    told = Told()
    world.submit(told)
    world.ready()
    world.process.running = False
    world.session.cancel()
    world.timer.advance()
    world.process.end(-11)
    assert told.ends == [("cancelled",)]


def test_cancel_without_a_run_does_nothing(world) -> None:
    world.session.cancel()
    run = world.submit(Told())
    world.ready()
    world.finish(run)
    world.session.cancel()
    assert world.process.asked == []


def test_late_words_of_a_cancelled_process_never_reach_the_next_run(world) -> None:
    world.submit(Told())
    world.ready()
    world.session.cancel()
    old = world.process
    old.end(143)
    told = Told()
    run = world.submit(told)
    old.say(stage="segmentation", fraction=0.9)
    old.say(error="internal", message="old")
    old.end(1)
    assert told.events == [("progress", "Starting", 0.0)]
    world.ready()
    world.finish(run)
    assert told.ends[0][0] == "finished"


def test_close_during_a_run_is_silent_and_leaves_nothing(world) -> None:
    told = Told()
    run = world.submit(told)
    world.ready()
    heard = len(told.events)
    world.session.close()
    assert world.process.asked[-1] == "kill"
    assert world.left == []
    # What the dying process still writes goes when it is gone.
    run.folder.result.mkdir(parents=True)
    world.process.say(result=str(run.folder.result), state=None, notes=[])
    world.process.end(-9)
    assert world.left == []
    assert len(told.events) == heard
    assert not world.session.busy


def test_closed_session_starts_afresh(world) -> None:
    world.submit(Told())
    world.session.close()
    world.session.close()
    told = Told()
    run = world.submit(told)
    world.ready()
    world.processes[0].end(-9)
    world.finish(run)
    assert told.ends[0][0] == "finished"


def test_kept_folder_stays_until_its_owner_or_the_session_removes_it(world) -> None:
    told = Told()
    run = world.submit(told)
    run.keep()
    world.ready()
    world.finish(run)
    assert run.folder.result.is_dir()
    world.session.close()
    assert world.left == []


def test_folder_goes_even_where_the_listener_fails(world) -> None:
    def broken(*event: object) -> None:
        raise RuntimeError("a listener's own fault")

    folder = world.session.run_folder()
    run = world.session.submit(job_in(folder), RunListeners(lambda words, fraction: None, broken, broken, broken), folder)
    world.timer.advance()
    world.ready()
    with pytest.raises(RuntimeError, match="a listener's own fault"):
        world.finish(run)
    assert world.left == []
    assert not world.session.busy


def test_temporary_folder_that_cannot_hold_a_run_is_said_in_words(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot hold the files of a run"):
        World(tmp_path / "missing").session.run_folder()
    world = World(tmp_path)
    folder = world.session.run_folder()
    folder.job_file.mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        world.session.submit(job_in(folder), Told().listeners, folder)
    assert world.left == []
    assert not world.session.busy
