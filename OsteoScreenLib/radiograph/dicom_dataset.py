"""DICOM data sets out of files that may be hostile: what they inflate to, and how many elements they hold, is bounded."""

from __future__ import annotations

import io
import zlib
from typing import Any

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.limits import (
    LARGEST_FILE,
    LARGEST_SEQUENCE,
    MOST_READS,
)

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PLAIN = b"1.2.840.10008.1.2.1".ljust(len(_DEFLATED), b"\0")
_SEQUENCES = (
    "AnatomicRegionSequence",
    "ModalityLUTSequence",
    "PerFrameFunctionalGroupsSequence",
    "PrimaryAnatomicStructureSequence",
    "SharedFunctionalGroupsSequence",
    "ViewCodeSequence",
    "VOILUTSequence",
)
"""The sequences that are looked into. pydicom unpacks one when it is asked for, to some hundred times its size."""


def read_dataset(data: bytes, name: str, **options: Any) -> Any:
    """The data set in a file's bytes, as ``pydicom.dcmread(..., force=True, **options)`` reads it; a deflated one as plain.

    Raises `FilmError` for one that inflates, or holds more or longer elements, than any film; else what pydicom raises.
    """
    import pydicom

    stream = _Metered(data, name)
    try:
        dataset = pydicom.dcmread(stream, force=True, **options)
    except _DeflatedError as found:
        head, body = data[: found.start], data[found.start :]
        plain = head.replace(_DEFLATED, _PLAIN) + _inflated(body, name)
        dataset = pydicom.dcmread(_Metered(plain, name), force=True, **options)
    for keyword in _SEQUENCES:
        if keyword in dataset and _length(dataset.get_item(keyword)) > LARGEST_SEQUENCE:
            raise FilmError(name, f"its {keyword} has more than {LARGEST_SEQUENCE >> 20} MB", "Give a radiograph")
    return dataset


class _DeflatedError(Exception):
    """pydicom is about to inflate all that begins at ``start``."""

    def __init__(self, start: int) -> None:
        self.start = start
        super().__init__("this data set is deflated")


class _Metered(io.BytesIO):
    """A file that tells pydicom to stop: after more reads than a film takes, and before it inflates everything at once."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self._film = name
        self._left = MOST_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file; the rest of the file in one go is what pydicom reads only to inflate it."""
        if size is None or size < 0:
            raise _DeflatedError(self.tell())
        self._left -= 1
        if self._left < 0:
            raise FilmError(self._film, "the DICOM file holds more elements than any film", "Give a radiograph")
        return super().read(size)


def _inflated(body: bytes, name: str) -> bytes:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = unpacker.decompress(body, LARGEST_FILE + 1)
    if len(plain) > LARGEST_FILE:
        raise FilmError(name, f"the data set inflates to more than {LARGEST_FILE >> 20} MB", "Give the file of one film")
    if not unpacker.eof:
        raise FilmError(name, "the deflated DICOM file is cut off", "Export the film again from its source")
    return plain


def _length(element: Any) -> int:
    """Bytes of an element that is not unpacked yet; 0 of one that is, which `MOST_READS` has bounded."""
    value = getattr(element, "value", None)
    return len(value) if isinstance(value, bytes) else 0
