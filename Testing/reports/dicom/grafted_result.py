"""A film of any kind, and a result with known values that was never computed from it, as if it had been screened.

Import with ``from Testing.reports.dicom.grafted_result import graft, write_film``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from OsteoScreenLib.radiograph import Laterality, read_radiograph
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import FilmDescription, ScreeningResult
from Testing.radiograph.dicom_films import hand_phantom, write_dicom
from Testing.screening_results import make_screening_result

SHAPE = (200, 160)


def graft(film: Path, laterality: Laterality | None = None, **options: Any) -> tuple[ScreeningResult, Radiograph]:
    """A result of `make_screening_result` (which takes ``options``) that says it came from the file ``film``."""
    radiograph = read_radiograph(film, laterality=laterality)
    result, _ = make_screening_result(radiograph.shape, spacing=radiograph.spacing, laterality=radiograph.laterality, **options)
    return replace(result, film=FilmDescription.of(radiograph)), radiograph


def write_film(path: Path, *, bits: int = 12, **options: Any) -> Path:
    """A small hand film as DICOM, of which everything is known that films state; ``tags`` in ``options`` change that."""
    tags = {
        "ImagerPixelSpacing": [0.14, 0.15],
        "ImageLaterality": "L",
        "PatientOrientation": ["R", "F"],
        "BurnedInAnnotation": "NO",
        "PatientBirthDate": "19581124",
        "PatientSex": "F",
        "PatientAge": "067Y",
        "StudyDate": "20260101",
        "StudyTime": "101112",
        "AccessionNumber": "A-1",
        "StudyID": "S-1",
        "ReferringPhysicianName": "Referrer^R",
    }
    given = options.pop("tags", {})
    return write_dicom(path, hand_phantom(*SHAPE, bits=bits), tags={**tags, **given}, **options)
