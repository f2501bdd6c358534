"""Files that have reached the disk before anybody is told that they are there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import uuid4

from OsteoScreenLib.durable_file import put_durably
from OsteoScreenLib.errors import OutputError

_REMEDY = "Choose a folder with room and write access"
PART = ".part"


def private_folder(path: Path) -> Path:
    """Make a folder that only this user can enter. Raises `OutputError`."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
    except OSError as error:
        raise OutputError(path, f"cannot be created ({error.strerror or error})", _REMEDY) from error
    return path


def keep_copy(source: Path, target: Path) -> Path:
    """Copy a file; the copy appears complete or not at all, and has reached the disk. Raises `OutputError`."""

    def copy(stream: IO[bytes]) -> None:
        with source.open("rb") as original:
            shutil.copyfileobj(original, stream, 1 << 20)

    return _keep(copy, target)


def keep_bytes(content: bytes, target: Path) -> Path:
    """Write a file that appears complete or not at all, and bring it to the disk. Raises `OutputError`."""
    return _keep(lambda stream: stream.write(content), target)


def put_in_place(part: Path, target: Path) -> Path:
    """Bring a finished file to the disk and rename it. Raises `OutputError`."""
    try:
        put_durably(part, target)
    except OSError as error:
        raise OutputError(target, f"cannot be written ({error.strerror or error})", _REMEDY) from error
    return target


def part_of(target: Path) -> Path:
    """Where a file is written before it is complete."""
    return target.with_name(f".{target.name[:64]}.{uuid4().hex[:8]}{PART}")


def remove_others(folder: Path, known: set[str]) -> None:
    """Remove what a killed process left in ``folder``: everything whose name is not among the ``known``."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in known:
            path.unlink(missing_ok=True)


def _keep(write: Callable[[IO[bytes]], object], target: Path) -> Path:
    part = part_of(target)
    try:
        with part.open("xb") as stream:
            write(stream)
        return put_in_place(part, target)
    except OSError as error:
        raise OutputError(target, f"cannot be written ({error.strerror or error})", _REMEDY) from error
    finally:
        part.unlink(missing_ok=True)
