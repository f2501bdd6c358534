"""The film as an entry of a report's image library (TID 1600 to 1603), with only what is known of it.

highdicom's own entry wants directions and a detector's spacing of every CR and DX film, which many do not state.
"""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.reports.dicom.codes import MILLIMETRE, PIXEL, code, side_code
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.screening.values import ScreeningResult

_MODALITIES = {
    "CR": ("DCM", "CR", "Computed Radiography"),
    "DX": ("DCM", "DX", "Digital Radiography"),
    "RF": ("DCM", "RF", "Radiofluoroscopy"),
    "RG": ("DCM", "RG", "Radiographic imaging"),
    "XA": ("DCM", "XA", "X-Ray Angiography"),
}
_OTHER = ("DCM", "OT", "Other")


def image_library(result: ScreeningResult, source: SourceFilm) -> Any:
    """The container that stands in the report."""
    from highdicom.sr import ContainerContentItem, ContentSequence, ImageContentItem
    from pydicom.sr.codedict import codes

    image = ImageContentItem(
        name=code(("SCT", "260753009", "Source")),
        referenced_sop_class_uid=source.dataset.SOPClassUID,
        referenced_sop_instance_uid=source.dataset.SOPInstanceUID,
        relationship_type="CONTAINS",
    )
    image.ContentSequence = ContentSequence(_descriptors(result, source))
    group = ContainerContentItem(name=codes.DCM.ImageLibraryGroup, relationship_type="CONTAINS")
    group.ContentSequence = ContentSequence([image])
    library = ContainerContentItem(name=codes.DCM.ImageLibrary, relationship_type="CONTAINS")
    library.ContentSequence = ContentSequence([group])
    return library


def _descriptors(result: ScreeningResult, source: SourceFilm) -> list[Any]:
    from highdicom.sr import CodeContentItem, NumContentItem, TextContentItem
    from pydicom.sr.codedict import codes

    known: dict[str, Any] = {"relationship_type": "HAS ACQ CONTEXT"}
    film = result.film
    modality = code(_MODALITIES.get(str(source.dataset.Modality), _OTHER))
    items: list[Any] = [CodeContentItem(name=codes.DCM.Modality, value=modality, **known)]
    side = side_code(film.laterality)
    if side is not None:
        items.append(CodeContentItem(name=codes.DCM.ImageLaterality, value=side, **known))
    for name, count in zip((codes.DCM.PixelDataRows, codes.DCM.PixelDataColumns), film.shape, strict=True):
        items.append(NumContentItem(name=name, value=int(count), unit=code(PIXEL), **known))
    if source.orientation is not None:
        names = (codes.DCM.PatientOrientationRow, codes.DCM.PatientOrientationColumn)
        items += [TextContentItem(name=n, value=v, **known) for n, v in zip(names, source.orientation, strict=True)]
    if film.spacing.trusted and film.spacing.row_mm is not None and film.spacing.column_mm is not None:
        sizes = (film.spacing.column_mm, film.spacing.row_mm)
        names = (codes.DCM.HorizontalPixelSpacing, codes.DCM.VerticalPixelSpacing)
        items += [
            NumContentItem(name=n, value=float(v), unit=code(MILLIMETRE), **known) for n, v in zip(names, sizes, strict=True)
        ]
    return items
