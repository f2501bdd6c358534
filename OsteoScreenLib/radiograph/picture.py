"""PNG, TIFF, JPEG and NRRD films. Resolution tags of pictures are meant for printers and are not read as spacing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.array import value_ends
from OsteoScreenLib.radiograph.codestream import MOST_SCANS
from OsteoScreenLib.radiograph.decoded import DecodedFilm
from OsteoScreenLib.radiograph.grey import to_grey
from OsteoScreenLib.radiograph.limits import check_decoded, check_single, check_size
from OsteoScreenLib.radiograph.nrrd_film import read_nrrd_film
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.spacing import header_spacing
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing

_READERS = {"PNG": "PNGImageIO", "TIFF": "TIFFImageIO", "JPEG": "JPEGImageIO"}
_END = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}


def read_picture(path: Path, data: bytes, name: str, sha256: str, file_format: str) -> DecodedFilm:
    """Decode a picture whose bytes are ``data``; ``file_format`` is PNG, TIFF, JPEG or NRRD.

    Raises
    ------
    FilmError
        For a damaged file, several images, a colour photograph, a size out of bounds (checked before decoding), or a NRRD header
        whose pixels lie in another file.
    """
    if file_format == "NRRD":
        film = read_nrrd_film(data, name)
        image, spacing = film.image, header_spacing(film.row_mm, film.column_mm)
    else:
        image, spacing = _decoded(path, data, name, file_format), Spacing()
    values, padding = to_grey(image, name)
    return DecodedFilm(
        values=values,
        ends=value_ends(values, image.dtype),
        tag_inverted=None,
        padding=padding,
        spacing=spacing,
        laterality=Laterality.UNKNOWN,
        source=FilmSource(name=name, sha256=sha256, file_format=file_format, bits_stored=8 * image.dtype.itemsize),
    )


def _decoded(path: Path, data: bytes, name: str, file_format: str) -> np.ndarray:
    """Rows x columns [x channels] of a PNG, TIFF or JPEG file."""
    import SimpleITK as sitk

    end = _END.get(file_format)
    if end is not None and end not in data[-4096:]:
        raise FilmError(name, f"the {file_format} file is cut off before its end", "Export the film again from its source")
    if file_format == "JPEG" and data.count(b"\xff\xda") > MOST_SCANS:
        raise FilmError(name, f"the JPEG file has more than {MOST_SCANS} scans", "Export the film again from its source")
    reader = sitk.ImageFileReader()
    reader.SetImageIO(_READERS[file_format])
    reader.SetFileName(str(path))
    if file_format == "PNG" and len(data) >= 24:  # libpng has its own limits and says nothing of the size
        check_size(name, int.from_bytes(data[20:24], "big"), int.from_bytes(data[16:20], "big"))
    try:
        with quiet_decoders():
            reader.ReadImageInformation()
    except RuntimeError as error:
        raise _damaged(name, file_format, error) from error
    size, channels = reader.GetSize(), reader.GetNumberOfComponents()
    check_single(name, int(np.prod(size[2:], dtype=np.int64)), "slices or pages")
    check_size(name, size[1], size[0])
    if channels > 4:
        raise FilmError(name, f"a pixel has {channels} values", "Give one grey or RGB film")
    bits = re.search(r"(\d+)-bit", sitk.GetPixelIDValueAsString(reader.GetPixelIDValue()))
    check_decoded(name, size[1], size[0], channels, int(bits[1]) // 8 if bits else 16)
    try:
        with quiet_decoders():
            image = sitk.GetArrayFromImage(reader.Execute())
    except RuntimeError as error:
        raise _damaged(name, file_format, error) from error
    image = image.reshape(size[1], size[0], channels) if channels > 1 else image.reshape(size[1], size[0])
    if image.dtype.kind not in "iuf":
        raise FilmError(name, f"a pixel is of type {image.dtype}", "Give one grey or RGB film")
    return image


def _damaged(name: str, file_format: str, error: RuntimeError) -> FilmError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    detail = re.sub(r"\(0x[0-9a-f]+\):?", "", lines[-1]) if lines else "unreadable"
    detail = re.sub(r"\S*/\S+", "", detail)  # paths of the library's own sources
    return FilmError(
        name, f"the {file_format} file is damaged or cut off ({detail.strip()[:120]})", "Export the film again from its source"
    )
