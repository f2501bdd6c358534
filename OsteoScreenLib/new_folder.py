"""A new folder that appears complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from OsteoScreenLib.errors import OsteoScreenError


@contextmanager
def new_folder(target: Path, error: type[OsteoScreenError]) -> Iterator[Path]:
    """Give an empty sibling folder to write into, and rename it to ``target`` at the end.

    Nothing stays behind when the body raises. Raises ``error`` where ``target`` exists and is no empty folder, or
    cannot be made.
    """
    target = Path(os.path.abspath(target))
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise error(target, "exists already", "Name a new folder, or move this one away")
    working = target.parent / f".{target.name}.{uuid4().hex[:8]}"
    try:
        working.mkdir(parents=True)
    except OSError as fault:
        remedy = "Choose a folder with room and write access"
        raise error(target, f"cannot be created ({fault.strerror or fault})", remedy) from fault
    try:
        yield working
        try:
            if target.exists():
                target.rmdir()
            working.rename(target)
        except OSError as fault:
            raise error(target, f"cannot be put in place ({fault.strerror or fault})", "Name another new folder") from fault
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        raise
