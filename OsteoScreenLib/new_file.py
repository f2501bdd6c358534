"""A file that appears complete or not at all, in place of an older one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from OsteoScreenLib.errors import OutputError


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a name beside ``path`` to write to, and put it in place at the end. Raises `OutputError` where that cannot be done."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, fault, "Choose a folder with room and write access, and close programs that show it") from error
    finally:
        with suppress(OSError):
            os.unlink(part)
