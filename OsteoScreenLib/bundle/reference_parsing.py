"""The section ``reference`` of ``bundle.json``: how the model's own results were spread over films that it was tried on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from OsteoScreenLib.classification.values import State

if TYPE_CHECKING:
    from OsteoScreenLib.bundle.schema import Section

QUANTILES = 11
"""0 %, 10 % ... 100 %."""
MEASURES = ("probability", "mean_mci")


def parse_reference(section: Section) -> Mapping[str, Any]:
    """The section with every field checked. Raises `BundleError`.

    Example::

        {"films": 500, "kind": "simulated films",
         "states": {"consider_dxa": 0.1, "indeterminate": 0.4, "not_flagged": 0.3, "not_analysable": 0.2},
         "findings": {"spacing_unknown": 0.5, ...},
         "quantiles": {"probability": [0.01, ... 0.9], "mean_mci": [0.2, ... 0.6]}}
    """
    states, findings, quantiles = (section.section(name) for name in ("states", "findings", "quantiles"))
    return {
        "films": section.count("films", 1, 10**9),
        "kind": section.text("kind"),
        "states": {state.value: states.number(state.value, 0.0, 1.0) for state in State},
        "findings": {code: findings.number(code, 0.0, 1.0) for code in findings.content},
        "quantiles": {measure: _rising(quantiles, measure) for measure in MEASURES},
    }


def _rising(section: Section, key: str) -> tuple[float, ...]:
    found = section.numbers(key, 0.0, 1.0)
    if len(found) != QUANTILES:
        raise section.fault(key, f"has {len(found)} numbers, not {QUANTILES}")
    if list(found) != sorted(found):
        raise section.fault(key, "has numbers that fall")
    return found
