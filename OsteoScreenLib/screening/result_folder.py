"""A result folder that appears complete or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.new_folder import PRIVATE, open_to_readers
from OsteoScreenLib.screening.folder_lock import alone_in, is_abandoned
from OsteoScreenLib.screening.storage import RESULT_FILE, read_document

MANIFEST_FILE = ".osteoscreen-files.json"
"""Names at the top of the folder that we wrote, so that what people put beside them outlives a second run."""


@contextmanager
def write_folder_atomically(target: Path) -> Iterator[Path]:
    """Give a new, empty sibling folder to write into, and rename it to ``target`` at the end.

    An older result folder at ``target`` is replaced, but files that someone else put into it are carried over. Any
    other non-empty folder, or a file, is never touched. When the body raises, nothing is left behind; what a process that was
    killed outright has left goes with the next run.

    Raises `OutputError` before the body runs where ``target`` is not ours to replace or cannot be written, and for an
    `OSError` of the body that concerns the new folder.
    """
    target = Path(os.path.abspath(target))
    with alone_in(target.parent):
        _clear_up(target)
        _check_replaceable(target)
    working = target.parent / f".{target.name}.{uuid4().hex[:8]}"
    created: list[Path] = []
    try:
        _make_parents(target.parent, created)
        with ExitStack() as at_work:
            with alone_in(target.parent):
                _make_working(working, target)
                at_work.enter_context(alone_in(working))
            yield working
            with alone_in(target.parent):
                _put_in_place(working, target)
    except BaseException as error:
        shutil.rmtree(working, ignore_errors=True)
        _remove_empty(created)
        explained = _explained(error, working, target)
        if explained is None:
            raise
        raise explained from error


def _explained(error: BaseException, working: Path, target: Path) -> OutputError | None:
    """What to say instead of an error met while writing: a full disk may show in any library, and the hidden folder is gone."""
    if isinstance(error, OutputError):
        said = (text.replace(str(working), str(target)) for text in (error.place, error.fault, error.remedy))
        return OutputError(*said)
    if not isinstance(error, OSError) or isinstance(error, ConnectionError):
        return None
    place = working if error.filename is None else Path(os.fsdecode(error.filename))
    if place != working and working not in place.parents:
        return None
    fault = f"cannot be written ({error.strerror or error})"
    return OutputError(target / place.relative_to(working), fault, "Choose a folder with room and write access")


def is_result_folder(folder: Path) -> bool:
    """Whether a folder holds a ``result.json`` of OsteoScreen, of any version."""
    try:
        read_document(Path(folder) / RESULT_FILE)
    except OutputError:
        return False
    return True


def note_written(folder: Path, name: str) -> None:
    """Count a file or folder at the top of a stored result among ours, so that the next run replaces it. Raises `OutputError`."""
    path = Path(folder) / MANIFEST_FILE
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if name not in names:
            path.write_text(json.dumps(sorted([*names, name])) + "\n", encoding="utf-8")
    except FileNotFoundError:  # written by hand, or copied without hidden files: then all in it is kept
        return
    except (OSError, ValueError, TypeError) as error:
        fault = f"cannot be changed ({getattr(error, 'strerror', None) or error})"
        raise OutputError(path, fault, "Check its access rights, or screen the film again") from error


def _clear_up(target: Path) -> None:
    """Remove what runs into ``target`` that were killed outright have left, and bring back a result that they had moved aside."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{8}}(\.older)?")
    with suppress(OSError):
        for path in sorted(target.parent.iterdir()):
            if ours.fullmatch(path.name) and is_abandoned(path):
                _settle(path, target) if path.suffix == ".older" else shutil.rmtree(path, ignore_errors=True)


def _check_replaceable(target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        return
    remedy = "Choose another --out folder, or move this one away"
    if target.is_symlink() or not target.is_dir():
        raise OutputError(target, "is in the way and is not a folder", remedy)
    try:
        occupied = any(target.iterdir())
    except OSError as error:
        raise OutputError(target, f"cannot be read ({error.strerror})", remedy) from error
    if occupied and not is_result_folder(target):
        raise OutputError(target, "holds files but no OsteoScreen result, so it is not replaced", remedy)


def _make_parents(folder: Path, created: list[Path]) -> None:
    """Create a folder and its missing parents; those to be created are put into ``created`` before, innermost first."""
    created += [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            folder, f"cannot be created ({error.strerror})", "Choose a folder with room and write access"
        ) from error


def _make_working(working: Path, target: Path) -> None:
    try:
        working.mkdir(PRIVATE)
    except OSError as error:
        raise OutputError(
            target, f"cannot be created ({error.strerror})", "Choose a folder with room and write access"
        ) from error


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return


def _put_in_place(working: Path, target: Path) -> None:
    names = sorted(path.name for path in working.iterdir())
    older = target.parent / f".{target.name}.{uuid4().hex[:8]}.older"
    try:
        (working / MANIFEST_FILE).write_text(json.dumps(names) + "\n", encoding="utf-8")
        try:
            if target.exists():
                target.rename(older)
            open_to_readers(working)
            working.rename(target)
        finally:
            try:
                _settle(older, target)
            except BaseException:  # asked to end, which comes once only
                _settle(older, target)
                raise
    except OSError as error:
        raise OutputError(target, f"cannot be replaced ({error.strerror})", "Close programs that have its files open") from error


def _settle(older: Path, target: Path) -> None:
    """Bring back what moved aside where nothing took its place; else carry over what people had put into it."""
    if not older.exists():
        return
    if not target.exists():
        older.rename(target)
        return
    for name in _foreign_names(older):
        if not (target / name).exists():
            shutil.move(str(older / name), str(target / name))
    shutil.rmtree(older, ignore_errors=True)


def _foreign_names(folder: Path) -> list[str]:
    """Top-level names in an older result folder that were not written by us; all where no manifest tells."""
    try:
        ours = set(json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        ours = set()
    return sorted(path.name for path in folder.iterdir() if path.name not in ours and path.name != MANIFEST_FILE)
