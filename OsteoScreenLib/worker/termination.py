"""Turns the request to end into an exception, so that everything half-written is removed on the way out."""

from __future__ import annotations

import signal
from types import FrameType

TERMINATED = 143
"""Exit status of a terminated process by shell convention: 128 + SIGTERM."""


class Terminated(BaseException):
    """The process was asked to end."""


def raise_when_terminated() -> None:
    """From now on SIGTERM raises `Terminated` in the main thread, once; a second request does not disturb the cleaning up."""
    signal.signal(signal.SIGTERM, _raise)


def _raise(signal_number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
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
