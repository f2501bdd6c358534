"""Pixel spacing with its provenance, from DICOM tags, an image header or the user.

A calibrated spacing (DICOM PS3.3 10.7.1.3) is one in PixelSpacing that differs from ImagerPixelSpacing or comes with
PixelSpacingCalibrationType. A detector spacing is measured at the detector, where the hand is a little magnified.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Spacing, SpacingProvenance

PLAUSIBLE_MM = (0.01, 2.0)
"""A pixel of a radiograph is neither finer nor coarser; anything else in a tag is nonsense and not trusted."""
PLAUSIBLE_MAGNIFICATION = (1.0, 3.0)
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def user_spacing(spacing_mm: float | Sequence[float]) -> Spacing:
    """Return the spacing a person gave: one number, or (row, column), in millimetres.

    Raises
    ------
    UsageError
        If it is not one or two plausible numbers.
    """
    try:
        numbers = [float(spacing_mm)] * 2 if isinstance(spacing_mm, (int, float)) else [float(v) for v in spacing_mm]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 2 or not all(_plausible(value) for value in numbers):
        low, high = PLAUSIBLE_MM
        raise UsageError(
            "spacing",
            f"{spacing_mm!r} is no pixel spacing of a radiograph",
            f"Give millimetres per pixel between {low} and {high}, such as 0.15",
        )
    return Spacing(numbers[0], numbers[1], SpacingProvenance.USER)


def header_spacing(row_mm: float, column_mm: float) -> Spacing:
    """Return the spacing stated by a NRRD header, which does not say in which plane.

    What writes such files knows the detector's pixels at best, so that is what it is called; exactly 1.0 x 1.0 is what
    writers put in for want of anything better, and means unknown.
    """
    if (row_mm == 1.0 and column_mm == 1.0) or not (_plausible(row_mm) and _plausible(column_mm)):
        return Spacing()
    return Spacing(row_mm, column_mm, SpacingProvenance.DETECTOR)


def dicom_spacing(dataset: Any) -> Spacing:
    """Return the spacing of a DICOM film from its tags.

    - calibrated: PixelSpacing that differs from ImagerPixelSpacing (on a secondary capture: from
      NominalScannedPixelSpacing) or comes with PixelSpacingCalibrationType;
    - detector, or detector / magnification: ImagerPixelSpacing, NominalScannedPixelSpacing (the film's plane), or PixelSpacing
      standing alone on CR and DX, which the CR module defines at the receptor; divided by
      EstimatedRadiographicMagnificationFactor where given;
    - unknown: anything else, among it PixelSpacing standing alone on a secondary capture, and implausible values.
    """
    pixel = _pair(dataset.get("PixelSpacing"))
    captured = str(dataset.get("SOPClassUID", "")).startswith(SECONDARY_CAPTURE)
    detector = _pair(dataset.get("ImagerPixelSpacing")) or _pair(dataset.get("NominalScannedPixelSpacing"))
    if pixel is not None:
        differs = detector is not None and not all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(pixel, detector, strict=True))
        if differs or str(dataset.get("PixelSpacingCalibrationType") or "").strip():
            return Spacing(*pixel, SpacingProvenance.CALIBRATED)
        if detector is None and not captured:
            detector = pixel
    if detector is None:
        return Spacing()
    magnification = _number(dataset.get("EstimatedRadiographicMagnificationFactor"))
    low, high = PLAUSIBLE_MAGNIFICATION
    if magnification is not None and low < magnification <= high:
        row, column = detector[0] / magnification, detector[1] / magnification
        return Spacing(row, column, SpacingProvenance.DETECTOR_OVER_MAGNIFICATION)
    return Spacing(*detector, SpacingProvenance.DETECTOR)


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        numbers = [_number(item) for item in value]
    except TypeError:
        return None
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    if not (_plausible(numbers[0]) and _plausible(numbers[1])):
        return None
    return numbers[0], numbers[1]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _plausible(millimetres: float) -> bool:
    return math.isfinite(millimetres) and PLAUSIBLE_MM[0] <= millimetres <= PLAUSIBLE_MM[1]
