"""A finished file put in its place so that it outlives a crash of the machine from then on."""

from __future__ import annotations

import os
from pathlib import Path


def put_durably(part: Path, target: Path) -> None:
    """Bring ``part`` to the disk and rename it to ``target``, in the same folder. Raises `OSError`."""
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(part, target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # The new name itself must reach the disk; Windows does that by itself and cannot open folders.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
