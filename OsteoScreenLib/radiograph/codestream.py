"""What a compressed image says of its own size, read before a decoder takes the memory for it.

The header tags of a DICOM film were checked, but a decoder obeys the codestream: JPEG and JPEG-LS (ITU-T T.81, T.87), JPEG 2000
(T.800 A.5.1), alone or in its boxes (T.800 I).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_J2K = b"\xff\x4f\xff\x51"
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
MOST_SCANS = 64
"""Passes over a JPEG image. Progressive writers make about 10; a decoder works through the whole image for each."""


@dataclass(frozen=True)
class CodestreamSize:
    """Rows, columns and components of an image as its codestream states them; ``scans`` counts passes over a JPEG image."""

    rows: int
    columns: int
    components: int
    scans: int = 1


def codestream_size(stream: bytes) -> CodestreamSize | None:
    """The size a JPEG, JPEG-LS or JPEG 2000 codestream states; ``None`` where it is none of them or states none."""
    if stream[:2] == b"\xff\xd8":
        return _jpeg_size(stream)
    if stream.startswith(_JP2):
        return max(_inside(stream), key=lambda size: size.rows * size.columns * size.components, default=None)
    return _jpeg_2000_size(stream) if stream.startswith(_J2K) else None


def _inside(stream: bytes) -> Iterator[CodestreamSize]:
    """Every codestream that seems to begin somewhere in JPEG 2000 boxes: which of them is decoded is the decoder's choice."""
    at = stream.find(_J2K)
    while at >= 0:
        size = _jpeg_2000_size(stream[at : at + 64])
        if size is not None:
            yield size
        at = stream.find(_J2K, at + 4)


def _jpeg_2000_size(stream: bytes) -> CodestreamSize | None:
    """From the SIZ segment: the image reaches from its offset to its end on the reference grid."""
    if len(stream) < 42:
        return None
    right, bottom, left, top = (int.from_bytes(stream[at : at + 4], "big") for at in (8, 12, 16, 20))
    return CodestreamSize(bottom - top, right - left, int.from_bytes(stream[40:42], "big"))


def _jpeg_size(stream: bytes) -> CodestreamSize | None:
    """From the first frame header; decoders obey the first, and refuse a second."""
    at = 2
    while at + 10 <= len(stream):
        if stream[at] != 0xFF:
            at += 1
            continue
        marker = stream[at + 1]
        if marker == 0xFF or marker in _STANDALONE or marker == 0:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            rows, columns = int.from_bytes(stream[at + 5 : at + 7], "big"), int.from_bytes(stream[at + 7 : at + 9], "big")
            return CodestreamSize(rows, columns, stream[at + 9], scans=stream.count(b"\xff\xda"))
        at += 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return None
