"""Films of a queue that have no outlines yet, screened one after the other through the panel's worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.host import PanelHost

_MOST_FAILURES = 3
"""In a row: then the fault is not the films'."""


class QueueScreening:
    """``changed`` is called when a film has got its outlines, and in the end."""

    def __init__(self, host: PanelHost, session: Session, changed: Callable[[], None]) -> None:
        self._host, self._session, self._changed = host, session, changed
        self._left: list[str] = []
        self._total = self._screened = self._failures_in_a_row = 0
        self._failed: list[str] = []

    def start(self) -> None:
        """Begin with the first film; those that cannot be shown are passed over."""
        self._left = [each.id for each in self._session.items if each.result is None and each.problem is None]
        self._total, self._screened, self._failures_in_a_row, self._failed = len(self._left), 0, 0, []
        self._next()

    def stop(self) -> None:
        """Start no further film."""
        self._left = []

    def _next(self) -> None:
        if not self._left or self._failures_in_a_row == _MOST_FAILURES:
            self._tell()
            return
        from OsteoScreenLib.worker import Job

        item = self._session.item(self._left.pop(0))

        def make_job(folder: Any) -> Job:
            return Job(film=item.film, folder=folder.result, bundle=self._host.bundle, scene=False, report=False)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            try:
                self._session.attach_result(item.id, folder)
            except OsteoScreenError as error:
                failed(str(error))
                return
            self._screened += 1
            self._failures_in_a_row = 0
            self._changed()
            self._later()

        def failed(message: str) -> None:
            self._failures_in_a_row += 1
            self._failed.append(f"{item.film.name}: {message}")
            self._later()

        if self._host.run(PanelState.SCREENING, make_job, finished, failed=failed, cancelled=self._on_cancelled):
            number = self._total - len(self._left)
            text = _("Film {number} of {total}: {name}")
            self._host.say(text.format(number=number, total=self._total, name=item.film.name))
        else:
            self.stop()
            self._changed()

    def _later(self) -> None:
        # The panel is still busy with the end of this run.
        qt.QTimer.singleShot(0, self._next)

    def _on_cancelled(self) -> None:
        self.stop()
        self._tell()

    def _tell(self) -> None:
        text = _("{screened} of {total} films screened.").format(screened=self._screened, total=self._total)
        if self._failed:
            text += " " + _("{count} could not be: see the details.").format(count=len(self._failed))
            self._host.fail(text, "\n".join(self._failed))
        else:
            self._host.say(text)
        self._changed()
