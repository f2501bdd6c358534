"""What a positive or negative answer is worth where osteoporosis is as frequent as the user says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from OsteoScreenLib.classification.values import OperatingPoint
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.words import percent


@dataclass(frozen=True)
class PredictiveValues:
    """Positive and negative predictive values of both thresholds, 0..1; ``None`` where no answer of that kind occurs."""

    prevalence: float
    ppv_at_rule_in: float | None
    npv_at_rule_in: float | None
    ppv_at_rule_out: float | None
    npv_at_rule_out: float | None


def predictive_values(point: OperatingPoint, prevalence: float) -> PredictiveValues:
    """Bayes' theorem with the prevalence (0..1) of the user's own population.

    PPV = se p / (se p + (1 - sp)(1 - p)) and NPV = sp (1 - p) / (sp (1 - p) + (1 - se) p), with sensitivity se, specificity
    sp and prevalence p (Altman and Bland, BMJ 1994;309:102). They take sensitivity and specificity to be the same in that
    population. Raises `UsageError` where ``prevalence`` is no share.
    """
    if not (math.isfinite(prevalence) and 0.0 <= prevalence <= 1.0):
        raise UsageError("prevalence", f"is {prevalence}", "Give a share from 0 to 1")
    return PredictiveValues(
        prevalence,
        _ppv(point.sensitivity_at_rule_in, point.specificity_at_rule_in, prevalence),
        _npv(point.sensitivity_at_rule_in, point.specificity_at_rule_in, prevalence),
        _ppv(point.sensitivity_at_rule_out, point.specificity_at_rule_out, prevalence),
        _npv(point.sensitivity_at_rule_out, point.specificity_at_rule_out, prevalence),
    )


def predictive_lines(point: OperatingPoint, prevalence: float) -> tuple[str, ...]:
    """The values in words, one line per threshold. Raises `UsageError` as `predictive_values` does."""
    values = predictive_values(point, prevalence)
    return (
        f"At a prevalence of {percent(prevalence)}:",
        f"from {percent(point.rule_in)} (consider DXA): {_words(values.ppv_at_rule_in, values.npv_at_rule_in)}",
        f"from {percent(point.rule_out)} (not flagged below): {_words(values.ppv_at_rule_out, values.npv_at_rule_out)}",
    )


def _words(ppv: float | None, npv: float | None) -> str:
    positive, negative = ("not defined" if value is None else percent(value) for value in (ppv, npv))
    return f"PPV {positive}, NPV {negative}"


def _ppv(sensitivity: float, specificity: float, prevalence: float) -> float | None:
    return _share(sensitivity * prevalence, (1.0 - specificity) * (1.0 - prevalence))


def _npv(sensitivity: float, specificity: float, prevalence: float) -> float | None:
    return _share(specificity * (1.0 - prevalence), (1.0 - sensitivity) * prevalence)


def _share(right: float, wrong: float) -> float | None:
    return right / (right + wrong) if right + wrong > 0.0 else None
