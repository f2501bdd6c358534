"""Jobs of the panel: one at a time, with the machine's state, the progress, and every possible end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.run_folder import RunFolder
from OsteoScreenLib.workflow.session import RunListeners
from OsteoScreenLib.workflow.states import PanelState, StateMachine
from OsteoScreenPanel.host import Finished
from OsteoScreenPanel.screening import ScreeningSection

_OF_A_FILM = (PanelState.SCREENING, PanelState.RESCORING, PanelState.REPORTING)


class Runs:
    """Starts jobs and takes in how they end.

    ``rest`` says in which state the panel is when nothing runs; whatever an end brings about happens inside ``ending()``.
    """

    def __init__(
        self,
        logic: Any,
        machine: StateMachine,
        screening: ScreeningSection,
        rest: Callable[[], PanelState],
        ending: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._logic, self._machine, self._screening = logic, machine, screening
        self._rest, self._ending = rest, ending
        self._cancelled: Callable[[], None] | None = None

    def start(
        self,
        state: PanelState,
        make_job: Callable[[RunFolder], Any],
        finished: Finished,
        failed: Callable[[str], None] | None,
        cancelled: Callable[[], None] | None,
    ) -> bool:
        """Start a job; ``False`` where it could not be started, which is then said on the panel."""
        self._screening.clear()
        listeners = RunListeners(
            on_progress=self._screening.progress,
            on_finished=lambda folder, result, notes: self._on_finished(finished, folder, result, notes),
            on_failed=lambda message, details: self._on_failed(failed, message, details),
            on_cancelled=self._on_cancelled,
        )
        try:
            self._logic.run(make_job, listeners)
        except OsteoScreenError as error:
            self.fail(str(error))
            if failed is not None:
                failed(str(error))
            return False
        self._cancelled = cancelled
        self._machine.to(state)
        return True

    def cancel(self) -> None:
        """Ask what runs to end."""
        if self._machine.can(PanelState.CANCELLING):
            self._machine.to(PanelState.CANCELLING)
            self._logic.cancel()

    def drop(self, film_only: bool = False) -> None:
        """End what runs at once and silently: its film or its scene is gone. ``film_only``: only what works on a film."""
        state = self._machine.state
        if not state.busy or state is PanelState.INSTALLING or (film_only and state not in _OF_A_FILM):
            return
        self._logic.close()
        if state is not PanelState.CANCELLING:
            self._machine.to(PanelState.CANCELLING)
        self._end()

    def fail(self, text: str, details: str = "") -> None:
        """Say what went wrong; where nothing runs, the panel is in the state of having failed."""
        self._screening.fail(text, details)
        if not self._machine.busy:
            self._machine.to(PanelState.FAILED)

    def _on_finished(self, finished: Finished, folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
        self._cancelled = None
        with self._ending(), slicer.util.tryWithErrorDisplay(_("OsteoScreen could not show what was made.")):
            self._machine.to(self._rest())
            try:
                finished(folder, state, notes)
            except OsteoScreenError as error:
                self.fail(str(error))

    def _on_failed(self, failed: Callable[[str], None] | None, message: str, details: str) -> None:
        self._cancelled = None
        with self._ending():
            self._machine.to(PanelState.FAILED)
            self._screening.fail(message, details)
            if failed is not None:
                failed(message)

    def _on_cancelled(self) -> None:
        self._screening.say(_("Cancelled; nothing was changed."))
        self._end()

    def _end(self) -> None:
        """A run that gave nothing."""
        cancelled, self._cancelled = self._cancelled, None
        with self._ending():
            self._machine.to(self._rest())
            if cancelled is not None:
                cancelled()
