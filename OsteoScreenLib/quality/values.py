"""One finding about the film's fitness for screening."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """What a finding does to the score."""

    INFO = "info"
    """Shown, changes nothing."""
    WARNING = "warning"
    """Shown; the score stands with this limit."""
    INDETERMINATE = "indeterminate"
    """The state can be at most "indeterminate"."""
    REFUSAL = "refusal"
    """The film is not analysable: no score is given."""


@dataclass(frozen=True)
class QualityFinding:
    """``code`` is stable and machine readable; ``text`` is one sentence for the clinician."""

    code: str
    severity: Severity
    text: str
