"""DICOM data sets out of files that may be hostile: what they inflate to, and how many elements they hold, is bounded."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.limits import LARGEST_INFLATED, LARGEST_SEQUENCE, MOST_READS

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PLAIN = b"1.2.840.10008.1.2.1".ljust(len(_DEFLATED), b"\0")
_BLOCK = 1 << 20
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
"""Kinds of values with a length of four bytes (PS3.5 7.1.2)."""
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

    _check_meta(data, name)
    stream = _Metered(data, name)
    try:
        dataset = pydicom.dcmread(stream, force=True, **options)
    except _DeflatedError as found:
        dataset = pydicom.dcmread(_inflated(data, found.start, name), force=True, **options)
    _keep_known_sequences(dataset, name)
    return dataset


def _check_meta(data: bytes, name: str) -> None:
    """Refuse a sequence among the elements before the data set (explicit VR, little endian): see `_keep_known_sequences`."""
    at = 132 if data[128:132] == b"DICM" else 0
    while data[at : at + 2] == b"\x02\0":
        kind = data[at + 4 : at + 6]
        if kind == b"SQ":
            raise FilmError(name, "the DICOM file has a sequence in its file meta information", "Export the film again")
        start, width = (at + 12, 4) if kind in _LONG else (at + 8, 2)
        at = start + int.from_bytes(data[start - width : start], "little")


def _keep_known_sequences(dataset: Any, name: str) -> None:
    """Take out every other sequence. Where a number or a text should be, pydicom would print all of it into its complaint, which
    takes minutes for one that is nested a thousand times.
    """
    from pydicom.tag import Tag

    known = {Tag(keyword): keyword for keyword in _SEQUENCES}
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag)
        if tag not in known and element.VR == "SQ":
            del dataset[tag]
        elif tag in known and _length(element) > LARGEST_SEQUENCE:
            raise FilmError(name, f"its {known[tag]} has more than {LARGEST_SEQUENCE >> 20} MB", "Give a radiograph")


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


def _inflated(data: bytes, start: int, name: str) -> _Metered:
    """The file with all that begins at ``start`` inflated. It is measured first, a block at a time, and kept only then."""
    for _ in _blocks(data[start:], name):
        pass
    plain = _Metered(data[:start].replace(_DEFLATED, _PLAIN), name)
    plain.seek(0, io.SEEK_END)
    for block in _blocks(data[start:], name):
        plain.write(block)
    plain.seek(0)
    return plain


def _blocks(body: bytes, name: str) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    left = LARGEST_INFLATED
    while not unpacker.eof:
        block = unpacker.decompress(body, _BLOCK)
        body = unpacker.unconsumed_tail
        left -= len(block)
        if left < 0:
            raise FilmError(name, f"the data set inflates to more than {LARGEST_INFLATED >> 20} MB", "Give the file of one film")
        if not block and not unpacker.eof:
            raise FilmError(name, "the deflated DICOM file is cut off", "Export the film again from its source")
        yield block


def _length(element: Any) -> int:
    """Bytes of an element that is not unpacked yet; 0 of one that is, which `MOST_READS` has bounded."""
    value = getattr(element, "value", None)
    return len(value) if isinstance(value, bytes) else 0
