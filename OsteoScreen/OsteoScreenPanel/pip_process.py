"""pip in a process of its own: Slicer stays usable while packages come over a slow line, and the user can stop it.

``slicer.util.pip_install`` of Slicer 5.10 waits for pip's next line, which during a large download is a frozen window; it has no
way to stop, and keeps pip's words to itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from OsteoScreenLib.workflow.process import ProcessListeners
from OsteoScreenPanel.process import QtProcess
from OsteoScreenPanel.watched_module import watched_module

_KEPT_LINES = 400
_GRACE_S = 1.5


class PipProcess:
    """One run of pip.

    Attributes
    ----------
    cancelled : whether it was stopped on request
    """

    def __init__(self, interpreter: Sequence[str], arguments: Sequence[str]) -> None:
        self._command = watched_module(interpreter, "pip", arguments, _GRACE_S)
        self._process = QtProcess()
        self._lines: list[str] = []
        self._ended = False
        self.cancelled = False

    @property
    def output(self) -> str:
        """What it said last, both streams."""
        return "\n".join(self._lines)

    def start(self, on_line: Callable[[str], None], on_end: Callable[[bool], None]) -> None:
        """Return at once; ``on_end`` is told whether everything is installed, after the last ``on_line``."""

        def hear(line: str) -> None:
            self._lines = [*self._lines, line][-_KEPT_LINES:]
            on_line(line)

        def end(status: int | None) -> None:
            self._ended = True
            on_end(status == 0 and not self.cancelled)

        listeners = ProcessListeners(
            on_line=hear,
            on_error_text=lambda text: self._lines.extend(text.splitlines()),
            on_end=end,
        )
        # A user's own settings of pip, such as a proxy or a mirror, are kept.
        environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PIP_NO_INPUT": "1", "NO_COLOR": "1"}
        self._process.start(self._command, environment, listeners)

    def cancel(self) -> None:
        """Ask it to stop."""
        self.cancelled = True
        self._process.close_input()

    def kill(self) -> None:
        """Stop it without waiting; nothing where it has ended."""
        self.cancelled = True
        if not self._ended:
            self._process.kill()
