"""Exit statuses, the same for every command."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """What the exit status says."""

    ANALYSED = 0
    FAULT = 1
    """A fault of the software; nothing is wrong with the input as far as is known."""
    BAD_INPUT = 2
    """Bad input or usage: one line on standard error says what and how to mend it."""
    NOT_ANALYSABLE = 3
    """A film was read but must not be scored; its ``result.json`` says why."""
    INTERRUPTED = 130
    TERMINATED = 143


_WORST_FIRST = (ExitStatus.FAULT, ExitStatus.BAD_INPUT, ExitStatus.NOT_ANALYSABLE, ExitStatus.ANALYSED)


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """The status of a run over several films: a fault before bad input before a film that is not analysable."""
    seen = set(statuses)
    return next((status for status in _WORST_FIRST if status in seen), ExitStatus.ANALYSED)
