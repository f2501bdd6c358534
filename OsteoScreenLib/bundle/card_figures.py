"""The figures of a classifier's ``results`` as a flat list, whatever a method or a measure is called.

``results`` holds, by the name of a measure, a number, a number with its interval as ``[value, low, high]``, or an object that
holds one of these for each method.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from OsteoScreenLib.bundle.card_values import Figure

_WORDS = {"auc": "AUC", "brier": "Brier score", "ece": "Calibration error", "f1": "F1"}


def figures_of(results: Any) -> tuple[Figure, ...]:
    """All figures in the order of ``results``; whatever is no number (texts, curves) is left to the classifier's own section."""
    if not isinstance(results, Mapping):
        return ()
    return tuple(_figures(results, ()))


def _figures(results: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Figure]:
    for key, value in results.items():
        place = (*path, str(key))
        if isinstance(value, Mapping):
            yield from _figures(value, place)
        elif isinstance(value, list):
            if len(value) == 3 and all(_number(each) for each in value) and value[1] <= value[2]:
                yield Figure(_name(place), float(value[0]), (float(value[1]), float(value[2])))
        elif _number(value):
            yield Figure(_name(place), float(value))


def _name(path: tuple[str, ...]) -> str:
    measure = _WORDS.get(path[0], path[0].replace("_", " ").capitalize())
    return ", ".join([measure, *path[1:]])


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
