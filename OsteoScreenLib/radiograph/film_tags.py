"""What DICOM tags say about the film besides its pixels. Names and other direct identifiers are never read."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.bones import SNOMED_LEFT, SNOMED_RIGHT
from OsteoScreenLib.radiograph.values import FilmSource, Laterality

_SIDES = {"L": Laterality.LEFT, "LEFT": Laterality.LEFT, "R": Laterality.RIGHT, "RIGHT": Laterality.RIGHT}
_SIDE_CODES = {
    SNOMED_LEFT: Laterality.LEFT,
    "G-A101": Laterality.LEFT,  # SRT, the older form of the same code
    SNOMED_RIGHT: Laterality.RIGHT,
    "G-A100": Laterality.RIGHT,
}
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}


def film_laterality(dataset: Any) -> Laterality:
    """Return the side from ImageLaterality, Laterality, FrameLaterality or coded anatomy; unknown for both or contradictory."""
    stated = {_SIDES.get(_text(dataset, tag, upper=True) or "") for tag in ("ImageLaterality", "Laterality", "FrameLaterality")}
    for group in _items(dataset, "SharedFunctionalGroupsSequence") + _items(dataset, "PerFrameFunctionalGroupsSequence"):
        for anatomy in _items(group, "FrameAnatomySequence"):
            stated.add(_SIDES.get(_text(anatomy, "FrameLaterality", upper=True) or ""))
    for region in _items(dataset, "AnatomicRegionSequence"):
        stated |= {_SIDE_CODES.get(code) for code in _codes(region, "AnatomicRegionModifierSequence")}
    for structure in _items(dataset, "PrimaryAnatomicStructureSequence"):
        stated |= {_SIDE_CODES.get(code) for code in _codes(structure, "PrimaryAnatomicStructureModifierSequence")}
    sides = [side for side in stated if side is not None]
    return sides[0] if len(sides) == 1 else Laterality.UNKNOWN


def film_source(dataset: Any, *, name: str, sha256: str, bits_stored: int) -> FilmSource:
    """Return the identity of a DICOM film."""
    sex = _text(dataset, "PatientSex", upper=True)
    return FilmSource(
        name=name,
        sha256=sha256,
        file_format="DICOM",
        bits_stored=bits_stored,
        modality=_text(dataset, "Modality", upper=True),
        sop_class_uid=_text(dataset, "SOPClassUID"),
        sop_instance_uid=_text(dataset, "SOPInstanceUID"),
        study_instance_uid=_text(dataset, "StudyInstanceUID"),
        series_instance_uid=_text(dataset, "SeriesInstanceUID"),
        view_position=_text(dataset, "ViewPosition", upper=True) or _meaning(dataset, "ViewCodeSequence"),
        body_part=_text(dataset, "BodyPartExamined", upper=True) or _meaning(dataset, "AnatomicRegionSequence"),
        patient_age_years=patient_age_years(dataset),
        patient_sex=sex if sex in ("F", "M", "O") else None,
    )


def patient_age_years(dataset: Any) -> float | None:
    """Return PatientAge (such as 067Y, 018M) in years; ``None`` where absent or malformed."""
    age = _text(dataset, "PatientAge", upper=True) or ""
    number, unit = age[:-1], age[-1:]
    if not number.isdigit() or unit not in _YEARS:
        return None
    years = int(number) * _YEARS[unit]
    return years if years <= 130 else None


def tag_inverted(dataset: Any) -> bool | None:
    """Return whether the tags say that low values are bright; ``None`` where they contradict each other.

    MONOCHROME1 belongs with PresentationLUTShape INVERSE, MONOCHROME2 with IDENTITY (PS3.3 C.8.11.3); a missing shape agrees
    with either. MONOCHROME2 with INVERSE is read as inverted: its writer can only have meant that.
    """
    photometric = _text(dataset, "PhotometricInterpretation", upper=True)
    shape = _text(dataset, "PresentationLUTShape", upper=True)
    if photometric == "MONOCHROME1":
        return None if shape == "IDENTITY" else True
    if photometric == "MONOCHROME2":
        return shape == "INVERSE"
    return False


def _text(dataset: Any, tag: str, *, upper: bool = False) -> str | None:
    value = dataset.get(tag)
    if value is None or not isinstance(value, str):
        return None
    text = str(value).strip("\0 ")
    return (text.upper() if upper else text) or None


def _items(dataset: Any, tag: str) -> list[Any]:
    value = dataset.get(tag)
    return list(value) if value and not isinstance(value, (str, bytes)) else []


def _codes(dataset: Any, tag: str) -> list[str]:
    return [_text(item, "CodeValue", upper=True) or "" for item in _items(dataset, tag)]


def _meaning(dataset: Any, tag: str) -> str | None:
    items = _items(dataset, tag)
    return _text(items[0], "CodeMeaning") if items else None
