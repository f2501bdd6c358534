"""Reading and writing of one NRRD file (http://teem.sourceforge.net/nrrd/format.html), with faults told in one line."""

from __future__ import annotations

import bz2
import math
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.screening.gzip_data import gunzip, gzip_parts

_TYPES: dict[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "float": np.dtype("<f4")}
"""What is written."""
_BYTE_NAMES = ("uint8", "uchar", "unsigned char", "uint8_t")
_READ_TYPES: dict[str, np.dtype[Any]] = {**_TYPES, **dict.fromkeys(_BYTE_NAMES, np.dtype("u1"))}
_WIDEST = 8
"""Bytes of one value of any type but those that are read in one go."""
LARGEST_ARRAY = 1 << 30
"""Bytes of an array, and of a file."""
_LONGEST_HEADER = 1 << 20
_MOST_SKIPPED = 1000
"""Lines between header and data."""
_FAULTS = (OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, StopIteration, zlib.error)
_FIELDS = ("space", "sizes", "space directions", "kinds", "endian", "encoding", "space origin")
"""Fields of the format in the order in which they are written; whatever else a header holds is a key of our own."""


def prepare() -> None:
    """Import what the first file needs, before somebody waits for it."""
    import nrrd  # noqa: F401


def write_nrrd(path: Path, array: np.ndarray, header: dict[str, Any]) -> None:
    """Write a C-ordered uint8 or float32 array (slowest axis first) with a header (fastest axis first), gzip compressed.

    The same array and header give the same bytes. Raises `OutputError` where the file cannot be written.
    """
    array = np.ascontiguousarray(array)
    parts = gzip_parts(array.reshape(-1).view(np.uint8).data)
    try:
        with path.open("wb") as stream:
            stream.write(_header_text(array, header).encode("utf-8"))
            stream.writelines(parts)
    except OSError as error:
        raise OutputError(
            path, f"cannot be written ({error.strerror or error})", "Choose a folder with room and write access"
        ) from error


def read_nrrd(path: Path, most_bytes: int = LARGEST_ARRAY) -> tuple[np.ndarray, dict[str, Any]]:
    """Read an NRRD file as a C-ordered array (slowest axis first) and its header. The array may be read-only.

    Raises `OutputError` where the file is missing or damaged, takes its data from another file, or holds an array of more than
    ``most_bytes``.
    """
    import nrrd

    try:
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size > LARGEST_ARRAY:
                raise ValueError(f"it has more than {LARGEST_ARRAY} bytes")
            header = dict(nrrd.read_header(_short_lines(stream)))
            _check_header(header, most_bytes)
            data = stream.read()
            array = _simple_array(data, header)
        if array is None:
            _check_inflated(data, header["encoding"], most_bytes)
            array, header = nrrd.read(str(path), index_order="C")
    except (*_FAULTS, nrrd.NRRDError) as error:
        raise OutputError(path, f"is missing or damaged ({_brief(error)})", "Screen the film again") from error
    return array, dict(header)


def _short_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of the header, up to the empty one; one after the other, as the stream is then read on."""
    left = _LONGEST_HEADER
    while line := stream.readline(left):
        left -= len(line)
        if left <= 0:
            raise ValueError(f"its header is longer than {_LONGEST_HEADER} bytes")
        yield line


def _check_header(header: dict[str, Any], most_bytes: int) -> None:
    """Raise ValueError for sizes that are none or too large, for data in another file, and for a skip that takes for ever."""
    if {"data file", "datafile"} & set(header):
        raise ValueError("its data lie in another file")
    sizes = [int(size) for size in header["sizes"]]
    if not sizes or min(sizes) < 1:
        raise ValueError(f"its sizes are {sizes}")
    known = _READ_TYPES.get(header["type"])
    size = math.prod(sizes) * (_WIDEST if known is None else known.itemsize)
    if size > most_bytes:
        raise ValueError(f"its array takes {size} bytes, more than {most_bytes}")
    if max(int(header.get(name, 0)) for name in ("line skip", "lineskip")) > _MOST_SKIPPED:
        raise ValueError(f"it skips more than {_MOST_SKIPPED} lines")


def _check_inflated(data: bytes, encoding: str, most_bytes: int) -> None:
    """Refuse compressed data that would fill the memory: pynrrd inflates all there is, and counts afterwards."""
    if encoding in ("gzip", "gz"):
        plain = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data, most_bytes + 1)
    elif encoding in ("bzip2", "bz2"):
        plain = bz2.BZ2Decompressor().decompress(data, most_bytes + 1)
    else:
        return
    if len(plain) > most_bytes:
        raise ValueError(f"its data inflate to more than {most_bytes} bytes")


def _brief(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__


def _simple_array(data: bytes, header: dict[str, Any]) -> np.ndarray | None:
    """The array of a file like ours, read in one go; ``None`` for all other variants of the format, left to their library."""
    dtype = _READ_TYPES.get(header["type"])
    skips = {"byte skip", "byteskip", "line skip", "lineskip"} & set(header)
    little = dtype is not None and (dtype.itemsize == 1 or header.get("endian") == "little")
    if dtype is None or skips or not little or header["encoding"] not in ("gzip", "gz"):
        return None
    shape = tuple(int(size) for size in header["sizes"])[::-1]
    return np.frombuffer(gunzip(data, math.prod(shape) * dtype.itemsize), dtype).reshape(shape)


def _header_text(array: np.ndarray, header: dict[str, Any]) -> str:
    words = next(word for word, dtype in _TYPES.items() if dtype == array.dtype)
    given = {**header, "sizes": array.shape[::-1], "encoding": "gzip"}
    if array.itemsize > 1:
        given["endian"] = "little"
    lines = ["NRRD0005", f"type: {words}", f"dimension: {array.ndim}"]
    lines += [f"{name}: {_field_text(given.pop(name))}" for name in _FIELDS if name in given]
    lines += [f"{key}:={value}" for key, value in given.items()]
    return "\n".join(lines) + "\n\n"


def _field_text(value: Any) -> str:
    """A field's value: text as it is, a matrix as its rows (``none`` for one of NaN), one vector for ``space origin``."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        return " ".join(_vector_text(row) for row in np.atleast_2d(value))
    return " ".join(str(item) for item in value)


def _vector_text(vector: np.ndarray) -> str:
    return "none" if np.isnan(vector).all() else f"({','.join(f'{number + 0.0:.17g}' for number in vector)})"
