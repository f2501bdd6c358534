"""Checks the ``model_card`` object of ``bundle.json``.

::

    "model_card": {
      "outlines": "simulated films", "score": "simulated films", "figures_from": "simulated films",
      "developers": "...", "contact": "...", "licence": "...", "date": "2026-11-30",
      "purpose": "...", "users": "...", "setting": "...", "period": "...",
      "reference_standard": "...", "evaluation_data": "...",
      "out_of_scope": ["..."], "failure_modes": ["..."],
      "figures": [{"name": "AUC, network", "value": 0.81, "interval": [0.76, 0.86]}, {"name": "Brier score", "value": 0.1}]
    }

``score`` and ``figures_from`` are null without a classifier.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING

from OsteoScreenLib.bundle.card_values import Figure, FilmOrigin, ModelCard

if TYPE_CHECKING:
    from OsteoScreenLib.bundle.schema import Section

_TEXTS = (
    "developers", "contact", "licence", "purpose", "users", "setting", "period", "reference_standard", "evaluation_data",
)  # fmt: skip
_LARGEST = 1e9


def parse_card(section: Section, *, scored: bool) -> ModelCard:
    """The card of a bundle; ``scored`` tells whether it has a classifier. Raises `BundleError` naming the wrong field."""
    known = [item.name for item in fields(ModelCard)]
    unknown = sorted(set(section.content) - set(known))
    if unknown:
        raise section.fault(unknown[0], f"is unknown; known are {', '.join(known)}")
    outlines = _origin(section, "outlines")
    if outlines is None:
        raise section.fault("outlines", "is null, not what films the outlines were trained on")
    score, figures_from = (_origin_of_score(section, key, scored) for key in ("score", "figures_from"))
    texts = {key: section.text(key) for key in _TEXTS}
    return ModelCard(
        outlines=outlines,
        score=score,
        figures_from=figures_from,
        date=_date(section),
        out_of_scope=section.texts("out_of_scope"),
        failure_modes=section.texts("failure_modes"),
        figures=tuple(_figure(item) for item in section.sections("figures")),
        **texts,
    )


def _origin_of_score(section: Section, key: str, scored: bool) -> FilmOrigin | None:
    origin = _origin(section, key)
    if scored and origin is None:
        raise section.fault(key, "is null, although the bundle has a classifier")
    if not scored and origin is not None:
        raise section.fault(key, f"is '{origin.value}', although the bundle has no classifier")
    return origin


def _origin(section: Section, key: str) -> FilmOrigin | None:
    if key in section.content and section.content[key] is None:
        return None
    found = section.text(key)
    try:
        return FilmOrigin(found)
    except ValueError:
        wanted = ", ".join(f"'{origin.value}'" for origin in FilmOrigin)
        raise section.fault(key, f"is '{found[:60]}', not one of {wanted}") from None


def _date(section: Section) -> str:
    found = section.text("date")
    try:
        return date.fromisoformat(found).isoformat()
    except ValueError:
        raise section.fault("date", f"is '{found[:60]}', not a day such as 2026-11-30") from None


def _figure(section: Section) -> Figure:
    value = section.number("value", -_LARGEST, _LARGEST)
    interval = None
    if section.content.get("interval") is not None:
        ends = section.numbers("interval", -_LARGEST, _LARGEST)
        if len(ends) != 2 or ends[0] > ends[1]:
            raise section.fault("interval", "is not the lower and the upper end of an interval")
        interval = (ends[0], ends[1])
    return Figure(section.text("name"), value, interval)
