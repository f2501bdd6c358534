"""The score: a calibrated probability, its interval, and one of four honest states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from OsteoScreenLib.bones import Bone


class State(str, Enum):
    """What is said to the clinician."""

    CONSIDER_DXA = "consider_dxa"
    INDETERMINATE = "indeterminate"
    NOT_FLAGGED = "not_flagged"
    NOT_ANALYSABLE = "not_analysable"

    @property
    def words(self) -> str:
        """The state in words, as shown everywhere."""
        return _STATE_WORDS[self]


_STATE_WORDS = {
    State.CONSIDER_DXA: "Consider DXA",
    State.INDETERMINATE: "Indeterminate",
    State.NOT_FLAGGED: "Not flagged (does not rule out osteoporosis)",
    State.NOT_ANALYSABLE: "Not analysable",
}


@dataclass(frozen=True)
class OperatingPoint:
    """Two thresholds on the probability, with the numbers they were chosen on.

    At or above ``rule_in`` (90 % specificity on held-out subjects): consider DXA. Below ``rule_out``
    (90 % sensitivity): not flagged. Between them: indeterminate. Sensitivities and specificities are those of ``subjects``
    other people, ``cases`` of them with osteoporosis (``None`` where that is not known); ``prevalence`` is what the probability
    is calibrated for.
    """

    rule_out: float
    rule_in: float
    sensitivity_at_rule_out: float
    specificity_at_rule_out: float
    sensitivity_at_rule_in: float
    specificity_at_rule_in: float
    prevalence: float
    subjects: int
    population: str
    cases: int | None = None


@dataclass(frozen=True)
class Familiarity:
    """How far a film's bones lie from those of the training films, in the classifier's features.

    ``distance``: squared Mahalanobis distance, mean over the film's bones; ``threshold``: distance that ``accepted`` (share) of
    ``films`` held-out films of the training kind keep within.
    """

    distance: float
    threshold: float
    accepted: float
    films: int


@dataclass(frozen=True)
class BoneScore:
    """Probability of osteoporosis from one bone alone, with its interval over the hypotheses."""

    bone: Bone
    probability: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Score:
    """Subject-level score. ``probability`` and ``interval`` are ``None`` where the film is not analysable.

    ``interval`` is the weighted 5th to 95th percentile over the segmentation hypotheses carried through the classifier.
    ``reasons`` say why the state is what it is, one sentence each.
    """

    state: State
    probability: float | None
    interval: tuple[float, float] | None
    operating_point: OperatingPoint | None
    bones: tuple[BoneScore, ...]
    reasons: tuple[str, ...]
