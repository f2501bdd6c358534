"""A new folder that appears complete or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from OsteoScreenLib.errors import OsteoScreenError

PRIVATE = 0o700
"""Mode of a folder that is still written: nobody else looks into it, or puts anything there."""


@contextmanager
def new_folder(target: Path, error: type[OsteoScreenError]) -> Iterator[Path]:
    """Give an empty sibling folder to write into, and rename it to ``target`` at the end.

    Nobody else may look into it before. Nothing stays behind when the body raises. Raises ``error`` where ``target`` exists and
    is no empty folder, or cannot be made.
    """
    target = Path(os.path.abspath(target))
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise error(target, "exists already", "Name a new folder, or move this one away")
    working = target.parent / f".{target.name}.{uuid4().hex[:8]}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        working.mkdir(PRIVATE)
    except OSError as fault:
        remedy = "Choose a folder with room and write access"
        raise error(target, f"cannot be created ({fault.strerror or fault})", remedy) from fault
    try:
        yield working
        try:
            if target.exists():
                target.rmdir()
            open_to_readers(working)
            working.rename(target)
        except OSError as fault:
            raise error(target, f"cannot be put in place ({fault.strerror or fault})", "Name another new folder") from fault
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise


def open_to_readers(folder: Path) -> None:
    """Give a finished folder the mode that a new one has: all that the process's mask leaves. Raises OSError."""
    probe = folder / f".{uuid4().hex[:8]}"
    probe.mkdir()
    mode = stat.S_IMODE(probe.stat().st_mode)
    probe.rmdir()
    with suppress(OSError):  # a drive that knows no modes has made no private folder either
        folder.chmod(mode)
