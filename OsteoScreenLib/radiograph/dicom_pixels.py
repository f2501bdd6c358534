"""Pixels of a DICOM data set with pydicom 3, and with pydicom 2.4, which 3D Slicer 5.10 holds for its own DICOM module.

Asking for version 3 there would replace a library of Slicer's under its own feet; both read films alike here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.radiograph.limits import MOST_FRAGMENTS


def decoded_pixels(dataset: Any) -> np.ndarray:
    """Return the pixels of a single-frame data set, rows x columns (x 3: always RGB), as stored or larger integers.

    Raises what pydicom and its decoders raise.
    """
    try:
        from pydicom.pixels import pixel_array
    except ImportError:  # pydicom 2
        return _by_version_2(dataset)
    return pixel_array(dataset)


def first_codestream(pixel_data: bytes) -> bytes:
    """Return the compressed bytes of the only frame. Raises ValueError for too many pieces, and what pydicom raises."""
    _count_items(pixel_data)
    try:
        from pydicom.encaps import generate_frames
    except ImportError:  # pydicom 2
        from pydicom.encaps import generate_pixel_data_frame

        return next(iter(generate_pixel_data_frame(pixel_data, 1)))
    return next(iter(generate_frames(pixel_data, number_of_frames=1)))


def _count_items(pixel_data: bytes) -> None:
    """Empty pieces cost a file 8 bytes and a reader some hundred each. Ends at what is no item, which pydicom will name."""
    at, items = 0, 0
    while pixel_data[at : at + 4] == b"\xfe\xff\x00\xe0":
        items += 1
        if items > MOST_FRAGMENTS:
            raise ValueError(f"more than {MOST_FRAGMENTS} pieces")
        at += 8 + int.from_bytes(pixel_data[at + 4 : at + 8], "little")


def read_encoding(dataset: Any) -> tuple[bool | None, bool | None]:
    """Return whether the data set was read with implicit VR, and whether as little endian."""
    if hasattr(dataset, "original_encoding"):
        return dataset.original_encoding
    return dataset.read_implicit_vr, dataset.read_little_endian  # pydicom 2


def _by_version_2(dataset: Any) -> np.ndarray:
    from pydicom.pixel_data_handlers.util import convert_color_space

    pixels = dataset.pixel_array
    # The decoder has corrected the tag where it converted already.
    photometric = str(dataset.get("PhotometricInterpretation") or "")
    if pixels.ndim == 3 and photometric in ("YBR_FULL", "YBR_FULL_422"):
        pixels = convert_color_space(pixels, photometric, "RGB")
    return pixels
