"""How large and how small an image may be, checked on the header before anything is decoded."""

from __future__ import annotations

from OsteoScreenLib.errors import FilmError

SMALLEST_SIDE = 64
"""Pixels: below this no bone of a hand can be outlined."""
LARGEST_PIXELS = 64_000_000
"""Rows times columns; a 35 x 43 cm film at 50 micrometres has 60 million."""
LARGEST_DECODED = 4 * LARGEST_PIXELS
"""Bytes of an image once decoded: the largest film as RGB, or with 32 bits."""
LARGEST_INFLATED = LARGEST_DECODED + (32 << 20)
"""Bytes of a DICOM data set that was stored deflated."""
LARGEST_FILE = 1 << 29
"""Bytes."""
LARGEST_SEQUENCE = 4 << 20
"""Bytes of a DICOM sequence; tables of 65,536 entries take 128 KB each."""
MOST_READS = 300_000
"""What pydicom reads of a DICOM file: about three times for an element, of which films have some hundred, and once for every
8 KB of a compressed image."""
MOST_FRAGMENTS = 65_536
"""Pieces of one compressed DICOM image."""

FORMATS = "DICOM, PNG, TIFF, JPEG or NRRD"


def check_size(name: str, rows: int, columns: int) -> None:
    """Raise `FilmError` for an image too small or too large to be one film."""
    if rows < 1 or columns < 1:
        raise FilmError(name, f"the header claims {columns} x {rows} pixels", "The file is damaged: export the film again")
    if min(rows, columns) < SMALLEST_SIDE:
        raise FilmError(
            name,
            f"the image has only {columns} x {rows} pixels",
            f"Give a radiograph of at least {SMALLEST_SIDE} pixels a side",
        )
    if rows * columns > LARGEST_PIXELS:
        raise FilmError(
            name,
            f"the header claims {columns} x {rows} pixels, more than the limit of {LARGEST_PIXELS // 1_000_000} megapixels",
            "Give one film at its own resolution, or reduce it",
        )


def check_decoded(name: str, rows: int, columns: int, channels: int, bytes_each: int) -> None:
    """Raise `FilmError` for an image, of a size that `check_size` takes, whose values take more memory than those of any film."""
    size = rows * columns * channels * bytes_each
    if size > LARGEST_DECODED:
        raise FilmError(
            name,
            f"{columns} x {rows} pixels of {channels} x {8 * bytes_each} bits take {size >> 20} MB, over {LARGEST_DECODED >> 20}",
            "Give one grey film of 8 or 16 bits",
        )


def check_single(name: str, images: int, what: str) -> None:
    """Raise `FilmError` when a file holds several images."""
    if images != 1:
        raise FilmError(name, f"the file holds {images} {what}, not one film", "Export each film as a file of its own")
