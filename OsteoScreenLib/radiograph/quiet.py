"""Keep what decoders print to themselves: a damaged file is reported once, in our own words.

C libraries write to both standard streams (GDCM's JPEG decoder complains on standard output, where a worker speaks JSON), through
buffers of their own, so both descriptors are pointed nowhere and the buffers flushed before they come back.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silence Python warnings, the log of pydicom and what C libraries (libpng, libtiff, libjpeg, GDCM) print."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    with ExitStack() as stack:
        stack.callback(logger.setLevel, level)
        logger.setLevel(logging.CRITICAL + 1)
        for descriptor in (1, 2):
            stack.enter_context(_nowhere(descriptor))
        stack.callback(_flush_c_buffers)  # runs before the descriptors come back
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _nowhere(descriptor: int) -> Iterator[None]:
    """Point a file descriptor nowhere; do nothing where a program runs without one."""
    with suppress(OSError, ValueError, AttributeError):
        (sys.stdout if descriptor == 1 else sys.stderr).flush()
    _flush_c_buffers()
    try:
        saved = os.dup(descriptor)
    except OSError:
        yield
        return
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, descriptor)
        os.close(sink)
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)


def _flush_c_buffers() -> None:
    with suppress(Exception):  # a convenience: where the C library is not found, a line may leak
        library = ctypes.CDLL("ucrtbase") if os.name == "nt" else ctypes.CDLL(None)
        library.fflush(None)
