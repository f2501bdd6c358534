"""Array data as one gzip stream and back, fast enough for somebody who waits."""

from __future__ import annotations

import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

_LEVEL = 1
"""Masks and maps shrink nearly as well at level 1 as at level 9, in a fraction of the time."""
_PART = 512 << 10
"""Bytes compressed at a time, by as many threads as there are cores. Fixed, so that the stream is the same on every machine."""
_MOST_THREADS = 4
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
"""RFC 1952: deflate, no name, no time, fastest, system unknown."""


def _deflate(part: bytes | memoryview, end: int) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(end)


_NOTHING = _deflate(bytes(_PART), zlib.Z_FULL_FLUSH)
"""Most of a film has no bone in it."""


def gzip_parts(data: memoryview) -> list[bytes]:
    """Compress bytes into the parts of one gzip stream, the same every time.

    The parts are deflated side by side, each ended at a byte's edge with nothing referring back across it (RFC 1951, empty
    stored block), so that together they are one ordinary stream with one member.
    """
    starts = range(0, len(data), _PART) or range(1)

    def deflate(start: int) -> bytes:
        part = data[start : start + _PART]
        if start + _PART >= len(data):
            return _deflate(part, zlib.Z_FINISH)
        return _deflate(part, zlib.Z_FULL_FLUSH) if np.frombuffer(part, np.uint64).any() else _NOTHING

    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        check = pool.submit(zlib.crc32, data)
        parts = list(pool.map(deflate, starts))
        return [_HEADER, *parts, struct.pack("<LL", check.result(), len(data) & 0xFFFFFFFF)]


def gunzip(data: bytes, size: int) -> bytes:
    """The ``size`` bytes of a gzip stream. Raises `ValueError` or `zlib.error` for another size or damaged data."""
    packer = zlib.decompressobj(16 + zlib.MAX_WBITS)
    plain = packer.decompress(data, size + 1)
    if len(plain) != size:
        raise ValueError(f"its data are {'longer' if len(plain) > size else 'shorter'} than the {size} bytes of its header")
    if not packer.eof:
        packer.decompress(packer.unconsumed_tail, 1)
    if not packer.eof:
        raise ValueError("its data are cut off")
    return plain
