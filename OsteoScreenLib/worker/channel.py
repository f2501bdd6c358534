"""The worker's standard output, kept clean for JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class NobodyListens(BaseException):
    """Whoever started the worker is gone: nobody is left to tell. No `Exception`, so that no step takes it for a fault."""


class Channel:
    """Takes the process's standard output for itself; whatever else is printed, by C libraries too, goes to standard error."""

    def __init__(self) -> None:
        try:
            os.fstat(0)
        except OSError:  # started without standard input, whose number our own copy would get
            os.open(os.devnull, os.O_RDONLY)
        sys.stdout.flush()
        self._lines = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)

    def ready(self, version: str) -> None:
        """Say that jobs are accepted."""
        self._send({"ready": version})

    def stage(self, stage: str, fraction: float) -> None:
        """Say how far the job is."""
        self._send({"stage": stage, "fraction": round(fraction, 4)})

    def result(self, folder: str, state: str | None, notes: tuple[str, ...]) -> None:
        """Say where the finished result lies."""
        self._send({"result": folder, "state": state, "notes": list(notes)})

    def error(self, code: str, message: str) -> None:
        """Say why there is no result."""
        self._send({"error": code, "message": message})

    def _send(self, line: dict[str, Any]) -> None:
        """Write one line. Raises `NobodyListens` where the reader is gone."""
        try:
            self._lines.write(json.dumps(line) + "\n")
            self._lines.flush()
        except OSError as error:
            raise NobodyListens from error
