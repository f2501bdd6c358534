"""Files that survive a crash at any moment: complete, or as they were before."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from OsteoScreenLib.durable_file import put_durably
from OsteoScreenLib.errors import OutputError

BACKUP = ".backup"
PART = ".part"
_REMEDY = "Choose a folder with room and write access"


class DamagedError(OutputError):
    """A file of a session is torn or altered. ``backup`` is the state before the last change; ``None`` where there is none.

    `restore_backup` puts it back and keeps the damaged file beside it.
    """

    code = "damaged_session"

    def __init__(self, path: Path, fault: str) -> None:
        self.path = path
        backup = backup_of(path)
        self.backup = backup if _is_document(backup) else None
        remedy = f"Restore the state before the last change from {backup.name}" if self.backup else "Restore it from a copy"
        super().__init__(path, fault, remedy)


def backup_of(path: Path) -> Path:
    """Where the state before the last change is kept."""
    return path.with_name(path.name + BACKUP)


def write_durably(path: Path, write: Callable[[Path], object], suffix: str = "") -> None:
    """Let ``write`` fill a temporary file, bring it to the disk, and rename it to ``path``.

    The temporary file ends with ``suffix``, for writers that look at the name. Raises `OutputError`.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}{PART}{suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        put_durably(part, path)
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror or error})", _REMEDY) from error
    finally:
        part.unlink(missing_ok=True)


def write_document(path: Path, document: dict[str, Any]) -> bytes:
    """Replace a JSON file, keeping the former one as its backup; returns what was written. Raises `OutputError`."""
    content = (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
    if _is_document(path):  # a damaged file must not push a sound backup out
        former = path.read_bytes()
        write_durably(backup_of(path), lambda part: part.write_bytes(former))
    write_durably(path, lambda part: part.write_bytes(content))
    return content


def read_document(path: Path, kind: str, version: int) -> tuple[dict[str, Any], bytes]:
    """The JSON object in a file of format ``kind``, and its bytes.

    Raises `DamagedError` where it is torn or no such file, `OutputError` where it is of another version or cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        if backup_of(path).exists():
            raise DamagedError(path, "is missing") from error
        raise OutputError(path, "is missing", "Name the folder of a session, or start a new one") from error
    except OSError as error:
        raise OutputError(
            path, f"cannot be read ({error.strerror or error})", "Check the folder and its access rights"
        ) from error
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedError(path, f"is cut off or damaged ({error})") from error
    if not isinstance(document, dict) or document.get("format") != kind:
        raise DamagedError(path, f'is damaged or something else (no "format": "{kind}")')
    if document.get("version") != version:
        fault = f"has version {document.get('version')!r}, this software reads {version}"
        raise OutputError(path, fault, "Open it with the OsteoScreen that wrote it, or update this one")
    return document, content


def restore_backup(path: Path) -> Path | None:
    """Put the backup of a damaged file in its place; returns where the damaged file is kept (``None``: there was none).

    Raises `OutputError` where there is no sound backup or the folder cannot be written.
    """
    backup = backup_of(path)
    if not _is_document(backup):
        raise OutputError(backup, "is missing or damaged too", "Restore the session from a copy")
    kept = None
    try:
        content = backup.read_bytes()
        if path.exists():
            kept = path.with_name(f"{path.name}.damaged-{uuid4().hex[:8]}")
            os.replace(path, kept)
    except OSError as error:
        raise OutputError(path, f"cannot be restored ({error.strerror or error})", _REMEDY) from error
    write_durably(path, lambda part: part.write_bytes(content))
    return kept


def remove_parts(folder: Path, name: str = "") -> None:
    """Remove what a crash left half-written of the files in a folder whose names begin with ``name``."""
    for path in folder.glob(f".{name}*{PART}*") if folder.is_dir() else ():
        path.unlink(missing_ok=True)


def _is_document(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes().decode("utf-8")), dict)
    except (OSError, ValueError, RecursionError):
        return False
