"""Turns the request to end into an exception, so that everything half-written is removed on the way out."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from types import FrameType

TERMINATED = 143
"""Exit status of a terminated process by shell convention: 128 + SIGTERM."""


class Terminated(BaseException):
    """The process was asked to end."""


_requests: list[int] = []


def raise_when_terminated() -> None:
    """From now on SIGTERM raises `Terminated` in the main thread, once; a second request does not disturb the cleaning up."""
    signal.signal(signal.SIGTERM, _raise)


def termination_requested() -> bool:
    """Whether `Terminated` was raised, even where it came in a place that swallowed it."""
    return bool(_requests)


def request_termination() -> None:
    """Ask this process to end, from any thread, as SIGTERM would."""
    if sys.platform == "win32":
        # There os.kill ends the process at once; this only marks the signal as arrived.
        _thread.interrupt_main(signal.SIGTERM)
    else:
        # A real signal also wakes the main thread from a call that waits.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _raise(signal_number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _requests.append(signal_number)
    raise Terminated


_interrupts: list[int] = []


def note_interrupts() -> None:
    """From now on SIGINT is remembered before it raises `KeyboardInterrupt`: see `interrupted`."""
    signal.signal(signal.SIGINT, _interrupt)


def interrupted() -> bool:
    """Whether Ctrl-C came. An extension that is interrupted while it is imported reports a fault of its own instead."""
    return bool(_interrupts)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    _interrupts.append(signal_number)
    raise KeyboardInterrupt
