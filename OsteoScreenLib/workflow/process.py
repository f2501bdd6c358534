"""What a run needs of the world: a child process and a timer.

Slicer brings Qt's; scripts and tests use `SubprocessWorker` and `EventLoop`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ProcessListeners:
    """Told on the caller's own thread.

    Attributes
    ----------
    on_line : one line of standard output, without its end
    on_error_text : some text of standard error, cut anywhere
    on_end : once, after the last line: the exit status; negative for a signal (-9: killed); ``None`` where the process never
        started
    """

    on_line: Callable[[str], None]
    on_error_text: Callable[[str], None]
    on_end: Callable[[int | None], None]


class WorkerProcess(Protocol):
    """One child process, started once."""

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        ...

    def start(self, command: Sequence[str], environment: Mapping[str, str], listeners: ProcessListeners) -> None:
        """Start ``command`` with exactly ``environment``. A command that cannot be started ends with status ``None``; the
        reason comes as text of standard error.
        """
        ...

    def send(self, line: str) -> None:
        """Write one line to its standard input; silently nothing where it has ended."""
        ...

    def close_input(self) -> None:
        """Close its standard input, which asks the worker to end."""
        ...

    def terminate(self) -> None:
        """Ask it to end (SIGTERM; on Windows there is no such question and adapters end it at once)."""
        ...

    def kill(self) -> None:
        """End it and the processes it started."""
        ...


class Cancellable(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """It will not be made; nothing where it was made already."""
        ...


class Timer(Protocol):
    """Calls back on the caller's own thread."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> Cancellable:
        """Call once after ``seconds``; 0 means as soon as the present event is done, never from inside this function."""
        ...
