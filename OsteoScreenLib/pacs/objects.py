"""DICOM files as the network sees them: which object, of which kind, in which encoding."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.faults import one_line

LARGEST_OBJECT = 1 << 30
"""Bytes of a file that is stored or fetched."""
OUR_MANUFACTURER = "OsteoScreen"
"""Begins Manufacturer (0008,0070) of every object that OsteoScreen writes."""


@dataclass(frozen=True)
class DicomObject:
    """A DICOM file (PS3.10) and what its header says; ``sha256`` is of the file's bytes."""

    file: Path
    uid: str
    sop_class: str
    transfer_syntax: str
    sha256: str


def read_object(path: Path) -> DicomObject:
    """What a file holds. Raises `UsageError` where it is no complete DICOM file."""
    import pydicom

    path = Path(path)
    remedy = "Give DICOM files, or folders that osteoscreen screen --dicom wrote"
    try:
        if path.stat().st_size > LARGEST_OBJECT:
            raise UsageError(path, f"is larger than {LARGEST_OBJECT >> 20} MB", remedy)
        found = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
        uid, sop_class = _uid(found.get("SOPInstanceUID")), _uid(found.get("SOPClassUID"))
        syntax = _uid(found.file_meta.get("TransferSyntaxUID"))
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256") if hasattr(hashlib, "file_digest") else _digest(stream)
        return DicomObject(path, uid, sop_class, syntax, digest.hexdigest())
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror or error})", remedy) from error
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        raise UsageError(path, f"is no complete DICOM file ({one_line(error)})", remedy) from error


def objects_in(path: Path) -> list[Path]:
    """The DICOM files that a path means: itself, ``dicom/*.dcm`` of a result folder, or those of the result folders in it.

    Raises `UsageError` where there are none.
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("dicom/*.dcm")) or sorted(path.glob("*/dicom/*.dcm"))
    if not found:
        remedy = "Screen films with osteoscreen screen --dicom, or name the DICOM files themselves"
        raise UsageError(path, "holds no DICOM objects (dicom/*.dcm) of OsteoScreen", remedy)
    return found


def is_ours(path: Path) -> bool:
    """Whether OsteoScreen itself wrote this object, so that screening it would go round in a circle.

    No for damaged files.
    """
    from OsteoScreenLib.radiograph.dicom_dataset import read_dataset

    try:
        tags = ["Manufacturer"]
        found = read_dataset(path.read_bytes(), path.name, stop_before_pixels=True, specific_tags=tags)
        return str(found.get("Manufacturer") or "").startswith(OUR_MANUFACTURER)
    except Exception:
        return False


def is_uid(text: str) -> bool:
    """Whether this is a unique identifier (PS3.5 9.1: at most 64 digits and dots)."""
    return 0 < len(text) <= 64 and set(text) <= set("0123456789.")


def _uid(value: Any) -> str:
    text = str(value if value is not None else "")
    if not is_uid(text):
        raise ValueError(f"no valid UID: {text[:70]!r}")
    return text


def _digest(stream: Any) -> Any:
    digest = hashlib.sha256()
    for block in iter(lambda: stream.read(1 << 20), b""):
        digest.update(block)
    return digest
