"""Reading and writing of one NRRD file, with faults told in one line."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.errors import OutputError

_COMPRESSION_LEVEL = 1
"""Masks and maps shrink nearly as well at level 1 as at level 9, in a fraction of the time."""


def prepare() -> None:
    """Import what the first file needs, before somebody waits for it."""
    import nrrd  # noqa: F401


def write_nrrd(path: Path, array: np.ndarray, header: dict[str, Any]) -> None:
    """Write a C-ordered array (slowest axis first) with a header (fastest axis first), gzip compressed.

    Raises `OutputError` where the file cannot be written.
    """
    import nrrd

    try:
        nrrd.write(
            str(path),
            np.ascontiguousarray(array),
            {"encoding": "gzip", **header},
            compression_level=_COMPRESSION_LEVEL,
            index_order="C",
        )
    except OSError as error:
        raise OutputError(
            path, f"cannot be written ({error.strerror or error})", "Choose a folder with room and write access"
        ) from error


def read_nrrd(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Read an NRRD file as a C-ordered array (slowest axis first) and its header.

    Raises `OutputError` where the file is missing or damaged.
    """
    import nrrd

    try:
        array, header = nrrd.read(str(path), index_order="C")
    except (OSError, EOFError, ValueError, KeyError, zlib.error, nrrd.NRRDError) as error:
        raise OutputError(path, f"is missing or damaged ({error})", "Screen the film again") from error
    return array, dict(header)
