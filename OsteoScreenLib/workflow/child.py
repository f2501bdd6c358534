"""One worker process: its environment, and what it said."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from OsteoScreenLib.workflow.process import Cancellable, WorkerProcess
from OsteoScreenLib.workflow.run_folder import RunFolder

_LOG_LINES, _TAIL_LINES, _MAX_LINE = 200, 20, 4000


class Child:
    """One worker process.

    ``ready``: waits for jobs; ``warm``: was ready before the present job came; ``silent``: said nothing of that job yet;
    ``remains``: folders to be removed once more when it is gone; ``deadline``: when it is killed.
    """

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process
        self.ready = False
        self.warm = False
        self.silent = True
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self.remains: list[RunFolder] = []
        self.deadline: Cancellable | None = None
        self._open_line = ""

    def note(self, line: str) -> None:
        """Keep a line that is no message."""
        self.log.append(line.rstrip()[:_MAX_LINE])

    def note_text(self, text: str) -> None:
        """Text cut anywhere becomes whole lines."""
        *lines, rest = (self._open_line + text).splitlines(keepends=True) or [""]
        if rest.endswith(("\n", "\r")):
            lines, rest = [*lines, rest], ""
        self._open_line = rest[-_MAX_LINE:]
        for line in lines:
            self.note(line)

    def tail(self) -> list[str]:
        """The last lines that hold anything."""
        lines = [*self.log, *([self._open_line.rstrip()] if self._open_line.strip() else [])]
        return [line for line in lines if line][-_TAIL_LINES:]


def worker_environment(library: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """``base`` (``None``: this process's own environment) so that a worker finds ``OsteoScreenLib`` in ``library``."""
    environment = dict(os.environ if base is None else base)
    paths = [str(library), *(path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path)]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # Whatever lies in the present folder must not be taken for a module; text is UTF-8 on every platform.
    environment.update(PYTHONSAFEPATH="1", PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    return environment
