"""What a compressed image says of its own size, read before a decoder takes the memory for it.

The header tags of a DICOM film were checked, but a decoder obeys the codestream: JPEG and JPEG-LS (ITU-T T.81, T.87), JPEG 2000
(T.800 A.5.1), alone or in its boxes (T.800 I).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_J2K = b"\xff\x4f\xff\x51"
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_QUANTISED = {0xC0, 0xC1, 0xC2}
_JPEG_PROCESSES = {
    "1.2.840.10008.1.2.4.50": _QUANTISED,
    "1.2.840.10008.1.2.4.51": _QUANTISED,
    "1.2.840.10008.1.2.4.57": {0xC3},
    "1.2.840.10008.1.2.4.70": {0xC3},
    "1.2.840.10008.1.2.4.80": {0xF7},
    "1.2.840.10008.1.2.4.81": {0xF7},
}
"""Frame markers (T.81 B.1.1.3, T.87 C.2.2) of the DICOM transfer syntaxes (PS3.5 8.2.1); some writers store a progressive image
where a sequential one should be, and decoders take it.
"""
MOST_SCANS = 64
"""Passes over a JPEG image. Progressive writers make about 10; a decoder works through the whole image for each."""


@dataclass(frozen=True)
class CodestreamSize:
    """Rows, columns and components of an image as its codestream states them.

    Of a JPEG image: ``process`` is the marker of its frame, ``bits`` its precision, ``scans`` the number of passes over it.
    """

    rows: int
    columns: int
    components: int
    process: int | None = None
    bits: int | None = None
    scans: int = 1

    def decodes_as(self, syntax: str, bits_allocated: int) -> bool:
        """Whether decoders of a DICOM transfer syntax expect such a frame. GDCM ends the whole process over some others."""
        known = _JPEG_PROCESSES.get(syntax)
        if known is None or self.process is None:
            return known is None and self.process is None
        return self.process in known and self.bits is not None and self.bits <= bits_allocated


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
    """From the frame header; ``None`` unless the segments follow each other up to the first scan, with one frame among them, and
    the tables that the frame names before it or after it.
    """
    frame, quantisation, at = b"", set(), 2
    while True:
        while stream[at : at + 2] == b"\xff\xff":
            at += 1
        marker, length = stream[at + 1 : at + 2], int.from_bytes(stream[at + 2 : at + 4], "big")
        segment = stream[at + 4 : at + 2 + length]
        if stream[at : at + 1] != b"\xff" or length < 2 or len(segment) < length - 2:
            return None
        if marker == b"\xda":
            break
        if marker == b"\xdb":
            quantisation |= _tables(segment)
        if marker[0] in _FRAMES:
            if frame or len(segment) < 6 or len(segment) < 6 + 3 * segment[5]:
                return None
            frame = marker + segment
        at += 2 + length
    if not frame or (frame[0] in _QUANTISED and not set(frame[9 : 7 + 3 * frame[6] : 3]) <= quantisation):
        return None
    rows, columns = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
    return CodestreamSize(rows, columns, frame[6], process=frame[0], bits=frame[1], scans=stream.count(b"\xff\xda"))


def _tables(segment: bytes) -> set[int]:
    """Numbers of the quantisation tables in a segment (T.81 B.2.4.1)."""
    found, at = set(), 0
    while at < len(segment):
        found.add(segment[at] & 15)
        at += 129 if segment[at] >> 4 else 65
    return found if at == len(segment) else set()
