"""Numbers and provenances in words, the same in the report and on a terminal."""

from __future__ import annotations

from datetime import datetime, timezone

from OsteoScreenLib.classification.values import Score
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance

_PROVENANCES = {
    SpacingProvenance.CALIBRATED: "calibrated spacing from the film's tags",
    SpacingProvenance.DETECTOR: "detector spacing, not corrected for magnification",
    SpacingProvenance.DETECTOR_OVER_MAGNIFICATION: "detector spacing divided by the magnification in the film's tags",
    SpacingProvenance.USER: "spacing given by the user",
    SpacingProvenance.UNKNOWN: "unknown",
}
_SIDES = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.UNKNOWN: "side not stated"}


def probability_words(score: Score) -> str:
    """Probability with its interval, such as "0.38 (0.33 to 0.48)"; "not given" where the film is not analysable."""
    if score.probability is None:
        return "not given"
    if score.interval is None:
        return f"{score.probability:.2f}"
    return f"{score.probability:.2f} ({score.interval[0]:.2f} to {score.interval[1]:.2f})"


def mean_mci_words(radiogrammetry: Radiogrammetry) -> str:
    """Mean cortical index and how many levels it rests on."""
    if radiogrammetry.mean_mci is None:
        return "not measured"
    count = len(radiogrammetry.levels)
    return f"{radiogrammetry.mean_mci:.3f} (mean of {count} level{'' if count == 1 else 's'})"


def spacing_words(spacing: Spacing) -> str:
    """Spacing in millimetres with its provenance, or that it is unknown."""
    if not spacing.trusted:
        return "unknown"
    return f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g} mm ({_PROVENANCES[spacing.provenance]})"


def side_words(laterality: Laterality) -> str:
    """Side of the body, or that nothing states it."""
    return _SIDES[laterality]


def date_words(created: str) -> str:
    """An ISO 8601 time to the minute in UTC, such as "2026-01-02 03:04 UTC"; other text is given back as it is."""
    try:
        # Python 3.10 does not know the letter Z.
        moment = datetime.fromisoformat(created.replace("Z", "+00:00"))
    except ValueError:
        return created
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
