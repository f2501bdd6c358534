"""What is known of a film in the scene besides its pixels: from its file's tags, from the node, from the user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.scene.node_facts import Facts, facts_of_file, facts_of_node, remembered_facts, store_facts
from OsteoScreenLib.scene.ruler import spacing_from_line
from OsteoScreenLib.scene.user_word import (
    UserWord,
    copy_user_word,
    set_user_age,
    set_user_invert,
    set_user_sex,
    set_user_side,
    set_user_spacing,
    user_word,
    write_spacing,
)

__all__ = [
    "NodeTags",
    "UserWord",
    "align_spacing",
    "copy_user_word",
    "remember_tags",
    "set_user_age",
    "set_user_invert",
    "set_user_sex",
    "set_user_side",
    "set_user_spacing",
    "spacing_from_line",
    "tags_of",
    "user_word",
]

_PROVENANCES = {
    SpacingProvenance.CALIBRATED: "calibrated, from the film's tags",
    SpacingProvenance.DETECTOR: "at the detector, not corrected for magnification",
    SpacingProvenance.DETECTOR_OVER_MAGNIFICATION: "at the detector, divided by the magnification in the film's tags",
    SpacingProvenance.USER: "given by the user",
}


@dataclass(frozen=True)
class NodeTags:
    """A film's facts, the user's word first.

    ``age_years`` and ``sex`` ("F", "M") are ``None`` where nobody tells; ``tag_inverted`` says whether the node's pixels are
    still inverted by the word of the file's tags, ``None`` where the content must decide; ``spacing_words`` is for people.
    """

    spacing: Spacing
    laterality: Laterality
    age_years: float | None
    sex: str | None
    source: FilmSource
    tag_inverted: bool | None
    spacing_words: str


def tags_of(node: Any, dicom_file: Path | None = None) -> NodeTags:
    """What is known of the film in a volume node of one slice.

    ``dicom_file`` is the file that the node was loaded from; one that is unreadable or belongs to another image is not used.
    Without it, what `remember_tags` or `open_film` stored in the node counts, then the node itself: its spacing is trusted
    as that of a NRRD header, Slicer's 1.0 and a picture's resolution are not.
    """
    facts, word = _facts(node, dicom_file), user_word(node)
    spacing = facts.spacing
    if word.spacing_mm is not None:
        spacing = Spacing(word.spacing_mm, word.spacing_mm, SpacingProvenance.USER)
    sex = facts.source.patient_sex
    return NodeTags(
        spacing=spacing,
        laterality=word.side or facts.laterality,
        age_years=facts.source.patient_age_years if word.age_years is None else word.age_years,
        sex=word.sex or (sex if sex in ("F", "M") else None),
        source=facts.source,
        tag_inverted=facts.tag_inverted,
        spacing_words=spacing_words(spacing),
    )


def remember_tags(node: Any, dicom_file: Path | None = None) -> None:
    """Store what the file tells in the node, so that it is known where the file is not: after loading a saved scene."""
    store_facts(node, _facts(node, dicom_file))


def align_spacing(node: Any, spacing: Spacing) -> bool:
    """Give the node the film's trusted spacing, so that Slicer's rulers agree; before segmenting, because Slicer would resample.

    The first pixel's centre, the orientation and the slice's thickness stay. Returns whether the node was changed.
    """
    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return False
    return write_spacing(node, spacing.row_mm, spacing.column_mm)


def spacing_words(spacing: Spacing) -> str:
    """The spacing in millimetres with where it comes from."""
    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return "Unknown: lengths stay in pixels"
    row, column = f"{spacing.row_mm:.4g}", f"{spacing.column_mm:.4g}"
    size = row if row == column else f"{row} x {column}"
    return f"{size} mm per pixel ({_PROVENANCES[spacing.provenance]})"


def _facts(node: Any, dicom_file: Path | None) -> Facts:
    """Facts from the file, else those stored in the node, else from the node itself; never the user's word."""
    if dicom_file is not None:
        try:
            return facts_of_file(node, Path(dicom_file))
        except FilmError:
            pass  # the file is gone or another's: the node still tells something
    return remembered_facts(node) or facts_of_node(node)
