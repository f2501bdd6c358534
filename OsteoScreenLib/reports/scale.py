"""Geometry of the drawn probability scale: both thresholds, the interval and the point."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.classification.values import Score, State
from OsteoScreenLib.words import percent, probability_words

WIDTH = 440.0
"""Length of the scale from 0 to 1, in SVG units."""


@dataclass(frozen=True)
class Zone:
    """A stretch of the scale with the state that it stands for; ``here`` where the film's state is this one."""

    x: float
    width: float
    name: str
    state: State
    here: bool


@dataclass(frozen=True)
class Scale:
    """Positions along the scale in SVG units (0 = probability 0, `WIDTH` = probability 1)."""

    zones: tuple[Zone, ...]
    thresholds: tuple[float, ...]
    point: float
    interval: tuple[float, float] | None
    text: str


def scale_of(score: Score) -> Scale | None:
    """Lay out the scale; ``None`` where no probability is given."""
    if score.probability is None:
        return None
    zones: tuple[Zone, ...] = ()
    thresholds: tuple[float, ...] = ()
    text = f"Probability {probability_words(score)} on a scale from 0% to 100%."
    point = score.operating_point
    if point is not None:
        low, high = WIDTH * point.rule_out, WIDTH * point.rule_in
        zones = (
            _zone(0.0, low, f"not flagged below {percent(point.rule_out)}", State.NOT_FLAGGED, score),
            _zone(low, high, "indeterminate between", State.INDETERMINATE, score),
            _zone(high, WIDTH, f"consider DXA from {percent(point.rule_in)}", State.CONSIDER_DXA, score),
        )
        thresholds = (low, high)
        text += f" Thresholds: not flagged below {percent(point.rule_out)}, consider DXA from {percent(point.rule_in)}."
    return Scale(
        zones=zones,
        thresholds=thresholds,
        point=WIDTH * score.probability,
        interval=None if score.interval is None else (WIDTH * score.interval[0], WIDTH * score.interval[1]),
        text=text,
    )


def _zone(start: float, end: float, name: str, state: State, score: Score) -> Zone:
    return Zone(start, end - start, name, state, here=score.state is state)
