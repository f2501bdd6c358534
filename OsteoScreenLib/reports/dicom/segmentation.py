"""The outlined bones as a DICOM segmentation on the film's own grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONE_CODES, Bone
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.reports.dicom.codes import ANATOMY, HAND, bone_words, code, side_code, side_letter
from OsteoScreenLib.reports.dicom.equipment import SHORT_NOTICE, algorithm, comments, equipment, settle
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.screening.values import ScreeningResult

BINARY, PROBABILITY = "segmentation", "probability"
"""The kinds of object, as their identifiers know them."""
SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
"""SOP class of both."""
_NO_THICKNESS = 1e-6
"""Millimetres: as good as none, which is what a projection has. highdicom cannot read a file that states none, and dciodvfy
takes 0 for an error; any thickness that looks real would give the bones a volume."""
_SERIES = {BINARY: 9001, PROBABILITY: 9002}


def shown_bones(result: ScreeningResult) -> tuple[Bone, ...]:
    """The bones that have a segment, numbered from 1 in this order: those that were found and cover any pixel of the film."""
    return tuple(bone for bone in result.segmentation.found_bones if result.segmentation.mask(bone).any())


def segmentation_object(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    """SEG BINARY with one segment for each of `shown_bones`, of which there must be one; segments may overlap."""
    from highdicom.seg import SegmentationTypeValues

    stack = np.stack([result.segmentation.mask(bone) for bone in shown_bones(result)], axis=-1).view(np.uint8)[np.newaxis]
    return build(result, source, uids, BINARY, stack, segmentation_type=SegmentationTypeValues.BINARY)


def build(result: ScreeningResult, source: SourceFilm, uids: ObjectUids, kind: str, stack: np.ndarray, **options: Any) -> Any:
    """A segmentation of ``stack`` (1 x rows x columns x segments, as highdicom takes it), with what both kinds share."""
    from highdicom.seg import Segmentation

    film = result.film
    what = "Bones" if kind == BINARY else "Probability of bones"
    made = Segmentation(
        source_images=[source.dataset],
        pixel_array=stack,
        segment_descriptions=[_segment(number, bone, result, uids) for number, bone in enumerate(shown_bones(result), start=1)],
        series_instance_uid=uids.series(kind),
        series_number=_SERIES[kind],
        sop_instance_uid=uids.instance(kind),
        instance_number=1,
        content_label="BONES" if kind == BINARY else "PROBABILITY",
        content_description=f"{SHORT_NOTICE}; {'mm known' if film.spacing.trusted else 'pixel size unknown'}",
        pixel_measures=_measures(film.spacing),
        omit_empty_frames=False,
        **equipment(result, what),
        **options,
    )
    _say_where(made, film.laterality)
    made.PatientOrientation = source.orientation
    made.ImageComments = comments(result)
    for item in made.DimensionOrganizationSequence:
        item.DimensionOrganizationUID = uids.dimensions(kind)
    for item in made.DimensionIndexSequence:
        item.DimensionOrganizationUID = uids.dimensions(kind)
    settle(made, result, source)
    return made


def _segment(number: int, bone: Bone, result: ScreeningResult, uids: ObjectUids) -> Any:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription

    drawn = result.segmentation.bones[bone.channel].drawn
    kinds = SegmentAlgorithmTypeValues
    description = SegmentDescription(
        segment_number=number,
        segment_label=bone.title,
        segmented_property_category=code(ANATOMY),
        segmented_property_type=code(bone_words(bone)),
        algorithm_type=kinds.SEMIAUTOMATIC if drawn else kinds.AUTOMATIC,
        algorithm_identification=algorithm(result),
        tracking_id=bone.title,
        tracking_uid=uids.tracking(bone),
        display_color=CIELabColor.from_rgb(*(round(255 * channel) for channel in BONE_CODES[bone].colour)),
    )
    side = side_code(result.film.laterality)
    if side is not None:
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    origin = "Outlined by a person" if drawn else "Outlined by the model"
    description.SegmentDescription = f"{bone.title}. {origin}. {SHORT_NOTICE}."
    return description


def _measures(spacing: Spacing) -> Any | None:
    """Pixel spacing where it is trusted."""
    from highdicom import PixelMeasuresSequence

    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return None
    return PixelMeasuresSequence(pixel_spacing=[spacing.row_mm, spacing.column_mm], slice_thickness=_NO_THICKNESS)


def _say_where(made: Any, laterality: Laterality) -> None:
    """Part and side of the body, for every frame: where frames have it, the series may not."""
    from pydicom.dataset import Dataset

    letter = side_letter(laterality)
    if letter is None:
        return
    anatomy = Dataset()
    anatomy.FrameLaterality = letter
    region = code(HAND)
    region.AnatomicRegionModifierSequence = [side_code(laterality)]
    anatomy.AnatomicRegionSequence = [region]
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [anatomy]
