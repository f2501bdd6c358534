"""From cut-outs to one of four states, with a calibrated probability, its interval, and the reasons.

The rules, in this order:

1. A finding that refuses the film, or fewer bones than the bundle asks for: not analysable, no probability.
2. The calibrated mean over the bones at or above ``rule_in``: consider DXA; below ``rule_out``: not flagged; between:
   indeterminate.
3. A clear state becomes indeterminate where the interval over the plausible outlines reaches beyond the state's threshold,
   where the cortical index clearly says the opposite (consider DXA with an index above the index' own rule-out threshold, or not
   flagged with one at or below its rule-in threshold), or where a quality finding allows no clear state.
"""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.hypotheses import BoneProbabilities, weighted_quantile
from OsteoScreenLib.classification.settings import ClassifierSettings, read_settings
from OsteoScreenLib.classification.values import BoneScore, OperatingPoint, Score, State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.segmentation.values import Segmentation

QUANTILES = (0.05, 0.95)
"""Ends of the interval over the hypotheses."""
Bounds = tuple[float, float]


def score_bones(
    found: BoneProbabilities,
    segmentation: Segmentation,
    radiogrammetry: Radiogrammetry | None,
    quality: tuple[QualityFinding, ...],
    bundle: Bundle,
) -> Score:
    """Score a film by the rules above from what `read_bones` found on it.

    Every bone's own probability is reported on the calibrated scale too. The interval is the weighted 5th to 95th
    percentile over the hypotheses, widened to hold the probability, which belongs to the consensus. Raises `BundleError` where
    the classifier is missing.
    """
    settings = read_settings(bundle)
    assert bundle.classification is not None  # `read_settings` asks first
    point = bundle.classification.operating_point
    refusals = tuple(finding.text for finding in quality if finding.severity is Severity.REFUSAL)
    if refusals:
        return Score(State.NOT_ANALYSABLE, None, None, point, (), refusals)
    few, enough = len(found.bones), settings.fewest_bones
    if few < enough:
        reason = f"Only {few} of 7 bones could be cut out for the classifier; at least {enough} are needed."
        return Score(State.NOT_ANALYSABLE, None, None, point, (), (reason,))
    probability, interval = subject_score(found, settings)
    index = None if radiogrammetry is None else radiogrammetry.mean_mci
    state, reasons = decide(probability, interval, point, index, settings, quality)
    if segmentation.hypotheses is None:
        reasons += ("The outlines are given without alternatives, so the interval does not hold their uncertainty.",)
    return Score(state, probability, interval, point, bone_scores(found, settings), reasons)


def subject_score(found: BoneProbabilities, settings: ClassifierSettings) -> tuple[float, Bounds]:
    """Calibrated mean over the bones for the consensus, and its interval over the hypotheses."""
    probability = float(settings.calibrated(found.consensus.mean()))
    counts = np.isfinite(found.plausible).sum(1)
    kept = counts > 0
    means = np.nansum(found.plausible[kept], axis=1) / counts[kept]
    return probability, _interval(probability, settings.calibrated(means), found.weights[kept])


def bone_scores(found: BoneProbabilities, settings: ClassifierSettings) -> tuple[BoneScore, ...]:
    """What each bone alone would say, on the calibrated scale."""
    scores = []
    for column, bone in enumerate(found.bones):
        values = found.plausible[:, column]
        kept = np.isfinite(values)
        probability = float(settings.calibrated(found.consensus[column]))
        interval = _interval(probability, settings.calibrated(values[kept]), found.weights[kept])
        scores.append(BoneScore(bone, probability, interval))
    return tuple(scores)


def decide(
    probability: float,
    interval: Bounds,
    point: OperatingPoint,
    cortical_index: float | None,
    settings: ClassifierSettings,
    quality: tuple[QualityFinding, ...],
) -> tuple[State, tuple[str, ...]]:
    """The state and the reasons for it, one sentence each; the sentence about the thresholds comes first."""
    shown = f"The probability of {probability:.1%}"
    if probability >= point.rule_in:
        state, first = State.CONSIDER_DXA, f"{shown} lies at or above the upper threshold of {point.rule_in:.1%}."
    elif probability < point.rule_out:
        state, first = State.NOT_FLAGGED, f"{shown} lies below the lower threshold of {point.rule_out:.1%}."
    else:
        first = f"{shown} lies between the thresholds of {point.rule_out:.1%} and {point.rule_in:.1%}."
        state = State.INDETERMINATE
    doubts = _doubts(state, interval, point, cortical_index, settings)
    doubts += tuple(finding.text for finding in quality if finding.severity is Severity.INDETERMINATE)
    return (State.INDETERMINATE if doubts else state), (first, *doubts)


def _doubts(
    state: State, interval: Bounds, point: OperatingPoint, cortical_index: float | None, settings: ClassifierSettings
) -> tuple[str, ...]:
    doubts = []
    flagged = state is State.CONSIDER_DXA
    threshold = point.rule_in if flagged else point.rule_out
    crosses = interval[0] < threshold if flagged else interval[1] >= threshold
    if state is not State.INDETERMINATE and crosses:
        doubts.append(
            f"The plausible outlines give probabilities from {interval[0]:.1%} to {interval[1]:.1%}, on both sides of the "
            f"threshold of {threshold:.1%}."
        )
    if cortical_index is not None and flagged and cortical_index > settings.index_rule_out:
        doubts.append(
            f"The measured cortical index of {cortical_index:.2f} is that of a thick cortex "
            f"(above {settings.index_rule_out:.2f}) and contradicts the classifier."
        )
    if cortical_index is not None and state is State.NOT_FLAGGED and cortical_index <= settings.index_rule_in:
        doubts.append(
            f"The measured cortical index of {cortical_index:.2f} is that of a thin cortex "
            f"(at most {settings.index_rule_in:.2f}) and contradicts the classifier."
        )
    return tuple(doubts)


def _interval(probability: float, values: np.ndarray, weights: np.ndarray) -> Bounds:
    if not len(values) or weights.sum() <= 0:
        return (probability, probability)
    low, high = (weighted_quantile(values, weights, quantile) for quantile in QUANTILES)
    return (min(low, probability), max(high, probability))
