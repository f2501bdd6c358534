"""Whether the interval that comes from the plausible outlines holds the probability that exact outlines give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.words import wilson_interval
from training.evaluation.values import Interval

NOMINAL = 0.9
"""The interval is the 5th to the 95th percentile over the hypotheses (`OsteoScreenLib.classification.scoring`)."""


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold a reference.

    Attributes
    ----------
    held : share of the films whose interval holds the reference, with its Wilson interval
    below, above : shares whose reference lies below or above the interval
    films, left_out : films judged, and films without interval or reference
    median_width : of the intervals, in probability
    median_miss : distance to the nearer end where the reference lies outside; 0 where none does
    """

    held: Interval
    below: float
    above: float
    films: int
    left_out: int
    median_width: float
    median_miss: float
    nominal: float = NOMINAL

    @property
    def words(self) -> str:
        """The finding as one sentence."""
        ends = (self.held.low, self.held.high)
        verdict = "as promised" if ends[0] <= self.nominal <= ends[1] else "less" if ends[1] < self.nominal else "more"
        left = f"; {self.left_out} films had no interval" if self.left_out else ""
        return (
            f"The interval over the outlines (nominal {self.nominal:.0%}) holds the probability with exact outlines in "
            f"{self.held.value:.1%} of {self.films} films (95% interval {ends[0]:.1%} to {ends[1]:.1%}): "
            f"{verdict if verdict == 'as promised' else f'{verdict} often than promised'}. Median width "
            f"{self.median_width:.3f}, median miss outside it {self.median_miss:.3f}{left}."
        )


def interval_coverage(interval: np.ndarray, reference: np.ndarray, nominal: float = NOMINAL) -> Coverage:
    """Judge ``interval`` (films, 2; low and high) by ``reference`` (films), one film a subject; NaN where there is none.

    Raises `UsageError` where no film has both, or an interval is upside down.
    """
    known = np.isfinite(interval).all(1) & np.isfinite(reference)
    if not known.any():
        raise UsageError("coverage", "has no film with both an interval and a reference", "Score films with exact outlines")
    (low, high), wanted = interval[known].T, reference[known]
    if (low > high).any():
        wrong = int(np.flatnonzero(known)[low > high][0])
        raise UsageError(f"film number {wrong}", f"has the interval {interval[wrong]}", "Give the lower end first")
    miss = np.maximum(low - wanted, wanted - high)
    outside = miss > 0
    share = float(1 - outside.mean())
    return Coverage(
        held=Interval(share, *wilson_interval(share, len(wanted))),
        below=float((wanted < low).mean()),
        above=float((wanted > high).mean()),
        films=len(wanted),
        left_out=int((~known).sum()),
        median_width=float(np.median(high - low)),
        median_miss=float(np.median(miss[outside])) if outside.any() else 0.0,
        nominal=nominal,
    )
