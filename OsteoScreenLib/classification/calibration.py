"""From the mean of the bones' probabilities to a probability that comes true: a line on the logit, or a rising broken line."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bundle.schema import Section

Knots = tuple[tuple[float, ...], tuple[float, ...]]
"""Rising scores and the calibrated probability at each, never falling; straight lines between, level beyond the ends."""
MOST_KNOTS = 1000


def logit(probability: np.ndarray | np.floating | float) -> np.ndarray:
    """log(p / (1 - p)), finite at 0 and 1."""
    inside = np.clip(np.asarray(probability, float), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def calibrate(probability: np.ndarray, slope: float, intercept: float, knots: Knots | None) -> np.ndarray:
    """Calibrated probability of a mean probability over bones (any shape): by ``knots`` where there are any, else by the line."""
    if knots is not None:
        return np.asarray(np.interp(np.asarray(probability, float), *knots))
    return np.asarray(1 / (1 + np.exp(-(slope * logit(probability) + intercept))))


def read_knots(section: Section) -> Knots | None:
    """The field ``knots`` of a bundle's ``calibration``, ``[[score, ...], [probability, ...]]``; ``None`` where it is missing.

    Raises `BundleError` where it is no rising broken line within 0..1, or stands beside ``slope`` or ``intercept``.
    """
    if "knots" not in section.content:
        return None
    wanted = "two lists of as many numbers: scores and probabilities"
    found = section.value("knots", (list,), wanted)
    if len(found) != 2 or not all(isinstance(each, list) and _numbers(each) for each in found):
        raise section.fault("knots", f"is not {wanted}")
    scores, probabilities = (tuple(each) for each in found)
    if len(scores) != len(probabilities) or not 2 <= len(scores) <= MOST_KNOTS:
        raise section.fault(
            "knots", f"holds {len(scores)} scores and {len(probabilities)} probabilities, not 2 to {MOST_KNOTS} each"
        )
    if not all(0.0 <= number <= 1.0 for number in scores + probabilities):
        raise section.fault("knots", "holds a number outside 0 to 1")
    if (np.diff(scores) <= 0).any():
        raise section.fault("knots", "has scores that do not rise")
    if (np.diff(probabilities) < 0).any():
        raise section.fault("knots", "has probabilities that fall")
    both = [key for key in ("slope", "intercept") if key in section.content]
    if both:
        raise section.fault("knots", f"stands beside '{both[0]}', but only one of the two can hold")
    return tuple(map(float, scores)), tuple(map(float, probabilities))


def _numbers(values: list[object]) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
