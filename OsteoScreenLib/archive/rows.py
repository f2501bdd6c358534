"""A result as one row of the archive's table."""

from __future__ import annotations

from collections.abc import Mapping

from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import reasons_of

FAILED = "failed"
"""State of a film that gave no result; all other states are those of the score."""

_BONES = tuple(f"{bone.value}_{what}" for bone in BONES for what in ("found", "disagreement"))
_NUMBERS = (
    "probability",
    "probability_low",
    "probability_high",
    "mean_mci",
    "mean_pca",
    "second_metacarpal_index",
    "bone_health_index",
)
FINDING_COLUMNS: dict[Severity, str] = {
    severity: f"quality_{severity.value}"
    for severity in (Severity.REFUSAL, Severity.INDETERMINATE, Severity.WARNING, Severity.INFO)
}
"""Columns with the codes of the quality findings, joined by blanks."""

RESULT_COLUMNS: tuple[str, ...] = (
    "state",
    *_NUMBERS,
    *_BONES,
    *FINDING_COLUMNS.values(),
    "reason",
    "laterality",
    "view",
    "spacing_row_mm",
    "spacing_column_mm",
    "spacing_provenance",
    "age_years",
    "sex",
    "sop_instance_uid",
    "study_instance_uid",
)
COLUMNS: tuple[str, ...] = ("film", "sha256", "duplicate_of", *RESULT_COLUMNS, "failure", "failure_text")
"""All columns of the table in their order; those of the user's own table follow."""

TRUTHS = frozenset(name for name in _BONES if name.endswith("_found"))
"""Columns of true and false."""
NUMBERS = frozenset({*_NUMBERS, *_BONES, "spacing_row_mm", "spacing_column_mm", "age_years"} - TRUTHS)
"""Columns of numbers; all others are text."""


def row_of(result: ScreeningResult) -> dict[str, Cell]:
    """The values of `RESULT_COLUMNS` for one result, in plain Python types."""
    score, radiogrammetry, film = result.score, result.radiogrammetry, result.film
    low, high = score.interval or (None, None)
    reasons = reasons_of(result)
    row: dict[str, Cell] = {
        "state": score.state.value,
        "probability": _number(score.probability),
        "probability_low": _number(low),
        "probability_high": _number(high),
        "mean_mci": _number(radiogrammetry.mean_mci),
        "mean_pca": _number(radiogrammetry.mean_pca),
        "second_metacarpal_index": _number(radiogrammetry.second_metacarpal_index),
        "bone_health_index": _number(radiogrammetry.bone_health_index),
    }
    for summary in result.segmentation.bones:
        row[f"{summary.bone.value}_found"] = bool(summary.found)
        row[f"{summary.bone.value}_disagreement"] = float(summary.disagreement) if summary.found else None
    for severity, column in FINDING_COLUMNS.items():
        row[column] = " ".join(each.code for each in result.quality if each.severity is severity) or None
    source, spacing = film.source, film.spacing
    return row | {
        "reason": reasons[0] if reasons else None,
        "laterality": film.laterality.value,
        "view": _text(source.view_position),
        "spacing_row_mm": _number(spacing.row_mm),
        "spacing_column_mm": _number(spacing.column_mm),
        "spacing_provenance": spacing.provenance.value,
        "age_years": _number(source.patient_age_years),
        "sex": _text(source.patient_sex),
        "sop_instance_uid": _text(source.sop_instance_uid),
        "study_instance_uid": _text(source.study_instance_uid),
    }


def codes_of(row: Mapping[str, Cell]) -> dict[str, Severity]:
    """The quality findings of a row: severity by code."""
    return {code: severity for severity, column in FINDING_COLUMNS.items() for code in str(row.get(column) or "").split()}


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _text(value: str | None) -> str | None:
    """A film's own words, without what no encoding can write."""
    return None if value is None else value.encode("utf-8", "backslashreplace").decode("utf-8")
