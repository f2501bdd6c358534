"""Pictures as DICOM secondary captures: the film with its bones outlined, and a film that came as a picture file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.dicom.codes import HAND, code, side_code, side_letter
from OsteoScreenLib.reports.dicom.equipment import SHORT_NOTICE, comments, compress, equipment, settle
from OsteoScreenLib.reports.dicom.source import CHARACTER_SET, SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.reports.overlay import overlay_pixels
from OsteoScreenLib.reports.picture import LONGEST_SIDE, picture_of
from OsteoScreenLib.screening.values import ScreeningResult

OVERLAY = "overlay"
_OVERLAY_SERIES, _FILM_SERIES = 9004, 9000
_DERIVATION = ("DCM", "113076", "Segmentation")
_SOURCE_PURPOSE = ("DCM", "121322", "Source image for image processing operation")
_GREATEST = 65535


def overlay_object(result: ScreeningResult, radiograph: Radiograph, source: SourceFilm, uids: ObjectUids) -> Any:
    """The picture that people look at: film, outlines, measured levels, and a strip with state, model and notice."""
    from pydicom.dataset import Dataset

    pixels = overlay_pixels(_unnamed(result), radiograph, LONGEST_SIDE)
    scale = picture_of(radiograph, LONGEST_SIDE).scale
    spacing = result.film.spacing
    size = None
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        size = (spacing.row_mm / scale[0], spacing.column_mm / scale[1])
    made = _capture(
        result,
        source,
        pixels,
        "RGB",
        series_instance_uid=uids.series(OVERLAY),
        series_number=_OVERLAY_SERIES,
        sop_instance_uid=uids.instance(OVERLAY),
        pixel_spacing=size,
        **equipment(result, "Outlined bones"),
    )
    made.ConversionType = "WSD"
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.DerivationDescription = f"The film with the outlines of its bones drawn on it. {SHORT_NOTICE}."
    made.DerivationCodeSequence = [code(_DERIVATION)]
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.dataset.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.dataset.SOPInstanceUID
    reference.PurposeOfReferenceCodeSequence = [code(_SOURCE_PURPOSE)]
    made.SourceImageSequence = [reference]
    compress(made)
    settle(made, result, source)
    return made


def film_object(result: ScreeningResult, radiograph: Radiograph, source: SourceFilm, uids: ObjectUids) -> Any:
    """A film from a picture file as digitised film, on its own grid and with bright bone, for the other objects to refer to.

    Whole numbers from 0 to 65535 are stored as they are; others are shifted or scaled to 16 bits, and rescale brings them back.
    """
    from pydicom.valuerep import DS

    stored, slope, intercept = _stored(radiograph.pixels, result.film.source.bits_stored)
    spacing = result.film.spacing
    size = None
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        size = (spacing.row_mm, spacing.column_mm)
    made = _capture(
        result,
        source,
        stored,
        "MONOCHROME2",
        series_instance_uid=uids.captured("series"),
        series_number=_FILM_SERIES,
        sop_instance_uid=uids.captured("instance"),
        pixel_spacing=size,
        **equipment(result, "Film from a picture file"),
    )
    made.ConversionType = "DF"
    made.ImageType = ["DERIVED", "SECONDARY"]
    if size is not None:
        made.NominalScannedPixelSpacing = made.PixelSpacing
    made.RescaleSlope, made.RescaleIntercept = DS(slope, auto_format=True), DS(intercept, auto_format=True)
    made.RescaleType = "US"
    low, high = (float(end) for end in radiograph.window)
    made.WindowCenter, made.WindowWidth = DS((low + high) / 2, auto_format=True), DS(max(high - low, 1.0), auto_format=True)
    turned = ", inverted so that bone is bright" if result.film.polarity.inverted else ""
    made.DerivationDescription = f"Pixels of a {result.film.source.file_format} file{turned}. Nothing is known of the patient."
    settle(made, result, source)
    return made


def _capture(result: ScreeningResult, source: SourceFilm, pixels: np.ndarray, photometric: str, **options: Any) -> Any:
    """A secondary capture in the film's study, with its side and its directions."""
    from highdicom.sc import SCImage

    letter = side_letter(result.film.laterality)
    patient = source.dataset
    made: Any = SCImage(
        pixel_array=pixels,
        photometric_interpretation=photometric,
        bits_allocated=8 * pixels.dtype.itemsize,
        coordinate_system="PATIENT",
        study_instance_uid=patient.StudyInstanceUID,
        instance_number=1,
        laterality=letter,
        # highdicom insists on directions, which few films state: set to what the film says below.
        patient_orientation=("L", "F"),
        specific_character_set=CHARACTER_SET,
        **options,
    )
    made.copy_patient_and_study_information(patient)
    made.PatientOrientation = source.orientation
    if letter is None:
        made.Laterality = None  # of a paired part DICOM wants it, if only empty
    if source.burned_in is not None:
        made.BurnedInAnnotation = source.burned_in
    made.BodyPartExamined = "HAND"
    region = code(HAND)
    if letter is not None:
        region.AnatomicRegionModifierSequence = [side_code(result.film.laterality)]
    made.AnatomicRegionSequence = [region]
    made.ImageComments = comments(result)
    return made


def _unnamed(result: ScreeningResult) -> ScreeningResult:
    """The result with the film's hash for its file name, in which people put patients' names: the picture shows it."""
    source = result.film.source
    return replace(result, film=replace(result.film, source=replace(source, name=f"SHA-256 {source.sha256[:16]}")))


def _stored(pixels: np.ndarray, bits: int) -> tuple[np.ndarray, float, float]:
    """Pixels as unsigned integers, and the slope and intercept that bring their values back."""
    low, high = float(pixels.min()), float(pixels.max())
    whole = bool(np.array_equal(pixels, np.rint(pixels)))
    if whole and low >= 0 and high <= _GREATEST:
        return pixels.astype(np.uint8 if bits <= 8 and high <= 255 else np.uint16), 1.0, 0.0
    if whole and high - low <= _GREATEST:
        return (pixels - np.float32(low)).astype(np.uint16), 1.0, low
    slope = (high - low) / _GREATEST or 1.0
    return np.rint((pixels.astype(np.float64) - low) / slope).astype(np.uint16), slope, low
