"""The groups of a report that speak of the whole film: the screening, and the findings of the quality gate."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.reports.dicom import codes as c
from OsteoScreenLib.reports.dicom.report_items import add_texts, algorithm_of, answer, number, site_of, tracking
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import operating_point_words, reasons_of, spacing_words


def screening_group(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    """State, probability with its interval and thresholds, indices of the film, reasons, and what must be known of the model."""
    group = _group(
        result,
        source,
        tracking("Screening for osteoporosis", uids.tracking("screening")),
        finding_type=c.code(c.SCREENING),
        measurements=[*_score(result), *_indices(result)],
        qualitative_evaluations=[answer(c.STATE, c.state_words(result.score.state))],
    )
    point = result.score.operating_point
    bundle = result.bundle
    texts = [(c.NOTICE, RESEARCH_USE_NOTICE)]
    texts += [(c.REASON, reason) for reason in reasons_of(result)]
    texts += [(c.OPERATING_POINT, line) for line in (operating_point_words(point) if point is not None else ())]
    texts += [(c.TRAINING_DATA, bundle.training_data), (c.INTENDED_USE, bundle.intended_use)]
    texts += [(c.LIMIT, limit) for limit in bundle.limits]
    texts += [(c.SCALE, spacing_words(result.film.spacing))]
    texts += [(c.HEADER, keyword) for keyword in source.repairs]
    add_texts(group, texts)
    return group


def quality_group(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    """Each finding twice under its own code: once with its severity as a code, once as the sentence for people."""
    found = [answer(c.finding_words(each.code), c.severity_words(each.severity)) for each in result.quality]
    group = _group(
        result,
        source,
        tracking("Quality of the film", uids.tracking("quality")),
        finding_type=c.code(c.IMAGE_QUALITY),
        qualitative_evaluations=found or [answer(c.QUALITY_FINDING, c.NO_FINDING)],
    )
    add_texts(group, [(c.finding_words(each.code), each.text) for each in result.quality])
    return group


def _group(result: ScreeningResult, source: SourceFilm, tracked: Any, **options: Any) -> Any:
    from highdicom.sr import MeasurementsAndQualitativeEvaluations, SourceImageForMeasurementGroup

    image = SourceImageForMeasurementGroup(
        referenced_sop_class_uid=source.dataset.SOPClassUID, referenced_sop_instance_uid=source.dataset.SOPInstanceUID
    )
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracked,
        algorithm_id=algorithm_of(result),
        finding_sites=[site_of(result)],
        source_images=[image],
        **options,
    )


def _score(result: ScreeningResult) -> list[Any]:
    """Probability and interval, and the thresholds it was held against; nothing for a film that is not analysable."""
    score = result.score
    if score.probability is None:
        return []
    numbers = [number(c.PROBABILITY, score.probability, c.NO_UNIT)]
    if score.interval is not None:
        ends = zip(score.interval, (c.PERCENTILE_5, c.PERCENTILE_95), strict=True)
        numbers += [number(c.PROBABILITY, end, c.NO_UNIT, derivation=which) for end, which in ends]
    point = score.operating_point
    if point is not None:
        numbers.append(number(c.RULE_OUT, point.rule_out, c.NO_UNIT))
        numbers.append(number(c.RULE_IN, point.rule_in, c.NO_UNIT))
        numbers.append(number(c.PREVALENCE, point.prevalence, c.NO_UNIT))
    return numbers


def _indices(result: ScreeningResult) -> list[Any]:
    measured = result.radiogrammetry
    found = [
        (c.CORTICAL_INDEX, measured.mean_mci, c.MEAN),
        (c.CORTICAL_AREA_SHARE, measured.mean_pca, c.MEAN),
        (c.SECOND_METACARPAL_INDEX, measured.second_metacarpal_index, None),
        (c.BONE_HEALTH_INDEX, measured.bone_health_index, None),
    ]
    return [number(name, value, c.NO_UNIT, derivation=how) for name, value, how in found if value is not None]
