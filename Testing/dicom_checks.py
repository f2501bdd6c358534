"""What programs that are not ours say of a DICOM file: dicom3tools' dciodvfy and dcmtk's dsrdump.

Import with ``from Testing.dicom_checks import dciodvfy_errors, dciodvfy_warnings, dsrdump``.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from Testing.system_programs import require_program

_NO_UNICODE = "VR checker does not support this Specific Character Set"
"""A limit of dsrdump, which says so of every report in Unicode."""


def dciodvfy_errors(path: Path) -> list[str]:
    """Every violation of the standard that dciodvfy finds in a file, one line each."""
    return [line for line in _dciodvfy(path) if line.startswith("Error")]


def dciodvfy_warnings(path: Path) -> list[str]:
    """Every warning of dciodvfy about a file, one line each."""
    return [line for line in _dciodvfy(path) if line.startswith("Warning")]


def dsrdump(path: Path) -> str:
    """A structured report as text. Raises `AssertionError` where dsrdump finds anything wrong with it."""
    command = [require_program("dcmtk", "dsrdump"), "--verbose", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    faults = [line for line in done.stderr.splitlines() if line.startswith(("E:", "F:", "W:")) and _NO_UNICODE not in line]
    assert done.returncode == 0, done.stderr
    assert not faults, "\n".join(faults)
    return done.stdout


def _dciodvfy(path: Path) -> list[str]:
    """All lines that dciodvfy prints. Raises `RuntimeError` where it names no kind of object, as of a file that is not DICOM."""
    command = [require_program("dicom3tools", "dciodvfy"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, check=False)
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    if done.returncode not in (0, 1) or not any(not line.startswith(("Error", "Warning", "(")) for line in lines):
        raise RuntimeError(f"dciodvfy could not judge {path} (status {done.returncode}): {' | '.join(lines)[:500]}")
    return lines
