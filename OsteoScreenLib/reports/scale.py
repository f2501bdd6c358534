"""Geometry of the drawn probability scale: both operating points with their labels, the interval and the point."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.classification.values import OperatingPoint, Score, State
from OsteoScreenLib.words import percent, probability_words

WIDTH = 440.0
"""Length of the scale from 0 to 1, in SVG units."""
LABEL_WIDTH = 215.0
"""Room for one threshold's label in letters 13 units high; two of them fit beside each other."""


@dataclass(frozen=True)
class Zone:
    """A stretch of the scale with the state that it stands for; ``here`` where the film's state is this one."""

    x: float
    width: float
    name: str
    state: State
    here: bool


@dataclass(frozen=True)
class Threshold:
    """One operating point on the scale: ``x`` of its mark, ``label_x`` of the middle of its two lines of words."""

    x: float
    label_x: float
    name: str
    worth: str


@dataclass(frozen=True)
class Scale:
    """Positions along the scale in SVG units (0 = probability 0, `WIDTH` = probability 1)."""

    zones: tuple[Zone, ...]
    thresholds: tuple[Threshold, ...]
    point: float
    interval: tuple[float, float] | None
    text: str


def scale_of(score: Score) -> Scale | None:
    """Lay out the scale; ``None`` where no probability is given."""
    if score.probability is None:
        return None
    zones: tuple[Zone, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    text = f"Probability {probability_words(score)} on a scale from 0% to 100%."
    point = score.operating_point
    if point is not None:
        low, high = WIDTH * point.rule_out, WIDTH * point.rule_in
        zones = (
            _zone(0.0, low, "not flagged", State.NOT_FLAGGED, score),
            _zone(low, high, "indeterminate", State.INDETERMINATE, score),
            _zone(high, WIDTH, "consider DXA", State.CONSIDER_DXA, score),
        )
        thresholds = _thresholds(point)
        text += f" Thresholds: {'; '.join(f'{each.name}, {each.worth}' for each in thresholds)}."
    return Scale(
        zones=zones,
        thresholds=thresholds,
        point=WIDTH * score.probability,
        interval=None if score.interval is None else (WIDTH * score.interval[0], WIDTH * score.interval[1]),
        text=text,
    )


def _zone(start: float, end: float, name: str, state: State, score: Score) -> Zone:
    return Zone(start, end - start, name, state, here=score.state is state)


def _thresholds(point: OperatingPoint) -> tuple[Threshold, ...]:
    """Labels as near to their marks as they can be beside each other."""
    low, high = WIDTH * point.rule_out, WIDTH * point.rule_in
    middle = min(max((low + high) / 2, LABEL_WIDTH), WIDTH - LABEL_WIDTH)
    low_x = max(min(low, middle - LABEL_WIDTH / 2), LABEL_WIDTH / 2)
    high_x = min(max(high, middle + LABEL_WIDTH / 2), WIDTH - LABEL_WIDTH / 2)
    return (
        Threshold(
            low,
            low_x,
            f"below {percent(point.rule_out)}: not flagged",
            f"sensitivity {percent(point.sensitivity_at_rule_out)}, specificity {percent(point.specificity_at_rule_out)}",
        ),
        Threshold(
            high,
            high_x,
            f"from {percent(point.rule_in)}: consider DXA",
            f"sensitivity {percent(point.sensitivity_at_rule_in)}, specificity {percent(point.specificity_at_rule_in)}",
        ),
    )
