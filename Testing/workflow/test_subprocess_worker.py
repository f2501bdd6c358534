"""Real child processes, good and bad, under the session: they talk garbage, hang, die, ignore requests, flood."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from OsteoScreenLib import __version__
from OsteoScreenLib.worker.job import Job
from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenLib.workflow.run_folder import process_lives
from OsteoScreenLib.workflow.session import WorkerSession
from OsteoScreenLib.workflow.subprocess_worker import EventLoop, SubprocessWorker
from Testing.workflow.fake_world import Told

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could ignore")

PREAMBLE = f"""
import json, os, pathlib, signal, subprocess, sys, time
def say(**message):
    print(json.dumps(message), flush=True)
def ready():
    say(ready={__version__!r})
def job():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return pathlib.Path(json.loads(pathlib.Path(line.strip()).read_text())["folder"])
def finish(folder):
    folder.mkdir()
    say(result=str(folder), state="not_flagged", notes=[])
"""
"""What the small workers below have in common."""


class Stage:
    """A session over a small worker that the test wrote."""

    def __init__(self, folder: Path, body: str, grace_s: float = 2.0) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        library = folder / "library"
        (library / "OsteoScreenLib" / "worker").mkdir(parents=True)
        (library / "OsteoScreenLib" / "__init__.py").touch()
        (library / "OsteoScreenLib" / "worker" / "__init__.py").touch()
        script = library / "OsteoScreenLib" / "worker" / "__main__.py"
        script.write_text(PREAMBLE + textwrap.dedent(body), encoding="utf-8")
        self.loop = EventLoop()
        self.workers: list[SubprocessWorker] = []
        self.session = WorkerSession(
            self._make, self.loop, [sys.executable], library, cancel_grace_s=grace_s, temporary=self.temporary
        )

    def _make(self) -> SubprocessWorker:
        self.workers.append(SubprocessWorker(self.loop))
        return self.workers[-1]

    def submit(self) -> Told:
        told = Told()
        folder = self.session.run_folder()
        self.session.submit(Job(film=folder.film, folder=folder.result), told.listeners, folder)
        return told

    def until_end(self, told: Told) -> tuple:
        assert self.loop.pump_until(lambda: bool(told.ends)), told.events
        return told.ends[0]

    def until_stage(self, told: Told, words: str) -> None:
        assert self.loop.pump_until(lambda: words in [each[0] for each in told.progress]), told.events

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.temporary.iterdir())

    def pid(self, name: str) -> int:
        """A process number that the worker wrote into the temporary folder's neighbour."""
        return int((self.temporary.parent / name).read_text())


@pytest.fixture
def stage(tmp_path):
    stages: list[Stage] = []

    def make(body: str, grace_s: float = 2.0) -> Stage:
        stages.append(Stage(tmp_path, body, grace_s))
        return stages[-1]

    yield make
    for each in stages:
        each.session.close()
        assert each.loop.pump_until(lambda each=each: not any(worker.running for worker in each.workers))


def test_two_films_one_process(stage) -> None:
    world = stage(
        """
        ready()
        while True:
            folder = job()
            say(stage="reading", fraction=0.5)
            finish(folder)
        """
    )
    for _ in range(2):
        told = world.submit()
        assert world.until_end(told)[2] == "not_flagged"
        assert ("Reading the film", 0.5) in told.progress
        assert world.left == []
    assert len(world.workers) == 1


def test_garbage_beside_the_messages_does_no_harm(stage) -> None:
    world = stage(
        r"""
        ready()
        folder = job()
        sys.stdout.buffer.write(b"\xff\xfe\x00 not text\n" + b"x" * 300_000 + b"\n\n")
        print("[]", "a warning", sep="\n", flush=True)
        finish(folder)
        """
    )
    assert world.until_end(world.submit())[0] == "finished"
    assert "a warning" in world.session.log_tail


def test_flood_on_standard_error_does_not_block_it(stage) -> None:
    world = stage(
        """
        ready()
        folder = job()
        for number in range(20_000):
            print("noise", number, "." * 80, file=sys.stderr)
        say(error="bad_film", message="hand.png: is empty. Choose another film")
        job()
        """
    )
    kind, message, _ = world.until_end(world.submit())
    assert (kind, message) == ("failed", "hand.png: is empty. Choose another film")
    assert world.loop.pump_until(lambda: "noise 19999" in world.session.log_tail)
    assert len(world.session.log_tail.splitlines()) == 20


def test_worker_that_dies_at_once_is_explained(stage) -> None:
    world = stage("import a_package_that_is_not_there")
    kind, message, details = world.until_end(world.submit())
    assert kind == "failed"
    assert message == ("The Python package 'a_package_that_is_not_there' is missing. Install the Python packages: click Install.")
    assert details.splitlines()[-1] == "ModuleNotFoundError: No module named 'a_package_that_is_not_there'"
    assert world.left == []


def test_fault_of_the_software_is_explained(stage) -> None:
    world = stage("ready(); job(); raise RuntimeError('a bug')")
    _, message, details = world.until_end(world.submit())
    assert "(RuntimeError: a bug)" in message
    assert "Traceback" in details


def test_missing_library_is_explained(stage, tmp_path) -> None:
    world = stage("ready()")
    (tmp_path / "library" / "OsteoScreenLib" / "worker" / "__main__.py").unlink()
    message = world.until_end(world.submit())[1]
    assert "Install the extension again" in message


def test_interpreter_that_is_not_there_is_explained(stage, tmp_path) -> None:
    world = stage("ready()")
    missing = str(tmp_path / "no-python")
    world.session._command = (missing, *world.session._command[1:])
    kind, message, _ = world.until_end(world.submit())
    assert kind == "failed"
    assert missing in message


@posix
def test_killed_worker_is_explained_and_replaced(stage, tmp_path) -> None:
    world = stage(
        f"""
        pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
        ready()
        while True:
            folder = job()
            if pathlib.Path({str(tmp_path / "fine")!r}).exists():
                finish(folder)
                continue
            say(stage="segmentation", fraction=0.4)
            time.sleep(600)
        """
    )
    told = world.submit()
    world.until_stage(told, "Outlining the bones")
    os.kill(world.pid("pid"), signal.SIGKILL)
    kind, message, _ = world.until_end(told)
    assert kind == "failed"
    assert "killed by the system" in message
    assert world.left == []
    (tmp_path / "fine").touch()
    assert world.until_end(world.submit())[0] == "finished"


def test_cancelled_worker_is_gone_before_it_is_told(stage, tmp_path) -> None:
    world = stage(
        f"""
        pathlib.Path({str(tmp_path / "pid")!r}).write_text(str(os.getpid()))
        ready()
        folder = job()
        (folder.parent / "half-written").mkdir()
        say(stage="segmentation", fraction=0.4)
        time.sleep(600)
        """
    )
    told = world.submit()
    world.until_stage(told, "Outlining the bones")
    world.session.cancel()
    assert world.until_end(told) == ("cancelled",)
    assert not process_lives(world.pid("pid"))
    assert world.left == []
    assert len(told.ends) == 1


@posix
def test_worker_that_ignores_every_request_is_killed_with_its_children(stage, tmp_path) -> None:
    world = stage(
        f"""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        pathlib.Path({str(tmp_path / "child")!r}).write_text(str(child.pid))
        ready()
        job()
        say(stage="segmentation", fraction=0.4)
        while True:
            time.sleep(600)
        """,
        grace_s=0.2,
    )
    told = world.submit()
    world.until_stage(told, "Outlining the bones")
    world.session.cancel()
    assert world.until_end(told) == ("cancelled",)
    assert world.left == []
    # Without a parent it may stay a zombie for a moment, or for ever where process 1 does not collect them.
    assert any(gone(world.pid("child")) or world.loop.pump(0.1) is None for _ in range(600))


def gone(pid: int) -> bool:
    """Whether a process has ended, collected or not."""
    if not process_lives(pid):
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_worker_that_hangs_before_it_is_ready_can_be_cancelled(stage) -> None:
    world = stage("time.sleep(600)")
    told = world.submit()
    world.until_stage(told, "Starting")
    world.session.cancel()
    assert world.until_end(told) == ("cancelled",)


@posix
def test_closed_session_leaves_no_process_and_no_folder(stage, tmp_path) -> None:
    world = stage(
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready()
        job()
        say(stage="segmentation", fraction=0.4)
        time.sleep(600)
        """
    )
    told = world.submit()
    world.until_stage(told, "Outlining the bones")
    world.session.close()
    assert world.loop.pump_until(lambda: not world.workers[0].running)
    world.loop.pump(0.1)
    assert told.ends == []
    assert world.left == []


def test_end_of_this_process_ends_a_worker_that_waits(tmp_path) -> None:
    """Closing its input is all that a worker behind a launcher ever hears."""
    loop, ends, lines = EventLoop(), [], []
    worker = SubprocessWorker(loop)
    code = "import sys\nfor line in sys.stdin: print('got', line.strip(), flush=True)"
    worker.start([sys.executable, "-c", code], os.environ, ProcessListeners(lines.append, lambda text: None, ends.append))
    worker.send("grüße")
    assert loop.pump_until(lambda: bool(lines))
    worker.close_input()
    worker.close_input()
    worker.send("too late")
    assert loop.pump_until(lambda: bool(ends))
    assert (lines, ends) == (["got grüße"], [0])
    assert not worker.running
    worker.terminate()
    worker.kill()


def test_timer_calls_in_order_and_not_what_was_cancelled() -> None:
    loop, calls = EventLoop(), []
    loop.call_later(0.02, lambda: calls.append("later"))
    loop.call_later(0.0, lambda: calls.append("now"))
    loop.call_later(0.01, lambda: calls.append("never")).cancel()
    assert calls == []
    assert loop.pump_until(lambda: len(calls) == 2)
    assert calls == ["now", "later"]
    assert not loop.pump()
    assert not loop.pump_until(lambda: False, 0.01)


def test_workflow_loads_neither_qt_nor_anything_heavy() -> None:
    names = [path.stem for path in Path(__file__).resolve().parents[2].joinpath("OsteoScreenLib/workflow").glob("*.py")]
    modules = ", ".join(f"OsteoScreenLib.workflow.{name}" for name in names if name != "__init__")
    heavy = {"scipy", "nrrd", "openvino", "SimpleITK", "pydicom", "requests", "packaging", "qt", "PySide6", "slicer"}
    script = f"import {modules}; import sys; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
