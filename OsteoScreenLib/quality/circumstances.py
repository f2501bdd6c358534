"""What the file says about the film: scale, view, side, age, polarity."""

from __future__ import annotations

from OsteoScreenLib.bundle.values import QualityThresholds
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Laterality, PolarityBasis, Radiograph

CHILD_YEARS = 15.0
"""Younger than anybody whose bones were simulated for training."""
FRONTAL_VIEWS = ("PA", "AP")
HAND_WORDS = ("HAND", "WRIST", "FINGER", "CARP", "FOREARM", "EXTREMITY", "UP_EXM", "RADIUS", "ULNA", "BONE")


def spacing_unknown(radiograph: Radiograph) -> QualityFinding | None:
    """Without a trusted pixel spacing no millimetres are given; indices are ratios and stand."""
    if radiograph.spacing.trusted:
        return None
    return QualityFinding(
        "spacing_unknown",
        Severity.INFO,
        "The pixel spacing is unknown: widths are given in pixels only; the cortical index needs no scale.",
    )


def laterality_unknown(radiograph: Radiograph) -> QualityFinding | None:
    """Neither the file nor the user says which hand it is."""
    if radiograph.laterality is not Laterality.UNKNOWN:
        return None
    return QualityFinding("laterality_unknown", Severity.INFO, "The file does not say whether this is a left or a right hand.")


def polarity_from_content(radiograph: Radiograph) -> QualityFinding | None:
    """The film was inverted, or a DICOM file's own statement was set aside, because of what the picture shows."""
    polarity = radiograph.polarity
    tagged = radiograph.source.file_format.upper().startswith("DICOM")
    if polarity.basis is not PolarityBasis.CONTENT or not (polarity.inverted or tagged):
        return None
    done = "the film was inverted" if polarity.inverted else "the film was left as stored"
    return QualityFinding(
        "polarity_from_content",
        Severity.INFO,
        f"From what the picture shows, not from the file's tags, {done}: check that bone is bright.",
    )


def age_below_training(radiograph: Radiograph, limits: QualityThresholds) -> QualityFinding | None:
    """Younger than the people the score was made for.

    Below ``min_age_years`` no clear state: osteoporosis by T-score is not defined before the skeleton has matured (ISCD 2019
    Pediatric Official Positions: no T-scores below 20 years), so that "consider DXA" and "not flagged" would both mislead,
    though outlines and indices of a grown-up skeleton stand. Below `CHILD_YEARS` the film is refused. A film without age is
    judged by its growth plates alone.
    """
    age = radiograph.source.patient_age_years
    if age is None or age >= limits.min_age_years:
        return None
    text = f"The patient is {age:.0f} years old; the score was made for adults of {limits.min_age_years:.0f} years and older"
    if age < CHILD_YEARS:
        return QualityFinding("age_below_training", Severity.REFUSAL, f"{text}, and knows no bones of children.")
    return QualityFinding("age_below_training", Severity.INDETERMINATE, f"{text}, and osteoporosis is defined otherwise before.")


def view_not_frontal(radiograph: Radiograph) -> QualityFinding | None:
    """Lateral and oblique views project the cortex differently."""
    view = (radiograph.source.view_position or "").strip().upper()
    if not view or view in FRONTAL_VIEWS:
        return None
    return QualityFinding(
        "view_not_frontal",
        Severity.INDETERMINATE,
        f"The file names the view '{view}'; the score was made for postero-anterior films.",
    )


def body_part_not_hand(radiograph: Radiograph) -> QualityFinding | None:
    """The file names another body part than hand or wrist."""
    part = (radiograph.source.body_part or "").strip().upper()
    if not part or any(word in part for word in HAND_WORDS):
        return None
    return QualityFinding(
        "body_part_not_hand", Severity.WARNING, f"The file names the body part '{part}', which is neither hand nor wrist."
    )
