"""Small DICOM films, queues and processes for the tests of the way to a PACS.

Import with ``from Testing.pacs.pacs_objects import film``.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from pydicom.uid import generate_uid

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.objects import read_object
from OsteoScreenLib.pacs.queue import Queue
from OsteoScreenLib.pacs.sender import Destination, Sender, send_until_done
from Testing.radiograph.dicom_films import write_dicom

ROOT = Path(__file__).resolve().parents[2]
PATIENT = "Nightingale^Secret"
"""Stands in every film; nothing that is printed may hold it."""


def film(folder: Path, name: str, **tags: Any) -> Path:
    """A film of noise whose UIDs follow from ``name`` alone, in ``folder`` (made)."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(sum(name.encode())).integers(0, 4096, (96, 80), dtype=np.uint16)
    uids = {
        "SOPInstanceUID": uid_of(name),
        "StudyInstanceUID": uid_of(f"study {name}"),
        "SeriesInstanceUID": uid_of(f"series {name}"),
    }
    path = folder / f"{name}.dcm"
    write_dicom(path, pixels, bits_stored=12, tags={"PatientName": PATIENT, "PatientID": name, **uids, **tags})
    import pydicom

    dataset = pydicom.dcmread(path)  # the file's own header follows its object
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.save_as(path)
    return path


def films(folder: Path, count: int, **tags: Any) -> list[Path]:
    """Films named film0, film1 ..."""
    return [film(folder, f"film{number}", **tags) for number in range(count)]


def uid_of(name: str) -> str:
    """The SOP Instance UID of `film` of this name."""
    return str(generate_uid(entropy_srcs=[name]))


@contextmanager
def opened_queue(folder: Path) -> Iterator[Queue]:
    """A queue, closed at the end."""
    database = QueueDatabase(folder)
    try:
        yield Queue(database)
    finally:
        database.close()


def send_all(
    folder: Path,
    paths: list[Path],
    to: Destination,
    name: str = "there",
    attempts: int | None = 4,
    retry_for_s: float = 30,
) -> list[str]:
    """Queue the files and send what waits, with short waits; returns the lines that were logged."""
    lines: list[str] = []
    with opened_queue(folder) as queue:
        queue.add([read_object(path) for path in paths], name)
        send_until_done(Sender(queue, to, name, Backoff(0.05, 0.2, seed=1), lines.append, attempts), retry_for_s)
    return lines


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def osteoscreen(*arguments: object, environment: dict[str, str] | None = None, **more: Any) -> Ended:
    """Run a command of the command line in this process (a process of its own takes seconds); ``more`` goes to its function."""
    out, err = StringIO(), StringIO()
    with (
        patch.dict(os.environ, clean_environment(environment), clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        status = _status(list(map(str, arguments)), more)
    return Ended(status, out.getvalue(), err.getvalue())


def _status(arguments: list[str], more: dict[str, Any]) -> int:
    from OsteoScreenLib.cli.arguments import parser

    try:
        given = parser().parse_args(arguments)
        command = getattr(import_module(f"OsteoScreenLib.cli.{given.command}"), given.command)
        return int(command(given, **more))
    except OsteoScreenError as error:
        print(error, file=sys.stderr)
        return 2
    except SystemExit as end:
        return int(end.code or 0)


def started(*arguments: object, module: str = "OsteoScreenLib.cli", environment: dict[str, str] | None = None) -> Any:
    """The command line as a process that goes on, with its standard output to read from."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=clean_environment(environment),
    )  # fmt: skip


def clean_environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """This process's environment without secrets of a PACS."""
    left = ("OSTEOSCREEN_PACS_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(left)}
    return {**kept, "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": _compiled_code(), **(more or {})}


@cache
def _compiled_code() -> str:
    """A folder for compiled code: processes of these tests start several times as fast with it."""
    folder = tempfile.mkdtemp(prefix="osteoscreen-pycache-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
