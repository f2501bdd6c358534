"""Runs of the resident worker: one at a time, told to the panel, cancelled within seconds, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from OsteoScreenLib import __version__
from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.workflow.child import Child, worker_environment
from OsteoScreenLib.workflow.failure import explain_end
from OsteoScreenLib.workflow.messages import STARTING, Finished, Progress, Ready, Refused, parse, stage_words
from OsteoScreenLib.workflow.process import ProcessListeners, Timer, WorkerProcess
from OsteoScreenLib.workflow.run_folder import RunFolder, remove_leftovers


@dataclass(frozen=True)
class RunListeners:
    """Told by a run, each on the caller's own thread and never from inside `WorkerSession.submit`.

    After any number of ``on_progress(words, fraction)`` exactly one of the others is called, once, when the session takes
    runs again; none at all where the session was closed. ``on_finished(folder, state, notes)`` may read the folder; it is
    removed with the run's folder afterwards unless `Run.keep` was called. ``on_failed(message, details)``: one readable
    line, and the worker's last lines.
    """

    on_progress: Callable[[str, float], None]
    on_finished: Callable[[Path, str | None, tuple[str, ...]], None]
    on_failed: Callable[[str, str], None]
    on_cancelled: Callable[[], None]


@dataclass
class Run:
    """One job that was handed in. ``folder`` holds its files until the run has ended."""

    job: Any
    folder: RunFolder
    listeners: RunListeners
    fraction: float = 0.0
    kept: bool = False
    cancelling: bool = False
    restarted: bool = False
    sent_to: Child | None = field(default=None, repr=False)

    def keep(self) -> None:
        """Leave the folder after ``on_finished``; then the caller removes it (``run.folder.remove()``), or `close` does."""
        self.kept = True


class WorkerSession:
    """Hands jobs to a worker process that stays warm between them.

    Attributes
    ----------
    make_process, timer : the world's side, see `WorkerProcess` and `Timer`
    interpreter : the command that starts Python
    library : the folder that holds ``OsteoScreenLib``
    keep_warm : whether the process waits for the next job, its model loaded
    cancel_grace_s : seconds between asking a process to end and killing it
    temporary : where run folders are made; ``None`` for the system's temporary folder
    bundle : folder of the model bundle that the next process loads before its first job; ``None`` for the shipped one
    """

    bundle: Path | None = None

    def __init__(
        self,
        make_process: Callable[[], WorkerProcess],
        timer: Timer,
        interpreter: Sequence[str],
        library: Path,
        keep_warm: bool = True,
        cancel_grace_s: float = 2.0,
        temporary: Path | None = None,
    ) -> None:
        self._make_process = make_process
        self._timer = timer
        self._command = (*interpreter, "-m", "OsteoScreenLib.worker", "--serve")
        self._library = library
        self._keep_warm = keep_warm
        self._grace_s = cancel_grace_s
        self._temporary = temporary
        self._child: Child | None = None
        self._last_log: Child | None = None
        self._run: Run | None = None
        self._folders: list[RunFolder] = []
        self._swept = False

    @property
    def busy(self) -> bool:
        """Whether a run has been handed in and has not ended, cancelled ones included."""
        return self._run is not None

    @property
    def log_tail(self) -> str:
        """The last lines of what the present or latest process said beside its messages."""
        return "" if self._last_log is None else "\n".join(self._last_log.tail())

    def run_folder(self) -> RunFolder:
        """A new private folder for the files of the next run; hand it to `submit`. Raises `OutputError`."""
        self._sweep()
        folder = RunFolder.create(self._temporary)
        self._folders.append(folder)
        return folder

    def submit(self, job: Any, listeners: RunListeners, folder: RunFolder | None = None) -> Run:
        """Start a run of ``job`` (`Job`, `ReadJob`, `RescoreJob` or `FetchJob`).

        ``folder`` comes from `run_folder` and holds the job's files. Raises `UsageError` while another run is going on and
        `OutputError` where the job file cannot be written.
        """
        if self._run is not None:
            words = "is being cancelled" if self._run.cancelling else "is going on"
            raise UsageError("worker", f"another run {words}", "Wait until it has ended, or cancel it first")
        folder = self.run_folder() if folder is None else folder
        self._write(job, folder)
        run = self._run = Run(job, folder, listeners)
        self._timer.call_later(0.0, lambda: self._begin(run))
        return run

    def prewarm(self) -> None:
        """Start the process now, so that the first run need not wait for it."""
        if self._child is None and self._run is None:
            self._sweep()
            self._start()

    def cancel(self) -> None:
        """Ask the run to end; killed after the grace. Nothing happens where none is going on, or it is asked already."""
        run = self._run
        if run is None or run.cancelling:
            return
        run.cancelling = True
        child = self._child
        if child is None or not child.process.running:
            # Not begun, or ended without having said so yet: nothing to wait for.
            self._child = None
            self._timer.call_later(0.0, lambda: self._cancelled(run))
            return
        self._ask_to_end(child)

    def close(self) -> None:
        """End the process at once and remove every folder, without telling anyone. A later `submit` starts afresh."""
        child, self._child, self._run = self._child, None, None
        folders, self._folders = self._folders, []
        if child is not None:
            # What a dying process still writes is removed when it is gone.
            child.remains += folders
            self._stop_deadline(child)
            child.process.close_input()
            child.process.kill()
        for folder in folders:
            self._remove_twice(folder)

    # -- the process ---------------------------------------------------------------------------------------------------

    def _start(self) -> Child:
        child = self._child = self._last_log = Child(self._make_process())
        listeners = ProcessListeners(
            on_line=lambda line: self._heard(child, line),
            on_error_text=child.note_text,
            on_end=lambda status: self._ended(child, status),
        )
        loaded = () if self.bundle is None else ("--bundle", str(self.bundle))
        child.process.start((*self._command, *loaded), worker_environment(self._library), listeners)
        return child

    def _begin(self, run: Run) -> None:
        if run is not self._run or run.cancelling:
            return
        child = self._child
        if child is None or not child.process.running:
            # One that died while idle may not have told its end yet.
            child = self._start()
        child.warm = child.ready
        if child.ready:
            self._send(run, child)
        elif run is self._run:
            run.listeners.on_progress(STARTING, run.fraction)

    def _send(self, run: Run, child: Child) -> None:
        run.sent_to = child
        child.silent = True
        child.process.send(str(run.folder.job_file))

    def _heard(self, child: Child, line: str) -> None:
        if child is not self._child:
            return
        message, run = parse(line), self._run
        if message is None:
            child.note(line)
        elif isinstance(message, Ready):
            self._ready(child, message)
        elif run is None or run.cancelling or run.sent_to is not child:
            child.note(line)
        else:
            child.silent = False
            self._advance(run, child, message)

    def _ready(self, child: Child, message: Ready) -> None:
        child.ready = True
        run = self._run
        if message.version != __version__:
            self._child = None
            self._leave(child)
            if run is not None and not run.cancelling:
                self._fail(
                    run,
                    f"The worker is OsteoScreen {message.version}, this module is {__version__}. Restart Slicer.",
                    child,
                )
        elif run is not None and not run.cancelling:
            self._send(run, child)

    def _advance(self, run: Run, child: Child, message: Progress | Finished | Refused) -> None:
        if isinstance(message, Progress):
            run.fraction = max(run.fraction, message.fraction)
            run.listeners.on_progress(stage_words(message.stage), run.fraction)
            return
        if not self._keep_warm:
            self._leave(child)
        if isinstance(message, Refused):
            self._fail(run, message.message, child)
        elif not message.folder.is_dir():
            self._fail(run, f"{message.folder}: the worker's result is missing. Run it again.", child)
        else:
            self._finish(run, message)

    def _ended(self, child: Child, status: int | None) -> None:
        self._stop_deadline(child)
        for folder in child.remains:
            folder.remove()
        if child is not self._child:
            return
        self._child = None
        run = self._run
        if run is None:
            return
        if run.cancelling:
            self._cancelled(run)
        elif child.warm and child.silent and not run.restarted:
            # It died while it waited for work, which is no fault of this job.
            run.restarted = True
            self._timer.call_later(0.0, lambda: self._begin(run))
        else:
            self._fail(run, explain_end(status, child.tail()), child)

    def _ask_to_end(self, child: Child) -> None:
        child.process.close_input()
        child.process.terminate()
        self._stop_deadline(child)
        child.deadline = self._timer.call_later(self._grace_s, child.process.kill)

    def _leave(self, child: Child) -> None:
        """From now on nothing of this process is heard."""
        if self._child is child:
            self._child = None
        self._ask_to_end(child)

    @staticmethod
    def _stop_deadline(child: Child) -> None:
        if child.deadline is not None:
            child.deadline.cancel()
            child.deadline = None

    # -- the end of a run: the session is free before anyone is told -----------------------------------------------------

    def _finish(self, run: Run, message: Finished) -> None:
        self._run = None
        try:
            run.listeners.on_finished(message.folder, message.state, message.notes)
        finally:
            if not run.kept:
                self._remove(run.folder)

    def _fail(self, run: Run, message: str, child: Child) -> None:
        self._run = None
        self._remove(run.folder)
        run.listeners.on_failed(message, "\n".join(child.tail()))

    def _cancelled(self, run: Run) -> None:
        if run is self._run:
            self._run = None
            self._forget(run.folder)
            self._remove_twice(run.folder)
            run.listeners.on_cancelled()

    # -- files -----------------------------------------------------------------------------------------------------------

    def _write(self, job: Any, folder: RunFolder) -> None:
        from OsteoScreenLib.worker.job_file import write_job

        try:
            write_job(job, folder.job_file)
        except OutputError:
            self._remove(folder)
            raise

    def _remove(self, folder: RunFolder) -> None:
        folder.remove()
        self._forget(folder)

    def _forget(self, folder: RunFolder) -> None:
        if folder in self._folders:
            self._folders.remove(folder)

    def _remove_twice(self, folder: RunFolder) -> None:
        """A worker behind a launcher, such as Slicer's, may outlive it by moments and write once more."""
        folder.remove()
        self._timer.call_later(self._grace_s, folder.remove)

    def _sweep(self) -> None:
        """Once per session, when it is first used: loading the module touches no disk."""
        if not self._swept:
            self._swept = True
            remove_leftovers(self._temporary)
