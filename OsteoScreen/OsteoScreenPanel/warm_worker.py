"""The worker process of this Slicer: started when it is needed, kept for the next film, ended when it is not used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import OsteoScreenLib
from OsteoScreenLib.errors import UsageError
from OsteoScreenPanel.process import QtCall, QtProcess, QtTimer
from OsteoScreenPanel.surroundings import interpreter, missing_packages

if TYPE_CHECKING:
    from OsteoScreenLib.workflow.run_folder import RunFolder
    from OsteoScreenLib.workflow.session import RunListeners, WorkerSession

IDLE_S = 600.0
"""An unused worker process is ended after this; its model takes several hundred megabytes."""


class WarmWorker:
    """One worker session and what decides how long its process lives.

    ``bundle`` is the folder of the model bundle that a new process loads; ``None`` for the shipped one.
    """

    def __init__(self, make_session: Callable[[bool], WorkerSession] | None = None) -> None:
        self.bundle: Path | None = None
        self._make_session = _qt_session if make_session is None else make_session
        self._session: WorkerSession | None = None
        self._keep_warm = self._made_warm = True
        self._idle: QtCall | None = None

    @property
    def session(self) -> WorkerSession:
        """The session; made when it is first asked for, and anew after `keep_warm` was changed."""
        if self._session is not None and self._made_warm != self._keep_warm and not self._session.busy:
            self._session.close()
            self._session = None
        if self._session is None:
            self._made_warm = self._keep_warm
            self._session = self._make_session(self._keep_warm)
        return self._session

    def keep_warm(self, keep: bool) -> None:
        """Whether the process waits for the next film with its model loaded, from the next film on."""
        self._keep_warm = keep
        if not keep and self._session is not None and not self._session.busy:
            self._session.close()

    def prewarm(self) -> None:
        """Start the process now, so that the first film need not wait for it."""
        if not self.session.busy:
            self.session.bundle = self.bundle
            self.session.prewarm()
            self._idle_from_now()

    def run(self, make_job: Callable[[RunFolder], Any], listeners: RunListeners) -> None:
        """Start a job. Raises `OsteoScreenError` where it cannot begin; nothing is left behind then."""
        missing = missing_packages()
        if missing:
            raise UsageError("Python packages", f"missing: {', '.join(missing)}", "Open the OsteoScreen module and press Install")
        session = self.session
        if session.busy:
            raise UsageError("OsteoScreen", "another run is going on", "Wait until it has ended, or cancel it first")
        folder = session.run_folder()
        try:
            job = make_job(folder)
        except BaseException:
            folder.remove()
            raise
        self._in_use()
        session.bundle = self.bundle
        session.submit(job, self._watched(listeners), folder)

    def cancel(self) -> None:
        """Ask what runs to end."""
        if self._session is not None:
            self._session.cancel()

    def close(self) -> None:
        """End the process at once, without a word to who waits for it. The next run starts it again."""
        self._in_use()
        if self._session is not None:
            self._session.close()

    def _watched(self, listeners: RunListeners) -> RunListeners:
        """The same listeners; when the run has ended the process is idle."""

        def then(listener: Callable[..., None]) -> Callable[..., None]:
            def call(*words: Any) -> None:
                self._idle_from_now()
                listener(*words)

            return call

        return replace(
            listeners,
            on_finished=then(listeners.on_finished),
            on_failed=then(listeners.on_failed),
            on_cancelled=then(listeners.on_cancelled),
        )

    def _in_use(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _idle_from_now(self) -> None:
        self._in_use()
        self._idle = QtTimer().call_later(IDLE_S, self._end_idle)

    def _end_idle(self) -> None:
        if self._session is not None and not self._session.busy:
            self._session.close()


def _qt_session(keep_warm: bool) -> WorkerSession:
    from OsteoScreenLib.workflow.session import WorkerSession

    library = Path(OsteoScreenLib.__file__).resolve().parents[1]
    return WorkerSession(QtProcess, QtTimer(), interpreter(), library, keep_warm=keep_warm)
