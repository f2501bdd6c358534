"""The groups of a report that speak of one bone each, with the segment that outlines it."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, RadiusMeasurement
from OsteoScreenLib.reports.dicom import codes as c
from OsteoScreenLib.reports.dicom.report_items import add_texts, algorithm_of, answer, number, site_of, tracking
from OsteoScreenLib.reports.dicom.segmentation import BINARY, SEGMENTATION_STORAGE, shown_bones
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import percent


def bone_groups(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> list[Any]:
    """A planar region of interest (TID 1410) for each of `shown_bones`, in their order."""
    return [_bone(number_, bone, result, source, uids) for number_, bone in enumerate(shown_bones(result), start=1)]


def _bone(segment: int, bone: Bone, result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    from highdicom.sr import PlanarROIMeasurementsAndQualitativeEvaluations

    levels = [each for each in result.radiogrammetry.levels if each.bone is bone]
    radius = result.radiogrammetry.radius if bone is Bone.RADIUS else ()
    numbers = [*_outline(bone, result), *_length(bone, result)]
    for level in levels:
        numbers += _level(level, result)
    for distance in radius:
        numbers += _distance(distance, result)
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking(bone.title, uids.tracking(bone)),
        referenced_segment=_segment(segment, source, uids),
        finding_type=c.code(c.bone_words(bone)),
        algorithm_id=algorithm_of(result),
        finding_sites=[site_of(result, bone)],
        measurements=numbers,
        qualitative_evaluations=[_origin(bone, result), *_trust(levels, radius)],
    )
    add_texts(group, [(c.NOT_MEASURED, text) for text in _rejected(bone, result)])
    return group


def _segment(segment: int, source: SourceFilm, uids: ObjectUids) -> Any:
    """By the segment's number alone: DICOM does not want the frame's beside it (PS3.3 10.3), which highdicom writes too."""
    from highdicom.sr import ReferencedSegmentationFrame, SourceImageForSegmentation

    reference = ReferencedSegmentationFrame(
        sop_class_uid=SEGMENTATION_STORAGE,
        sop_instance_uid=uids.instance(BINARY),
        frame_number=segment,
        segment_number=segment,
        source_image=SourceImageForSegmentation(source.dataset.SOPClassUID, source.dataset.SOPInstanceUID),
    )
    del reference[0].ReferencedSOPSequence[0].ReferencedFrameNumber
    return reference


def _outline(bone: Bone, result: ScreeningResult) -> list[Any]:
    """Area in pixels, and in square millimetres where these are known; how sure the outline is; what the bone alone says."""
    summary, spacing = result.segmentation.bones[bone.channel], result.film.spacing
    numbers = [number(c.AREA, summary.area_px, c.PIXEL)]
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        numbers.append(number(c.AREA, summary.area_px * spacing.row_mm * spacing.column_mm, c.SQUARE_MILLIMETRE))
    numbers.append(number(c.DISAGREEMENT, summary.disagreement, c.NO_UNIT))
    numbers.append(number(c.UNCERTAINTY, summary.mean_uncertainty, c.BIT))
    score = next((each for each in result.score.bones if each.bone is bone), None)
    if score is not None and result.score.probability is not None:
        numbers.append(number(c.PROBABILITY, score.probability, c.NO_UNIT))
        numbers.append(number(c.PROBABILITY, score.interval[0], c.NO_UNIT, derivation=c.PERCENTILE_5))
        numbers.append(number(c.PROBABILITY, score.interval[1], c.NO_UNIT, derivation=c.PERCENTILE_95))
    return numbers


def _length(bone: Bone, result: ScreeningResult) -> list[Any]:
    axis = next((each for each in result.radiogrammetry.axes if each.bone is bone), None)
    if axis is None:
        return []
    if axis.length_mm is None:
        return [number(c.LENGTH, axis.length_px, c.PIXEL)]
    return [number(c.LENGTH, axis.length_mm, c.MILLIMETRE)]


def _level(level: LevelMeasurement, result: ScreeningResult) -> list[Any]:
    where = {"finding_sites": [site_of(result, level.bone, c.level_words(level.level))], "method": c.code(c.RADIOGRAMMETRY)}
    numbers = [number(c.CORTICAL_INDEX, level.mci, c.NO_UNIT, **where)]
    if level.quality is not None:
        error = level.quality.mci_error
        numbers.append(number(c.CORTICAL_INDEX, error, c.NO_UNIT, derivation=c.STANDARD_DEVIATION, **where))
    numbers.append(number(c.CORTICAL_AREA_SHARE, level.pca, c.NO_UNIT, **where))
    numbers.append(number(c.OUTER_WIDTH, level.outer_width_px, c.PIXEL, **where))
    numbers.append(number(c.MEDULLARY_WIDTH, level.medullary_width_px, c.PIXEL, **where))
    if level.outer_width_mm is not None and level.medullary_width_mm is not None:
        numbers.append(number(c.OUTER_WIDTH, level.outer_width_mm, c.MILLIMETRE, **where))
        numbers.append(number(c.MEDULLARY_WIDTH, level.medullary_width_mm, c.MILLIMETRE, **where))
    return numbers


def _distance(each: RadiusMeasurement, result: ScreeningResult) -> list[Any]:
    place = site_of(result, Bone.RADIUS, c.distance_words(each.distance_mm))
    where = {"finding_sites": [place], "method": c.code(c.RADIOGRAMMETRY)}
    return [
        number(c.OUTER_WIDTH, each.outer_width_mm, c.MILLIMETRE, **where),
        number(c.MEDULLARY_WIDTH, each.medullary_width_mm, c.MILLIMETRE, **where),
        number(c.COMBINED_THICKNESS, each.combined_thickness_mm, c.MILLIMETRE, **where),
        number(c.RADIUS_INDEX, each.cortical_index, c.NO_UNIT, **where),
    ]


def _origin(bone: Bone, result: ScreeningResult) -> Any:
    if result.segmentation.bones[bone.channel].drawn:
        return answer(c.OUTLINE, c.BY_PERSON)
    return answer(c.OUTLINE, c.RENAMED if bone in result.segmentation.renamed else c.BY_MODEL)


def _trust(levels: list[LevelMeasurement], radius: tuple[RadiusMeasurement, ...]) -> list[Any]:
    said = [answer(c.trust_name(each.level), c.trust_words(each.quality.trust)) for each in levels if each.quality is not None]
    return said + [answer(c.distance_trust_name(each.distance_mm), c.trust_words(each.quality.trust)) for each in radius]


def _rejected(bone: Bone, result: ScreeningResult) -> list[str]:
    measured = result.radiogrammetry
    texts = [f"{percent(each.level)} of the length: {each.reason}" for each in measured.rejected if each.bone is bone]
    if bone is Bone.RADIUS:
        texts += [f"{each.distance_mm:g} mm from the ulna: {each.reason}" for each in measured.radius_rejected]
    return texts
