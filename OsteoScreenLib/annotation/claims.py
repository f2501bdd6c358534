"""One program at a time writes one annotator's work: a lock that the system takes back when the program ends or crashes."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import IO

from OsteoScreenLib.errors import OutputError

_FAR = 1 << 30
"""Windows locks bytes against reading too, so the locked byte lies behind the text that tells who holds it."""


class Claim:
    """The right to write, held from construction to `release`, or the end of the process.

    Raises `OutputError` where another program, or another session in this one, holds it: ``fault`` and ``remedy`` are for
    that case. On a file system without locks nothing can be held; writers must then notice each other's changes.
    """

    def __init__(self, path: Path, fault: str, remedy: str) -> None:
        self._stream: IO[bytes] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("ab+")
        except OSError as error:
            told = f"cannot be written ({error.strerror or error})"
            raise OutputError(path, told, "Choose a folder with room and write access") from error
        held = _lock(stream)
        if held is False:
            holder = _holder(stream)
            stream.close()
            raise OutputError(path.parent.parent, f"{fault} ({holder})" if holder else fault, remedy)
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
        stream.flush()
        self._stream = stream

    def release(self) -> None:
        """Let others write."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _lock(stream: IO[bytes]) -> bool | None:
    """Whether the lock was obtained; ``None`` where the file system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(_FAR)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def _holder(stream: IO[bytes]) -> str:
    try:
        stream.seek(0)
        return stream.read(200).decode("utf-8", "replace").strip()
    except OSError:
        return ""
