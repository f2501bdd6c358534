"""The small parts that the groups of a report are made of."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.reports.dicom.codes import ARTIFICIAL_INTELLIGENCE, HAND, Words, bone_words, code, side_code
from OsteoScreenLib.reports.dicom.equipment import MAKER, model_name, model_parameters, model_version
from OsteoScreenLib.screening.values import ScreeningResult

_LONGEST_TEXT = 10240


def number(name: Words, value: float, unit: Words, *, derivation: Words | None = None, **options: Any) -> Any:
    """A measurement (TID 300): its decimal form of 16 characters, and beside it the number to the last bit."""
    from highdicom.sr import Measurement

    derived = None if derivation is None else code(derivation)
    exact = value if isinstance(value, int) else float(value)
    return Measurement(name=code(name), value=exact, unit=code(unit), derivation=derived, **options)


def answer(name: Words, value: Words) -> Any:
    """A coded evaluation."""
    from highdicom.sr import QualitativeEvaluation

    return QualitativeEvaluation(name=code(name), value=code(value))


def add_texts(group: Any, texts: list[tuple[Words, str]]) -> None:
    """Put sentences at the end of a group; empty ones are left out."""
    from highdicom.sr import TextContentItem

    for name, text in texts:
        if text.strip():
            item = TextContentItem(name=code(name), value=text.strip()[:_LONGEST_TEXT], relationship_type="CONTAINS")
            group[0].ContentSequence.append(item)


def tracking(identifier: str, uid: str) -> Any:
    """Name and identifier under which a group is followed from report to report."""
    from highdicom.sr import TrackingIdentifier

    return TrackingIdentifier(uid=uid, identifier=identifier)


def site_of(result: ScreeningResult, bone: Bone | None = None, place: Words | None = None) -> Any:
    """A bone, or the hand, with its side where that is known, and the place along the bone."""
    from highdicom.sr import FindingSite

    return FindingSite(
        anatomic_location=code(HAND if bone is None else bone_words(bone)),
        laterality=side_code(result.film.laterality),
        topographical_modifier=None if place is None else code(place),
    )


def algorithm_of(result: ScreeningResult) -> Any:
    """The model (TID 4019)."""
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(
        name=model_name(result),
        version=model_version(result),
        family=code(ARTIFICIAL_INTELLIGENCE),
        manufacturer=MAKER,
        parameters=[f"{name}: {value}" for name, value in model_parameters(result).items()],
    )
