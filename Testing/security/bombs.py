"""Small files that grow: each is a few MB at most and asks a careless reader for gigabytes."""

from __future__ import annotations

import bz2
import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from Testing.radiograph.dicom_films import hand_phantom, write_dicom
from Testing.security.dicom_edits import Element, elements_of, file_of

GIGABYTES = 4 << 30
_BLOCK = 1 << 20


def raw_zeros(size: int) -> bytes:
    """``size`` zero bytes (whole MB), deflated without any frame: the same compressed block again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // _BLOCK) + zlib.compressobj(9, wbits=-zlib.MAX_WBITS).flush()


def zlib_zeros(size: int) -> bytes:
    """As in a PNG or TIFF file. The Adler-32 sum of n zero bytes has 1 for its low, n for its high half."""
    return b"\x78\xda" + raw_zeros(size) + struct.pack(">HH", size % 65521, 1)


def gzip_zeros(size: int) -> bytes:
    """As in a NRRD file, but for the sum at its end, which nobody reaches."""
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + raw_zeros(size) + bytes(8)


def film(syntax: UID) -> bytes:
    """A sound small DICOM film."""
    with tempfile.TemporaryDirectory() as folder:
        return write_dicom(Path(folder) / "film", hand_phantom(96, 80, bits=8), transfer_syntax=syntax).read_bytes()


def _deflated(body: bytes) -> bytes:
    return file_of([each for each in elements_of(film(DeflatedExplicitVRLittleEndian)) if each.group == 2]) + body


def deflated_elements() -> bytes:
    """Its data set is 2 million empty elements, for which pydicom would take 1 GB."""
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    kinds = b"".join(struct.pack("<H2sH", element, b"LO", 0) for element in range(65536))
    parts = []
    for group in range(0x0009, 0x0009 + 2 * 32, 2):
        tag = struct.pack("<H", group)
        parts.append(packer.compress(b"".join(tag + kinds[at : at + 6] for at in range(0, len(kinds), 6))))
    return _deflated(b"".join(parts) + packer.flush())


def swollen_stream(syntax: UID, marker: bytes, places: tuple[int, int], size: tuple[int, int], width: int) -> bytes:
    """A codestream that says it has ``size`` (rows, columns), in a film whose tags say 96 x 80."""
    data = film(syntax)
    at = data.index(marker)
    for place, number in zip(places, size, strict=True):
        data = data[: at + place] + number.to_bytes(width, "big") + data[at + place + width :]
    return data


def endless_pieces() -> bytes:
    """An image in 4 million empty pieces."""
    pixels = Element(0x7FE0, 0x0010, b"OB", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 4_000_000, 0xFFFFFFFF)
    return file_of([*elements_of(film(RLELossless))[:-1], pixels])


def long_sequence() -> bytes:
    """A sequence of 2 million empty items, for each of which pydicom takes 1.5 KB."""
    elements = elements_of(film(ExplicitVRLittleEndian))
    items = Element(0x0028, 0x3010, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 2_000_000)
    return file_of([*elements[:-1], items, elements[-1]])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows: int, columns: int, body: bytes, *, depth: int = 8, colour: int = 0, extra: bytes = b"") -> bytes:
    """A PNG of any data; ``extra`` chunks come before the image."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def png_texts() -> bytes:
    """A small PNG with a colour profile and two texts of 4 GB each."""
    packed = zlib_zeros(GIGABYTES)
    texts = _chunk(b"zTXt", b"Comment\0\0" + packed) + _chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed)
    return png(96, 80, zlib_zeros(_BLOCK), extra=_chunk(b"iCCP", b"icc\0\0" + packed) + texts)


def tiff(rows: int, columns: int, body: bytes, *, bits: int = 8, samples: int = 1) -> bytes:
    """A deflated TIFF in one strip."""
    tags = [(256, 4, 1, columns), (257, 4, 1, rows), (258, 3, 1, bits), (259, 3, 1, 8), (262, 3, 1, 1 if samples == 1 else 2)]
    tags += [(273, 4, 1, 8 + 2 + 12 * 9 + 4), (277, 3, 1, samples), (278, 4, 1, rows), (279, 4, 1, len(body))]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + body


def nrrd(encoding: str, packed: bytes, sizes: str = "80 96") -> bytes:
    """A NRRD film of any size and data."""
    head = f"NRRD0004\ntype: uchar\ndimension: {len(sizes.split())}\nsizes: {sizes}\nencoding: {encoding}\n\n"
    return head.encode() + packed


def zipped() -> bytes:
    """A model bundle with a graph of 128 MB in as many KB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bundle.json", "{}")
        archive.writestr("a.onnx", bytes(128 << 20))
    return stream.getvalue()


FILMS: dict[str, tuple[Callable[[], bytes], str]] = {
    "deflated data set": (lambda: _deflated(raw_zeros(GIGABYTES)), "inflates to more than"),
    "deflated elements": (deflated_elements, "more elements than any film"),
    "JPEG 2000 larger than its tags": (
        lambda: swollen_stream(JPEG2000Lossless, b"\xff\x4f\xff\x51", (12, 8), (60000, 60000), 4),
        "60000 x 60000",
    ),
    "JPEG larger than its tags": (
        lambda: swollen_stream(JPEGBaseline8Bit, b"\xff\xc2", (5, 7), (65500, 65500), 2),
        "65500 x 65500",
    ),
    "JPEG-LS larger than its tags": (
        lambda: swollen_stream(JPEGLSLossless, b"\xff\xf7", (5, 7), (65500, 65500), 2),
        "65500 x 65500",
    ),
    "image in endless pieces": (endless_pieces, "pieces"),
    "endless sequence": (long_sequence, "VOILUTSequence has more than"),
    "PNG of 256 megapixels": (lambda: png(16000, 16000, zlib_zeros(256 << 20)), "megapixels"),
    "PNG of 64 megapixels in colour of 16 bits": (
        lambda: png(8000, 8000, zlib_zeros(512 << 20), depth=16, colour=6),
        "4 x 16 bits take 488 MB",
    ),
    "TIFF of 64 megapixels in colour of 16 bits": (
        lambda: tiff(8000, 8000, zlib_zeros(384 << 20), bits=16, samples=3),
        "3 x 16 bits take 366 MB",
    ),
    "NRRD of many axes": (lambda: nrrd("gzip", gzip_zeros(GIGABYTES), "8000 8000 8000"), "8000 slices"),
    "PNG with endless texts": (png_texts, "every pixel has the value 0"),
    "PNG with endless data": (lambda: png(96, 80, zlib_zeros(GIGABYTES)), "every pixel has the value 0"),
    "TIFF with endless data": (lambda: tiff(96, 80, zlib_zeros(GIGABYTES)), "every pixel has the value 0"),
    "NRRD with endless gzip": (lambda: nrrd("gzip", gzip_zeros(GIGABYTES)), "every pixel has the value 0"),
    "NRRD with endless bzip2": (lambda: nrrd("bzip2", bz2.compress(bytes(64 << 20), 1)), "every pixel has the value 0"),
}
"""Films that must be refused, or read as the small films that they are, in little memory; and words of what is then said."""
