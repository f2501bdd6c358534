"""What is around the panel: the interpreter, the installed packages, the DICOM database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer


def interpreter() -> Sequence[str]:
    """The command that starts Slicer's Python with Slicer's libraries."""
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    launcher = Path(slicer.app.slicerHome) / "bin" / name
    return (str(launcher),) if launcher.is_file() else (sys.executable,)


def missing_packages() -> tuple[str, ...]:
    """Names of the Python packages that the worker needs and that are not installed."""
    from OsteoScreenLib.bundle.location import resources_folder
    from OsteoScreenLib.workflow.packages import missing, read_requirements

    return tuple(each.name for each in missing(read_requirements(resources_folder() / "requirements.txt")))


def dicom_file(node: Any) -> Path | None:
    """The DICOM file that a volume node was loaded from, by Slicer's DICOM database or its own file name, if still there."""
    uids = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    names = [database.fileForInstance(uids[0])] if uids and database is not None else []
    storage = node.GetStorageNode()
    if storage is not None:
        names.append(storage.GetFileName())
    return next((Path(name) for name in names if name and _is_dicom(Path(name))), None)


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False
