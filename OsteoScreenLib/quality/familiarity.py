"""Do the film's bones look like those that the classifier was trained on?"""

from __future__ import annotations

from OsteoScreenLib.classification.values import Familiarity
from OsteoScreenLib.quality.values import QualityFinding, Severity

FAR_BEYOND = 2.0
"""Multiple of the threshold beyond which a film is refused.

Squared Mahalanobis distances of the training kind's films lie close together (their threshold is a 99th percentile), so that
twice the threshold is far outside their range: the classifier then extrapolates, and its probability means nothing.
"""


def unlike_training_films(familiarity: Familiarity | None) -> QualityFinding | None:
    """The bones' features lie outside the range of the training films; ``familiarity`` is ``None`` where nobody can tell."""
    if familiarity is None:
        return QualityFinding(
            "familiarity_unknown",
            Severity.INFO,
            "This model cannot tell whether a film is unlike those it was trained on.",
        )
    if familiarity.distance <= familiarity.threshold:
        return None
    text = (
        f"The bones look unlike those of the films that the model was trained on (distance {familiarity.distance:.2g}, "
        f"where {familiarity.accepted:.0%} of such films keep within {familiarity.threshold:.2g})"
    )
    if familiarity.distance > FAR_BEYOND * familiarity.threshold:
        return QualityFinding("unlike_training_films", Severity.REFUSAL, f"{text}: its score would mean nothing.")
    return QualityFinding("unlike_training_films", Severity.INDETERMINATE, f"{text}: its score cannot be relied on.")
