"""Films for tests: an analytic hand, and DICOM files of any array with any polarity, transfer syntax and spacing tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    generate_uid,
)

PYDICOM_3 = int(pydicom.__version__.partition(".")[0]) >= 3
SOP_CLASSES = {
    "DX": UID("1.2.840.10008.5.1.4.1.1.1.1"),
    "CR": UID("1.2.840.10008.5.1.4.1.1.1"),
    "SC": UID("1.2.840.10008.5.1.4.1.1.7"),
}
LOSSLESS = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
)
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000)


def hand_phantom(rows: int = 400, columns: int = 320, *, bits: int = 12, seed: int = 1) -> np.ndarray:
    """Return a hand-like film with bright bone (uint8 or uint16): forearm, palm, five fingers, each bone a bright tube
    with a darker canal, on dark air with noise.
    """
    r, c = np.mgrid[0:rows, 0:columns].astype(float)
    r, c = r / rows, c / columns * (columns / rows) / 0.8

    def tube(a: tuple[float, float], b: tuple[float, float], radius: float) -> np.ndarray:
        (r0, c0), (r1, c1) = a, b
        dr, dc = r1 - r0, c1 - c0
        t = np.clip(((r - r0) * dr + (c - c0) * dc) / (dr * dr + dc * dc), 0, 1)
        distance = np.hypot(r - r0 - t * dr, c - c0 - t * dc)
        return np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, None)) * radius

    soft = tube((0.62, 0.5), (0.95, 0.5), 0.14) + tube((0.50, 0.46), (0.58, 0.54), 0.2)
    bone = np.zeros_like(soft)
    tips = [(0.42, 0.9), (0.1, 0.72), (0.05, 0.54), (0.08, 0.37), (0.2, 0.2)]
    for k, (tip_row, tip_column) in enumerate(tips):
        base = (0.62, 0.5 + (tip_column - 0.5) * 0.35)
        soft = np.maximum(soft, tube(base, (tip_row, tip_column), 0.055))
        for start, stop in ((0.02, 0.42), (0.46, 0.72), (0.76, 0.97)):
            ends = [tuple(base[i] + (tips[k][i] - base[i]) * f for i in (0, 1)) for f in (start, stop)]
            bone += tube(ends[0], ends[1], 0.024) - 0.75 * tube(ends[0], ends[1], 0.014)
    for column, radius in ((0.56, 0.045), (0.42, 0.035)):
        bone += tube((0.72, column), (1.1, column - 0.02), radius) - 0.6 * tube(
            (0.75, column), (1.1, column - 0.02), 0.6 * radius
        )
    attenuation = 2.2 * soft + 9.0 * bone
    noise = np.random.default_rng(seed).normal(0, 0.004, attenuation.shape)
    level = np.clip(0.05 + 0.8 * attenuation / attenuation.max() + noise, 0, 1)
    top = (1 << bits) - 1
    return np.rint(level * top).astype(np.uint8 if bits <= 8 else np.uint16)


def write_dicom(
    path: Path,
    film: np.ndarray,
    *,
    kind: str = "DX",
    photometric: str = "MONOCHROME2",
    presentation: str | None = None,
    transfer_syntax: UID = ExplicitVRLittleEndian,
    bits_stored: int | None = None,
    stored_as_given: bool = False,
    tags: dict[str, Any] | None = None,
) -> Path:
    """Write ``film`` (bright bone, rows x columns, or x 3 for RGB) as a DX, CR or SC image and return ``path``.

    With MONOCHROME1 the stored values are the negative within the stored bits, as a correct writer would do;
    ``stored_as_given`` leaves them, which makes the tag a lie. ``tags`` are set last, ``None`` removes one.
    """
    bits = bits_stored or 8 * film.dtype.itemsize
    stored = film
    if photometric == "MONOCHROME1" and not stored_as_given:
        stored = (((1 << bits) - 1) - film.astype(np.int64)).astype(film.dtype)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SOP_CLASSES[kind]
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(path)])
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    dataset.PatientName, dataset.PatientID = "Phantom^Analytic", "PHANTOM"
    dataset.Modality = {"DX": "DX", "CR": "CR", "SC": "OT"}[kind]
    if kind == "DX":
        dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.BodyPartExamined = "HAND"
    dataset.Rows, dataset.Columns = film.shape[:2]
    dataset.SamplesPerPixel = 1 if film.ndim == 2 else film.shape[2]
    if film.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric if film.ndim == 2 else "RGB"
    if presentation is not None:
        dataset.PresentationLUTShape = presentation
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * film.dtype.itemsize, bits, bits - 1
    dataset.PixelRepresentation = 1 if film.dtype.kind == "i" else 0
    dataset["PixelData"] = _pixel_element(stored)
    _encode(dataset, stored, transfer_syntax)
    for tag, value in (tags or {}).items():
        if value is None:
            if tag in dataset:
                del dataset[tag]
        else:
            setattr(dataset, tag, value)
    save_file(dataset, path)
    return path


def save_file(dataset: Dataset, path: Path) -> None:
    """Write a complete DICOM file with pydicom 3 or 2.4."""
    if PYDICOM_3:
        dataset.save_as(path, enforce_file_format=True)
    else:
        syntax = dataset.file_meta.TransferSyntaxUID
        dataset.is_implicit_VR, dataset.is_little_endian = syntax.is_implicit_VR, syntax.is_little_endian
        dataset.save_as(path, write_like_original=False)


def save_explicit(dataset: Dataset, path: Path) -> None:
    """Write a data set whose transfer syntax says nothing known about its encoding, as explicit VR little endian."""
    if PYDICOM_3:
        dataset.save_as(path, implicit_vr=False, little_endian=True)
    else:
        dataset.is_implicit_VR, dataset.is_little_endian = False, True
        dataset.save_as(path)


def lookup_table(values: np.ndarray, *, first: int = 0, bits: int = 16) -> Sequence:
    """Return a LUT sequence of one item (for VOILUTSequence or ModalityLUTSequence)."""
    item = Dataset()
    item.LUTDescriptor = [len(values) % 65536, first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = np.asarray(values, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    item.ModalityLUTType = "US"
    return Sequence([item])


def _pixel_element(stored: np.ndarray) -> Any:
    from pydicom.dataelem import DataElement

    data = stored.astype(stored.dtype.newbyteorder("<")).tobytes()
    return DataElement(0x7FE00010, "OB" if stored.dtype.itemsize == 1 else "OW", data + b"\0" * (len(data) % 2))


def _encode(dataset: Dataset, stored: np.ndarray, syntax: UID) -> None:
    if syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian):
        dataset.file_meta.TransferSyntaxUID = syntax
    elif syntax == ExplicitVRBigEndian:
        dataset.file_meta.TransferSyntaxUID = syntax
        swapped = stored.astype(stored.dtype.newbyteorder(">")).tobytes()
        dataset["PixelData"].value = swapped + b"\0" * (len(swapped) % 2)
    elif syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        _encapsulate(dataset, _jpeg(stored), syntax)
    elif syntax in (JPEGLossless, JPEGLosslessSV1, JPEG2000, JPEG2000Lossless):
        _encode_with_gdcm(dataset, stored, syntax)
    elif syntax in (JPEGLSLossless, JPEGLSNearLossless):
        import jpeg_ls

        _encapsulate(dataset, bytes(jpeg_ls.encode_array(stored, lossy_error=2 if syntax == JPEGLSNearLossless else 0)), syntax)
    else:
        dataset.compress(syntax, **({"generate_instance_uid": False} if PYDICOM_3 else {}))


def _encode_with_gdcm(dataset: Dataset, stored: np.ndarray, syntax: UID) -> None:
    import gdcm

    names = {
        JPEGLossless: gdcm.TransferSyntax.JPEGLosslessProcess14,
        JPEGLosslessSV1: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
        JPEG2000: gdcm.TransferSyntax.JPEG2000,
        JPEG2000Lossless: gdcm.TransferSyntax.JPEG2000Lossless,
    }
    owner = gdcm.ImageWriter()  # an image of its own would be freed twice
    image = owner.GetImage()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((int(dataset.Columns), int(dataset.Rows), 1))
    samples = int(dataset.SamplesPerPixel)
    pixel_format = gdcm.PixelFormat(
        samples, int(dataset.BitsAllocated), int(dataset.BitsStored), int(dataset.HighBit), int(dataset.PixelRepresentation)
    )
    image.SetPixelFormat(pixel_format)
    kind = gdcm.PhotometricInterpretation.RGB if samples == 3 else gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetByteStringValue(stored.tobytes())
    image.SetDataElement(element)
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(names[syntax]))
    change.SetInput(image)
    if not change.Change():
        raise RuntimeError(f"gdcm could not encode {syntax.name}")
    fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
    buffer = fragments.GetFragment(0).GetByteValue().GetBuffer()
    data = buffer.encode("utf-8", "surrogateescape") if isinstance(buffer, str) else bytes(buffer)
    _encapsulate(dataset, data, syntax)


def _encapsulate(dataset: Dataset, data: bytes, syntax: UID) -> None:
    from pydicom.encaps import encapsulate

    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([data])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _jpeg(stored: np.ndarray) -> bytes:
    """Return ``stored`` (uint8) as a baseline JPEG of high quality."""
    import tempfile

    import SimpleITK as sitk

    if stored.dtype != np.uint8:
        raise ValueError("baseline JPEG holds 8 bits")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "film.jpg"
        sitk.WriteImage(
            sitk.GetImageFromArray(stored, isVector=stored.ndim == 3), str(target), useCompression=True, compressionLevel=97
        )
        return target.read_bytes()
