"""Films in NRRD files (http://teem.sourceforge.net/nrrd/format.html), read here: the common readers in C crash on some damaged
headers, inflate whatever there is, and open other files that a header names.
"""

from __future__ import annotations

import bz2
import math
import re
import zlib
from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.limits import LARGEST_FILE, check_decoded, check_single, check_size

_LONGEST_HEADER = 1 << 20
_AGAIN = "Export the film again from its source"
_NAMES = {
    "i1": "signed char|int8|int8_t",
    "u1": "uchar|unsigned char|uint8|uint8_t",
    "i2": "short|short int|signed short|signed short int|int16|int16_t",
    "u2": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "i4": "int|signed int|int32|int32_t",
    "u4": "uint|unsigned int|uint32|uint32_t",
    "i8": "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t",
    "u8": "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t",
    "f4": "float",
    "f8": "double",
}
_TYPES = {name: code for code, names in _NAMES.items() for name in names.split("|")}
_DIRECTION = r"none|\([^()]*\)"
_ELSEWHERE = {"datafile", "byteskip", "lineskip"}
_SPATIAL = {"domain", "space", "???", "none"}


@dataclass(frozen=True)
class NrrdFilm:
    """One image: rows x columns [x channels], and the distances between its rows and columns, 1.0 where nothing is said."""

    image: np.ndarray
    row_mm: float
    column_mm: float


def read_nrrd_film(data: bytes, name: str) -> NrrdFilm:
    """Decode the bytes of a NRRD file with the pixels in it. Raises `FilmError`; sizes are checked before anything is decoded."""
    try:
        return _film(data, name)
    except FilmError:
        raise
    except (ValueError, LookupError, ArithmeticError, EOFError, OSError, zlib.error) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FilmError(name, f"the NRRD file is damaged or cut off ({reason})", _AGAIN) from error


def _film(data: bytes, name: str) -> NrrdFilm:
    fields, start = _header(data, name)
    if _ELSEWHERE & set(fields):
        raise FilmError(name, "the NRRD header does not hold the pixels itself, or skips some", "Save the film as one .nrrd file")
    sizes = [int(word) for word in fields["sizes"].split()]
    if len(sizes) != int(fields["dimension"]) or not 2 <= len(sizes) <= 16 or min(sizes) < 1:
        raise ValueError(f"dimension {fields['dimension']} with sizes {sizes}")
    apart = _distances(fields, len(sizes))
    channel = next((axis for axis, kind in enumerate(_kinds(fields, len(sizes))) if kind not in _SPATIAL), None)
    channels = 1 if channel is None else sizes[channel]
    across = [axis for axis in range(len(sizes)) if axis != channel]
    if len(across) < 2:
        raise ValueError("it has no rows and columns")
    columns, rows = sizes[across[0]], sizes[across[1]]
    check_single(name, math.prod(sizes[axis] for axis in across[2:]), "slices or pages")
    check_size(name, rows, columns)
    if channels > 4:
        raise FilmError(name, f"a pixel has {channels} values", "Give one grey or RGB film")
    order = {"little": "<", "big": ">"}[fields.get("endian", "little").lower()]
    dtype = np.dtype(order + _TYPES[fields["type"]])
    check_decoded(name, rows, columns, channels, dtype.itemsize)
    values = _values(data[start:], fields["encoding"].lower(), dtype, rows * columns * channels)
    image = values.astype(dtype.newbyteorder("="), copy=False).reshape(sizes[::-1])
    if channel is not None:
        image = np.moveaxis(image, len(sizes) - 1 - channel, -1)
    shape = (rows, columns) if channels == 1 else (rows, columns, channels)
    return NrrdFilm(image.reshape(shape), apart[across[1]], apart[across[0]])


def _header(data: bytes, name: str) -> tuple[dict[str, str], int]:
    """Fields by name, in small letters without blanks, and where the pixels begin."""
    end = re.search(rb"\r?\n\r?\n", data[:_LONGEST_HEADER])
    if end is None:
        raise FilmError(name, "the NRRD file is cut off in its header, or its pixels lie in another file", _AGAIN)
    fields: dict[str, str] = {}
    for line in data[: end.start()].decode("ascii", "replace").splitlines()[1:]:
        field, colon, value = line.partition(":")
        if line.startswith("#") or not colon or value.startswith("="):
            continue
        field = field.lower().replace(" ", "")
        if field in fields:
            raise ValueError(f"the field {field[:40]!r} is there twice")
        fields[field] = value.strip()
    return fields, end.end()


def _kinds(fields: dict[str, str], axes: int) -> list[str]:
    """What each axis is; one whose direction is ``none`` where no kinds are given is of channels."""
    kinds = fields.get("kinds", "").lower().split()
    if kinds and len(kinds) != axes:
        raise ValueError(f"{len(kinds)} kinds of {axes} axes")
    if kinds:
        return kinds
    directions = _directions(fields)
    return ["list" if len(directions) == axes and directions[axis] == "none" else "domain" for axis in range(axes)]


def _directions(fields: dict[str, str]) -> list[str]:
    """``none`` or a vector in brackets for each axis; nothing where they are not given. Raises ValueError for anything else."""
    text = fields.get("spacedirections", "").lower()
    if re.sub(_DIRECTION, "", text).strip():
        raise ValueError(f"space directions {text[:40]!r}")
    return re.findall(_DIRECTION, text)


def _distances(fields: dict[str, str], axes: int) -> list[float]:
    """Distance between neighbours along each axis: the length of its direction, or its spacing."""
    directions = _directions(fields)
    if directions:
        found = [1.0 if each == "none" else math.hypot(*(float(part) for part in each[1:-1].split(","))) for each in directions]
    else:
        found = [float(word) for word in fields.get("spacings", "").split()] or [1.0] * axes
    if len(found) != axes:
        raise ValueError(f"{len(found)} distances for {axes} axes")
    return found


def _values(body: bytes, encoding: str, dtype: np.dtype, count: int) -> np.ndarray:
    size = count * dtype.itemsize
    if encoding in ("txt", "text", "ascii"):
        words = body[: min(LARGEST_FILE, 32 * count)].split(None, count)[:count]
        if len(words) < count:
            raise ValueError(f"{len(words)} of {count} values")
        return np.array([float(word) for word in words]).astype(dtype)
    plain = _plain(body, encoding, size)
    if len(plain) < size:
        raise ValueError(f"{len(plain)} of {size} bytes")
    return np.frombuffer(plain, dtype, count)


def _plain(body: bytes, encoding: str, size: int) -> bytes:
    """The first ``size`` bytes of pixels, or fewer where there are no more."""
    if encoding == "raw":
        return body
    if encoding == "hex":
        return bytes.fromhex(body[: 4 * size].decode("ascii"))
    if encoding in ("gzip", "gz"):
        return _inflated(body, size)
    if encoding in ("bzip2", "bz2"):
        return bz2.BZ2Decompressor().decompress(body, size)
    raise ValueError(f"the encoding {encoding[:40]!r} is not known")


def _inflated(body: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    plain = unpacker.decompress(body, size)
    if len(plain) == size and not unpacker.eof:
        unpacker.decompress(unpacker.unconsumed_tail, 1)  # the sum at the end is checked when it is reached
    return plain
