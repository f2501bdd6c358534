"""The worker's standard output, kept clean for JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


class Channel:
    """Takes the process's standard output for itself; whatever else is printed, by C libraries too, goes to standard error."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._lines = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)

    def stage(self, stage: str, fraction: float) -> None:
        """Say how far the job is."""
        self._send({"stage": stage, "fraction": round(fraction, 4)})

    def result(self, folder: str, state: str, notes: tuple[str, ...]) -> None:
        """Say where the finished result lies."""
        self._send({"result": folder, "state": state, "notes": list(notes)})

    def error(self, code: str, message: str) -> None:
        """Say why there is no result."""
        self._send({"error": code, "message": message})

    def _send(self, line: dict[str, Any]) -> None:
        self._lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lines.flush()
