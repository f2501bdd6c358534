"""Which process works in a folder: locks that end with the process, however it ends, and leave no file behind.

Where the system cannot lock a folder (Windows, some network drives) nothing is kept out and nothing counts as abandoned.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is here with the same folder, and keep others waiting meanwhile."""
    descriptor = _opened(folder)
    try:
        if descriptor is not None:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)  # unlocks


def is_abandoned(folder: Path) -> bool:
    """Whether a folder that was made to be worked in with `alone_in` belongs to a process that is gone."""
    descriptor = _opened(folder)
    if descriptor is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _opened(folder: Path) -> int | None:
    if fcntl is None:
        return None
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:  # not there, or not readable: whoever goes on meets the same and says so
        return None
