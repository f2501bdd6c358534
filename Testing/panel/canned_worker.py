"""A worker process that does what a test tells it, behind the real worker session."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from OsteoScreenLib import __version__
from OsteoScreenLib.radiograph.exchange import load_film_array, save_radiograph
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.storage import save_result
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker import read_job
from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenLib.workflow.session import WorkerSession
from Testing.screening_results import make_screening_result


class CannedProcess:
    """Implements `WorkerProcess`; says at once that it is ready, and ends when it is asked to (``stubborn``: when killed)."""

    def __init__(self, worker: CannedWorker) -> None:
        self._worker = worker
        self._running = False
        self._listeners: ProcessListeners | None = None
        self.stubborn = False

    @property
    def running(self) -> bool:
        return self._running

    def start(self, command: Sequence[str], environment: Mapping[str, str], listeners: ProcessListeners) -> None:
        self._running, self._listeners = True, listeners
        self._worker.command = list(command)
        self.later(lambda: self.say({"ready": __version__}))

    def send(self, line: str) -> None:
        self._worker.jobs.append(read_job(Path(line)))

    def close_input(self) -> None:
        self._worker.input_closed = True

    def terminate(self) -> None:
        if not self.stubborn:
            self.later(lambda: self.end(-15))

    def kill(self) -> None:
        self.later(lambda: self.end(-9))

    def say(self, line: Mapping[str, Any]) -> None:
        if self._running and self._listeners is not None:
            self._listeners.on_line(json.dumps(line))

    def end(self, status: int | None, text: str = "") -> None:
        if self._running and self._listeners is not None:
            self._running = False
            self._listeners.on_error_text(text)
            self._listeners.on_end(status)

    @staticmethod
    def later(call: Callable[[], None]) -> None:
        import qt

        qt.QTimer.singleShot(0, call)


class CannedWorker:
    """Makes processes, keeps the jobs that they were given, and answers them on the test's word."""

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary
        temporary.mkdir(parents=True, exist_ok=True)
        self.jobs: list[Any] = []
        self.processes: list[CannedProcess] = []
        self.command: list[str] = []
        self.input_closed = False
        self.stubborn = False

    def session(self, keep_warm: bool = True) -> WorkerSession:
        """A real session over such processes."""
        from OsteoScreenPanel.process import QtTimer

        return WorkerSession(
            self._make,
            QtTimer(),
            ("python",),
            Path(),
            keep_warm=keep_warm,
            cancel_grace_s=0.05,
            temporary=self.temporary,
        )

    def _make(self) -> CannedProcess:
        process = CannedProcess(self)
        process.stubborn = self.stubborn
        self.processes.append(process)
        return process

    @property
    def job(self) -> Any:
        """The job that was handed in last."""
        return self.jobs[-1]

    @property
    def leftovers(self) -> list[Path]:
        """What runs left behind on the disk."""
        return list(self.temporary.iterdir())

    def stage(self, name: str, fraction: float) -> None:
        self.processes[-1].say({"stage": name, "fraction": fraction})

    def finish(self, result: ScreeningResult, notes: Sequence[str] = ()) -> None:
        """The job is done, with this result."""
        self.job.folder.mkdir()
        save_result(result, self.job.folder)
        self.processes[-1].say({"result": str(self.job.folder), "state": result.score.state.value, "notes": list(notes)})

    def finish_reading(self, radiograph: Radiograph) -> None:
        """The job is done, with this film."""
        self.job.folder.mkdir()
        save_radiograph(radiograph, self.job.folder)
        self.processes[-1].say({"result": str(self.job.folder), "state": None, "notes": []})

    def refuse(self, message: str) -> None:
        self.processes[-1].say({"error": "bad_film", "message": message})

    def die(self, status: int, text: str) -> None:
        self.processes[-1].end(status, text)

    def result_of_job(self, **words: Any) -> ScreeningResult:
        """A result of the size of the film that was handed in."""
        film = load_film_array(self.job.film)
        result, _ = make_screening_result(shape=film.pixels.shape[:2], **words)
        source = result.film.source if film.source is None else film.source
        return replace(result, film=replace(result.film, source=source, spacing=film.spacing))
