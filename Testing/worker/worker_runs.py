"""Real worker processes, and what they say. Import with ``from Testing.worker.worker_runs import ...``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REAL = (sys.executable, "-m", "OsteoScreenLib.worker")
PATIENCE_S = 120.0
"""A process that has not ended by then hangs; nothing is ever expected to take a share of it."""


def stand_in(mode: str) -> tuple[str, ...]:
    """The worker with a stand-in for the model: see ``worker_process.py``."""
    return (sys.executable, str(Path(__file__).with_name("worker_process.py")), mode)


class Worker:
    """A running worker. It is killed where it outlives ``PATIENCE_S``, so that no test hangs."""

    def __init__(self, command: Sequence[str], *arguments: str | Path, prepare: Callable[[], None] | None = None) -> None:
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            preexec_fn=prepare,
        )
        self._errors: list[str] = []
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()
        self._watchdog = threading.Timer(PATIENCE_S, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.end()

    def send(self, *jobs: str | Path) -> None:
        """Name job files on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{job}\n" for job in jobs))
        self.process.stdin.flush()

    def close_input(self) -> None:
        """Let its standard input end."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def lines(self) -> Iterator[dict[str, Any]]:
        """What it says, line by line, up to its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, stage: str) -> list[dict[str, Any]]:
        """Lines up to the first one of a stage."""
        seen = []
        for line in self.lines():
            seen.append(line)
            if line.get("stage") == stage:
                return seen
        raise AssertionError(f"no line of stage '{stage}' among {seen}; {self.errors}")

    def answer(self) -> dict[str, Any]:
        """The last line of the running job, passing over its progress."""
        for line in self.lines():
            if "stage" not in line:
                return line
        raise AssertionError(f"the worker ended: {self.errors}")

    def end(self) -> int:
        """Wait for its end and return its exit status."""
        status = self.process.wait(PATIENCE_S)
        self._watchdog.cancel()
        self._drain.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        return status

    @property
    def errors(self) -> str:
        """Its standard error so far."""
        return "".join(self._errors)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)


def names(folder: Path) -> list[str]:
    """Names in a folder, sorted; none where it does not exist."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
