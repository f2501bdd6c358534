"""The export of a queue as a data set, in a process of its own: it decodes every film."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import OsteoScreenLib
from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenPanel.process import QtProcess, QtTimer
from OsteoScreenPanel.watched_module import watched_module

_GRACE_S = 5.0
"""A film that is being decoded cannot be interrupted."""
_KEPT = 8000


class QueueExport:
    """One run of ``python -m OsteoScreenLib.annotation``; ended early, it leaves no folder."""

    def __init__(self, interpreter: Sequence[str], session: Path, folder: Path, name: str) -> None:
        arguments = [str(session), str(folder), "--name", name]
        self._command = watched_module(interpreter, "OsteoScreenLib.annotation", arguments, _GRACE_S)
        self._process = QtProcess()
        self._last: dict[str, Any] = {}
        self._errors = ""
        self._ended = self._stopped = False

    def start(
        self,
        on_progress: Callable[[float], None],
        on_finished: Callable[[str], None],
        on_failed: Callable[[str, str, bool], None],
    ) -> None:
        """Return at once. In the end a summary is told, or one line with its details and whether it was stopped on request."""
        from OsteoScreenLib.workflow.child import worker_environment
        from OsteoScreenLib.workflow.failure import explain_end

        def hear(line: str) -> None:
            try:
                said = json.loads(line)
            except ValueError:
                return
            if isinstance(said, dict) and "stage" in said:
                on_progress(float(said.get("fraction", 0.0)))
            elif isinstance(said, dict):
                self._last = said

        def note(text: str) -> None:
            self._errors = (self._errors + text)[-_KEPT:]

        def end(status: int | None) -> None:
            self._ended = True
            if status == 0 and "summary" in self._last:
                on_finished(str(self._last["summary"]))
            else:
                message = self._last.get("message") or explain_end(status, self._errors.splitlines())
                on_failed(str(message), self._errors, self._stopped)

        library = Path(OsteoScreenLib.__file__).resolve().parents[1]
        listeners = ProcessListeners(on_line=hear, on_error_text=note, on_end=end)
        self._process.start(self._command, worker_environment(library), listeners)

    def stop(self) -> None:
        """Ask it to end, and end it where it does not."""
        if not self._ended:
            self._stopped = True
            self._process.close_input()
            QtTimer().call_later(_GRACE_S + 1.0, self._kill)

    def close(self) -> None:
        """End it, as the panel goes."""
        self._stopped = True
        self._kill()

    def _kill(self) -> None:
        if not self._ended:
            self._process.kill()
