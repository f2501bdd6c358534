"""DICOM radiographs (CR, DX, secondary capture and other single-frame images): header checks, decoding, rescale and tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.codestream import MOST_SCANS, codestream_size
from OsteoScreenLib.radiograph.decoded import DecodedFilm
from OsteoScreenLib.radiograph.dicom_dataset import read_dataset
from OsteoScreenLib.radiograph.dicom_pixels import decoded_pixels, first_codestream, read_encoding
from OsteoScreenLib.radiograph.film_tags import film_laterality, film_source, tag_inverted
from OsteoScreenLib.radiograph.grey import to_grey
from OsteoScreenLib.radiograph.limits import check_decoded, check_single, check_size
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.spacing import dicom_spacing
from OsteoScreenLib.radiograph.tables import apply_tables

_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420")
_AGAIN = "Export the film again from its source"


def read_dicom(data: bytes, name: str, sha256: str) -> DecodedFilm:
    """Decode the bytes of one DICOM file.

    Raises
    ------
    FilmError
        For a damaged file, one without an image, several frames, colour tables, floating-point pixels, a transfer syntax nothing
        here decodes, or a size out of bounds (checked before decoding).
    """
    try:
        with quiet_decoders():
            return _film(_parse(data, name), name, sha256)
    except FilmError:
        raise
    except Exception as error:  # a damaged element shows itself, as one of many kinds, only when it is asked for
        raise FilmError(name, f"the DICOM file is damaged ({_short(error)})", _AGAIN) from error


def _film(dataset: Any, name: str, sha256: str) -> DecodedFilm:
    rows, columns, samples = _check_header(dataset, name)
    pixels = _decode(dataset, name, rows, columns, samples)
    bits = _number(dataset, "BitsStored", 8 * pixels.dtype.itemsize)
    grey, padding = to_grey(pixels, name)
    if samples == 1:
        grey = _stored_bits_only(grey, bits, signed=_number(dataset, "PixelRepresentation", 0) == 1)
        padding = _padding(dataset, grey)
    ends = (float(-(1 << (bits - 1))), float((1 << (bits - 1)) - 1)) if grey.dtype.kind == "i" else (0.0, float((1 << bits) - 1))
    values, ends = apply_tables(dataset, grey, ends)
    return DecodedFilm(
        values=values,
        ends=ends,
        tag_inverted=tag_inverted(dataset),
        padding=padding,
        spacing=dicom_spacing(dataset),
        laterality=film_laterality(dataset),
        source=film_source(dataset, name=name, sha256=sha256, bits_stored=bits),
    )


def _parse(data: bytes, name: str) -> Any:
    import pydicom
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    try:
        dataset = read_dataset(data, name)
        len(dataset.get("PixelData", b"") or b"")  # read what was put off, so that a cut file fails here
        meta = getattr(dataset, "file_meta", None)
        if meta is None:
            dataset.file_meta = meta = pydicom.dataset.FileMetaDataset()
        if not meta.get("TransferSyntaxUID"):
            implicit, little = read_encoding(dataset)
            explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
            meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    except FilmError:
        raise
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        raise FilmError(name, f"the DICOM file is damaged or cut off ({_short(error)})", _AGAIN) from error
    if len(dataset) == 0:
        raise FilmError(name, "the DICOM file is cut off: it holds no data set", _AGAIN)
    return dataset


def _check_header(dataset: Any, name: str) -> tuple[int, int, int]:
    """Return (rows, columns, samples per pixel) after every check that needs no decoding."""
    kind = _label(dataset)
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise FilmError(name, "the pixels are floating-point numbers, which no radiograph stores", "Give the radiograph itself")
    if "PixelData" not in dataset:
        if "Rows" in dataset or _is_image_class(dataset):
            raise FilmError(name, f"the DICOM file{kind} is cut off before its pixel data", _AGAIN)
        raise FilmError(name, f"the DICOM file{kind} holds no image", "Give the radiograph (CR, DX or secondary capture)")
    check_single(name, max(1, _number(dataset, "NumberOfFrames", 1)), "frames")
    rows, columns = _number(dataset, "Rows", 0), _number(dataset, "Columns", 0)
    check_size(name, rows, columns)
    samples = _number(dataset, "SamplesPerPixel", 1)
    photometric = str(dataset.get("PhotometricInterpretation") or "").strip().upper()
    if photometric == "PALETTE COLOR":
        raise FilmError(name, "the image uses a colour table (PALETTE COLOR)", "Export the radiograph in grey")
    if samples == 1 and photometric not in ("", "MONOCHROME1", "MONOCHROME2"):
        raise FilmError(name, f"the photometric interpretation is {photometric!r}", "Export the radiograph in grey")
    if samples not in (1, 3) or (samples == 3 and photometric not in _COLOUR):
        raise FilmError(
            name, f"a pixel has {samples} samples ({photometric or 'no photometric interpretation'})", "Export it in grey"
        )
    if samples == 1 and not photometric:
        dataset.PhotometricInterpretation = "MONOCHROME2"
    allocated, stored = _number(dataset, "BitsAllocated", 0), _number(dataset, "BitsStored", 0)
    if allocated not in (8, 16, 32) or not 1 < stored <= allocated:
        raise FilmError(name, f"{stored} of {allocated} bits per pixel are stored", "Export the film with 8 to 16 bits per pixel")
    check_decoded(name, rows, columns, samples, allocated // 8)
    return rows, columns, samples


def _decode(dataset: Any, name: str, rows: int, columns: int, samples: int) -> np.ndarray:
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_transfer_syntax:
        raise FilmError(name, f"the transfer syntax {syntax} is not known", "Export the film uncompressed or as JPEG 2000")
    if syntax.is_compressed and not syntax.is_deflated:
        _check_stream(dataset, name, rows, columns, samples)
    else:
        expected = rows * columns * samples * dataset.BitsAllocated // 8
        if len(dataset.PixelData) < expected:
            fault = f"the pixel data is cut off: {len(dataset.PixelData)} of {expected} bytes"
            raise FilmError(name, fault, _AGAIN)
    try:
        pixels = decoded_pixels(dataset)
    except (NotImplementedError, RuntimeError, ValueError, AttributeError, KeyError, EOFError, TypeError, OSError) as error:
        text = str(error)
        if isinstance(error, (NotImplementedError, KeyError)) or "missing" in text or "transfer syntax" in text.lower():
            fault = f"the transfer syntax {syntax.name} ({syntax}) cannot be decoded"
            raise FilmError(name, fault, "Export the film uncompressed or as JPEG 2000") from error
        raise FilmError(name, f"the pixel data is damaged ({_short(error)})", _AGAIN) from error
    if pixels.shape[:2] != (rows, columns):
        raise FilmError(name, f"the pixel data decodes to the shape {pixels.shape}, not {columns} x {rows}", _AGAIN)
    return pixels


def _check_stream(dataset: Any, name: str, rows: int, columns: int, samples: int) -> None:
    """Refuse a codestream without its end marker (decoders fill the missing rest with grey and say nothing), and one of
    another size than the tags say: decoders take the memory that the codestream asks for.
    """
    try:
        stream = first_codestream(dataset.PixelData)
    except Exception as error:  # pydicom raises several kinds on damaged items
        raise FilmError(name, f"the compressed pixel data is cut off ({_short(error)})", _AGAIN) from error
    is_jpeg = stream[:2] in (b"\xff\xd8", b"\xff\x4f")
    if is_jpeg and b"\xff\xd9" not in stream[-64:]:
        raise FilmError(name, "the compressed pixel data is cut off before its end marker", _AGAIN)
    size = codestream_size(stream)
    if size is None and is_jpeg:
        raise FilmError(name, "the compressed pixel data is damaged: it does not say its size", _AGAIN)
    if size is not None and (size.rows, size.columns, size.components) != (rows, columns, samples):
        stated = f"{size.columns} x {size.rows} pixels of {size.components} components"
        raise FilmError(name, f"the compressed image is {stated}, the tags say {columns} x {rows} of {samples}", _AGAIN)
    if size is not None and not size.decodes_as(dataset.file_meta.TransferSyntaxUID, dataset.BitsAllocated):
        raise FilmError(name, "the compressed pixel data is damaged: it is not what its transfer syntax says", _AGAIN)
    if size is not None and size.scans > MOST_SCANS:
        raise FilmError(name, f"the compressed image has {size.scans} scans, more than {MOST_SCANS}", _AGAIN)


def _stored_bits_only(values: np.ndarray, bits: int, *, signed: bool) -> np.ndarray:
    """Clear what old writers put above the stored bits (overlays)."""
    if signed or values.dtype.kind != "u" or int(values.max()) < (1 << bits):
        return values
    return values & values.dtype.type((1 << bits) - 1)


def _padding(dataset: Any, stored: np.ndarray) -> np.ndarray | None:
    """Return the pixels that PixelPaddingValue (and PixelPaddingRangeLimit) declare to be no image."""
    if "PixelPaddingValue" not in dataset:
        return None
    size = 8 * stored.dtype.itemsize

    def as_stored(value: int) -> int:  # the tag's VR may disagree with the pixels about the sign
        value &= (1 << size) - 1
        return value - (1 << size) if stored.dtype.kind == "i" and value >> (size - 1) else value

    first = as_stored(_number(dataset, "PixelPaddingValue", 0))
    last = as_stored(_number(dataset, "PixelPaddingRangeLimit", first))
    return (stored >= min(first, last)) & (stored <= max(first, last))


def _number(dataset: Any, tag: str, otherwise: int) -> int:
    value = dataset.get(tag)
    try:
        return otherwise if value is None or value == "" else int(value)
    except (TypeError, ValueError):
        return otherwise


def _is_image_class(dataset: Any) -> bool:
    from pydicom.uid import UID

    stated = dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID") or ""
    return "Image Storage" in UID(str(stated)).name


def _label(dataset: Any) -> str:
    modality = str(dataset.get("Modality") or "").strip()
    return f" ({modality})" if modality else ""


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
