"""Keep what decoders print to themselves: a damaged file is reported once, in our own words."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silence Python warnings, the log of pydicom and what C libraries (libpng, libtiff, GDCM) write to the error stream."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    saved = _silence_error_stream()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        if saved is not None:
            os.dup2(saved, 2)
            os.close(saved)


def _silence_error_stream() -> int | None:
    """Point file descriptor 2 nowhere and return a copy of what it was; ``None`` where a program runs without one."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:
        return None
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        os.close(saved)
        return None
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return saved
