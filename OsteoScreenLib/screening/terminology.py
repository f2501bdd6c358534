"""SNOMED CT description of a bone's segment, in the text form that 3D Slicer stores with a segment."""

from __future__ import annotations

from OsteoScreenLib.bones import BONE_CODES, SNOMED_LEFT, SNOMED_RIGHT, Bone
from OsteoScreenLib.radiograph.values import Laterality

CONTEXT_NAME = "Segmentation category and type - OsteoScreen"
"""`SegmentationCategoryTypeContextName` of the terminology file in Resources/Terminologies."""

ENTRY_TAG = "TerminologyEntry"
"""Name of the segment tag that Slicer keeps a terminology entry in."""

CATEGORY = ("SCT", "123037004", "Anatomical Structure")
"""Category that Slicer's own terminologies list anatomy under, so that segments compare equal to theirs."""

_REGION_CONTEXT_NAME = "Anatomic codes - DICOM master list"
_NO_CODE = ("", "", "")


def type_code(bone: Bone) -> tuple[str, str, str]:
    """Scheme, value and meaning of a bone's segmented property type.

    All metacarpals share one concept, the only one that DICOM's context groups list; which of the five a segment
    shows is said by its id and name.
    """
    code = BONE_CODES[bone]
    return ("SCT", code.snomed, code.meaning)


def laterality_code(laterality: Laterality) -> tuple[str, str, str] | None:
    """Scheme, value and meaning of a side, ``None`` where it is unknown."""
    if laterality is Laterality.LEFT:
        return ("SCT", SNOMED_LEFT, "Left")
    if laterality is Laterality.RIGHT:
        return ("SCT", SNOMED_RIGHT, "Right")
    return None


def terminology_entry(bone: Bone, laterality: Laterality) -> str:
    """Serialised terminology entry of a bone's segment, as vtkSlicerTerminologiesModuleLogic writes it.

    Seven fields joined by ``~``: context, category, type, type modifier, region context, region, region modifier;
    each code is ``scheme^value^meaning``.
    """
    modifier = laterality_code(laterality) or _NO_CODE
    codes = [CATEGORY, type_code(bone), modifier, _NO_CODE, _NO_CODE]
    category, kind, side, region, region_modifier = ("^".join(code) for code in codes)
    return "~".join([CONTEXT_NAME, category, kind, side, _REGION_CONTEXT_NAME, region, region_modifier])
