"""`read_radiograph`: one file in, one `Radiograph` out. The format is told by the file's content, not by its name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.assemble import assemble
from OsteoScreenLib.radiograph.dicom import read_dicom
from OsteoScreenLib.radiograph.limits import FORMATS, LARGEST_FILE
from OsteoScreenLib.radiograph.picture import read_picture
from OsteoScreenLib.radiograph.spacing import user_spacing
from OsteoScreenLib.radiograph.values import Laterality, Radiograph

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"NRRD000", "NRRD"),
)


def read_radiograph(
    path: str | Path,
    *,
    spacing_mm: float | Sequence[float] | None = None,
    invert: bool | None = None,
    laterality: Laterality | None = None,
) -> Radiograph:
    """Read one film: DICOM (any single-frame grey or RGB image), PNG, TIFF, JPEG or NRRD.

    ``spacing_mm`` is the pixel spacing the user gives, one number or (row, column), and overrides what the file says, as
    ``laterality`` does. ``invert``: True inverts the stored values, False leaves them, ``None`` decides from content and tags.

    Raises
    ------
    FilmError
        When the file cannot be read as one radiograph; one line with the file, the fault and the remedy.
    UsageError
        When ``spacing_mm`` is no plausible spacing.
    """
    spacing = None if spacing_mm is None else user_spacing(spacing_mm)
    path = Path(path)
    data = _read_bytes(path)
    name = os.fsencode(path.name).decode("utf-8", "replace")  # results are UTF-8, names of files are any bytes
    sha256 = hashlib.sha256(data).hexdigest()
    file_format = film_format(data)
    if file_format == "DICOM":
        film = read_dicom(data, name, sha256)
    elif file_format is not None:
        film = read_picture(path, data, name, sha256, file_format)
    else:
        raise FilmError(name, f"the content is not {FORMATS}, whatever the name says", "Give the film in one of these formats")
    return assemble(film, spacing=spacing, invert=invert, laterality=laterality)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FilmError(path, "this is a folder, not a film", "Name one file in it")
        size = path.stat().st_size
        if not path.is_file():
            raise FilmError(path, "this is no regular file", "Name the file of one film")
        if size > LARGEST_FILE:
            raise FilmError(path, f"the file has {size >> 20} MB, more than any film", "Give the file of one film")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise FilmError(path, "there is no such file", "Check the path") from error
    except PermissionError as error:
        raise FilmError(path, "the file may not be read", "Ask for permission to read it, or copy it") from error
    except (OSError, ValueError) as error:
        raise FilmError(path, f"the file cannot be read ({error})", "Check the path and the disk") from error
    if not data:
        raise FilmError(path, "the file is empty", "Export the film again")
    return data


def film_format(data: bytes) -> str | None:
    """Format of a film told by its first bytes (256 are enough), or ``None``: no format that is read."""
    if data[128:132] == b"DICM":
        return "DICOM"
    for signature, file_format in _SIGNATURES:
        if data.startswith(signature):
            return file_format
    # DICOM without preamble begins with an element of group 2 or 8, in either byte order.
    group, element = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
    if (group in (0x0002, 0x0008) and element <= 0x0070) or (data[:2] in (b"\0\x02", b"\0\x08") and data[2:3] == b"\0"):
        return "DICOM" if len(data) > 64 else None
    return None
