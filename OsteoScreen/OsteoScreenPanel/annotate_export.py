"""The export of a queue as a data set, in a process of its own: it decodes every film."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import OsteoScreenLib
from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenPanel.process import QtProcess

_KILL_AFTER_S = 2.0


class QueueExport:
    """One run of ``python -m OsteoScreenLib.annotation``; ended early, it leaves no folder."""

    def __init__(self, interpreter: Sequence[str], session: Path, folder: Path, name: str) -> None:
        self._command = [*interpreter, "-m", "OsteoScreenLib.annotation", str(session), str(folder), "--name", name]
        self._process = QtProcess()
        self._last: dict[str, Any] = {}
        self._errors = ""
        self._ended = False
        self.stopped = False

    def start(
        self,
        on_progress: Callable[[str, float], None],
        on_finished: Callable[[str, list[str]], None],
        on_failed: Callable[[str, str], None],
    ) -> None:
        """Return at once. In the end either the summary and what was left out are told, or one line and its details."""
        from OsteoScreenLib.workflow.child import worker_environment
        from OsteoScreenLib.workflow.failure import explain_end

        def hear(line: str) -> None:
            try:
                said = json.loads(line)
            except ValueError:
                return
            if isinstance(said, dict) and "stage" in said:
                on_progress(str(said["stage"]), float(said.get("fraction", 0.0)))
            elif isinstance(said, dict):
                self._last = said

        def note(text: str) -> None:
            self._errors = (self._errors + text)[-8000:]

        def end(status: int | None) -> None:
            self._ended = True
            if self.stopped:
                on_failed("", "")
            elif status == 0 and "summary" in self._last:
                on_finished(str(self._last["summary"]), [str(each) for each in self._last.get("left_out", [])])
            else:
                message = self._last.get("message") or explain_end(status, self._errors.splitlines())
                on_failed(str(message), self._errors)

        library = Path(OsteoScreenLib.__file__).resolve().parents[1]
        listeners = ProcessListeners(on_line=hear, on_error_text=note, on_end=end)
        self._process.start(self._command, worker_environment(library), listeners)

    def stop(self) -> None:
        """Ask it to end, and end it a moment later."""
        from OsteoScreenPanel.process import QtTimer

        if not self._ended:
            self.stopped = True
            self._process.terminate()
            QtTimer().call_later(_KILL_AFTER_S, self._kill)

    def close(self) -> None:
        """End it at once, as the panel goes."""
        self.stopped = True
        self._kill()

    def _kill(self) -> None:
        if not self._ended:
            self._process.kill()
