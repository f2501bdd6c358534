"""A world in which nothing happens by itself: a process that says what the test says, a timer that the test advances."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from OsteoScreenLib import __version__
from OsteoScreenLib.worker.job import Job
from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenLib.workflow.run_folder import RunFolder
from OsteoScreenLib.workflow.session import Run, RunListeners, WorkerSession

LIBRARY = Path("/somewhere/qt-scripted-modules")


class FakeProcess:
    """Records what it is told to do; `say`, `complain` and `end` are what a real one would do by itself."""

    def __init__(self) -> None:
        self.running = False
        self.command: tuple[str, ...] = ()
        self.environment: dict[str, str] = {}
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.listeners: ProcessListeners | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str], listeners: ProcessListeners) -> None:
        self.running, self.command, self.environment, self.listeners = True, tuple(command), dict(environment), listeners

    def send(self, line: str) -> None:
        self.sent.append(line)

    def close_input(self) -> None:
        self.asked.append("close input")

    def terminate(self) -> None:
        self.asked.append("terminate")

    def kill(self) -> None:
        self.asked.append("kill")

    def say(self, **message: object) -> None:
        self.print(json.dumps(message))

    def print(self, line: str) -> None:
        assert self.listeners is not None
        self.listeners.on_line(line)

    def complain(self, text: str) -> None:
        assert self.listeners is not None
        self.listeners.on_error_text(text)

    def end(self, status: int | None) -> None:
        assert self.listeners is not None
        self.running = False
        self.listeners.on_end(status)


class FakeCall:
    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.wanted = due, call, True

    def cancel(self) -> None:
        self.wanted = False


class FakeTimer:
    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[FakeCall] = []

    def call_later(self, seconds: float, call: Callable[[], None]) -> FakeCall:
        self.calls.append(FakeCall(self.now + seconds, call))
        return self.calls[-1]

    def advance(self, seconds: float = 0.0) -> None:
        self.now += seconds
        while due := [each for each in self.calls if each.due <= self.now]:
            self.calls.remove(due[0])
            if due[0].wanted:
                due[0].call()


class Told:
    """Everything that a run's listeners heard, in order."""

    def __init__(self, on_end: Callable[[], None] = lambda: None) -> None:
        self.events: list[tuple] = []
        self._on_end = on_end

    @property
    def listeners(self) -> RunListeners:
        return RunListeners(
            on_progress=lambda words, fraction: self.events.append(("progress", words, fraction)),
            on_finished=lambda folder, state, notes: self._end("finished", folder, state, notes),
            on_failed=lambda message, details: self._end("failed", message, details),
            on_cancelled=lambda: self._end("cancelled"),
        )

    @property
    def ends(self) -> list[tuple]:
        return [event for event in self.events if event[0] != "progress"]

    @property
    def progress(self) -> list[tuple]:
        return [event[1:] for event in self.events if event[0] == "progress"]

    def _end(self, *event: object) -> None:
        self.events.append(event)
        self._on_end()


class World:
    """A session with everything around it faked."""

    def __init__(self, temporary: Path, **options: object) -> None:
        self.temporary = temporary
        self.timer = FakeTimer()
        self.processes: list[FakeProcess] = []
        self.session = WorkerSession(self._make, self.timer, ["python"], LIBRARY, temporary=temporary, **options)  # type: ignore[arg-type]

    def _make(self) -> FakeProcess:
        self.processes.append(FakeProcess())
        return self.processes[-1]

    @property
    def process(self) -> FakeProcess:
        """The latest process."""
        return self.processes[-1]

    @property
    def left(self) -> list[str]:
        """What lies in the temporary folder."""
        return sorted(path.name for path in self.temporary.iterdir())

    def submit(self, told: Told) -> Run:
        """Hand in a screening, with a film in the run's folder, and let the session begin."""
        folder = self.session.run_folder()
        folder.film.mkdir()
        (folder.film / "film.json").write_text("{}")
        run = self.session.submit(job_in(folder), told.listeners, folder)
        self.timer.advance()
        return run

    def ready(self) -> None:
        self.process.say(ready=__version__)

    def finish(self, run: Run, state: str | None = "indeterminate") -> None:
        """The worker puts the result in place and says so."""
        run.folder.result.mkdir()
        self.process.say(result=str(run.folder.result), state=state, notes=["a note"])


def job_in(folder: RunFolder) -> Job:
    return Job(film=folder.film, folder=folder.result)
