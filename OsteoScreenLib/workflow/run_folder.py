"""The private temporary folder of one run, and the clearing away of those that a crash left behind."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from OsteoScreenLib.errors import OutputError

_PREFIX = "osteoscreen-run-"
_NAME = re.compile(rf"{re.escape(_PREFIX)}(\d+)-\w+")


class RunFolder:
    """``job_file``, ``film`` and ``result`` lie in ``path``, which only this user can enter (0700)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, parent: Path | None = None) -> RunFolder:
        """Make a new folder in ``parent`` (``None``: the system's temporary folder). Raises `OutputError`."""
        parent = Path(tempfile.gettempdir()) if parent is None else parent
        try:
            return cls(Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)))
        except OSError as error:
            raise OutputError(
                parent, f"cannot hold the files of a run ({error.strerror})", "Make room there, or set another temporary folder"
            ) from error

    @property
    def job_file(self) -> Path:
        """What the worker is to do."""
        return self.path / "job.json"

    @property
    def film(self) -> Path:
        """Folder for the film's pixels and tags; not made yet."""
        return self.path / "film"

    @property
    def result(self) -> Path:
        """Folder that the worker puts in place; not made by anyone else."""
        return self.path / "result"

    @property
    def masks(self) -> Path:
        """File for corrected outlines."""
        return self.path / "masks.seg.nrrd"

    def remove(self) -> None:
        """Remove the folder with everything in it; links in it are removed, never followed. What resists stays for later."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_leftovers(parent: Path | None = None) -> tuple[Path, ...]:
    """Remove run folders of this user whose process has died; return those removed."""
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    removed = []
    try:
        names = sorted(os.listdir(parent))
    except OSError:
        return ()
    for name in names:
        match = _NAME.fullmatch(name)
        path = parent / name
        if match is None or not _own_folder(path) or process_lives(int(match.group(1))):
            continue
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            removed.append(path)
    return tuple(removed)


def process_lives(pid: int) -> bool:
    """Whether a process with this number runs now, whoever owns it."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _lives_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        # Another user's process; a number that is too large is nobody's.
        return pid < 2**31
    return True


def _own_folder(path: Path) -> bool:
    """A real folder, no link to one, of this user: a shared temporary folder may hold anybody's."""
    try:
        status = path.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and mine


def _lives_on_windows(pid: int) -> bool:
    """``os.kill(pid, 0)`` would send Ctrl-C there."""
    import ctypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        access_denied = 5
        return bool(kernel.GetLastError() == access_denied)
    try:
        status = ctypes.c_ulong()
        return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(status))) and status.value == still_active
    finally:
        kernel.CloseHandle(handle)
