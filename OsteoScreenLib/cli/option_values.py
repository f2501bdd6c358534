"""Readers of the values that several commands take. Each raises `ValueError` saying what the value must be."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

MOST_WORKERS = 1024


def checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Turn a reader's `ValueError` into the message of the option."""

    def convert(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"'{text}' is not {error}") from error

    return convert


def seed_option(text: str) -> int:
    """A seed."""
    from OsteoScreenLib.worker.job_values import seed_number

    return seed_number(_whole(text))


def samples_option(text: str) -> int:
    """Draws per expert."""
    from OsteoScreenLib.worker.job_values import samples_number

    return samples_number(_whole(text))


def spacing_option(text: str) -> float:
    """A pixel spacing in millimetres."""
    from OsteoScreenLib.worker.job_values import spacing_number

    try:
        number = float(text)
    except ValueError:
        raise ValueError("a number of millimetres") from None
    return spacing_number(number)


def count_option(text: str) -> int:
    """How many of something that works side by side."""
    number = _whole(text)
    if not 1 <= number <= MOST_WORKERS:
        raise ValueError(f"a whole number from 1 to {MOST_WORKERS}")
    return number


def seconds_option(text: str) -> float:
    """A time in seconds."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        raise ValueError("a number of seconds above 0")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None
