"""A model bundle in words: what it was trained on, what it is for, what it cannot, and how good it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.words import operating_point_words

UNTESTED = "No figures of its outlines are stored with this model."


def model_card(bundle: Bundle) -> str:
    """The whole card as the HTML that Qt's text browsers draw; everything in it is escaped."""
    parts = [
        f"<h4>{escape(bundle.name)} {escape(bundle.version)}</h4>",
        _paragraph("Research use only. Not a medical device."),
        _section("Trained on", [bundle.training_data]),
        _section("Intended use", [bundle.intended_use]),
        _section("Limits", bundle.limits),
        _section("Outlines", outline_lines(bundle)),
        _section("Score", score_lines(bundle)),
        _section("Hash (SHA-256 of bundle.json)", [bundle.sha256]),
    ]
    return "".join(parts)


def fault_card(name: str, fault: str) -> str:
    """The card of a bundle that cannot be used."""
    return f"<h4>{escape(name)}</h4>{_section('This model cannot be used', [fault])}"


def outline_lines(bundle: Bundle) -> tuple[str, ...]:
    """How well its outlines agreed with the true ones, on the films that its thresholds were chosen on."""
    thresholds = bundle.segmentation.thresholds
    films = max((each.films for each in thresholds.values()), default=0)
    if not films:
        return (UNTESTED,)
    head = f"Dice on the up to {films} films on which the thresholds were chosen (not a test):"
    return (head, ", ".join(f"{bone.title} {each.dice:.2f}" for bone, each in thresholds.items()))


def score_lines(bundle: Bundle) -> tuple[str, ...]:
    """How good its score was, on whom."""
    if bundle.classification is None:
        return ("This model gives outlines and measurements, no score.",)
    upper, lower, basis = operating_point_words(bundle.classification.operating_point)
    return (
        f"{upper}.",
        f"{lower}.",
        f"{basis}.",
        *_areas(bundle.classification.settings),
    )


def _areas(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Areas under the ROC curve with their 95 % intervals, where the bundle holds any."""
    results = settings.get("results")
    areas = results.get("auc") if isinstance(results, Mapping) else None
    lines = []
    for name, values in areas.items() if isinstance(areas, Mapping) else ():
        if isinstance(values, list) and len(values) == 3 and all(isinstance(each, float) for each in values):
            lines.append(f"AUC, {name}: {values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})")
    return tuple(lines)


def _section(title: str, lines: Iterable[str]) -> str:
    return f"<p><b>{escape(title)}</b></p>" + "".join(_paragraph(line) for line in lines if line)


def _paragraph(line: str) -> str:
    return f'<p style="margin-top:2px; margin-bottom:2px; margin-left:8px">{escape(line)}</p>'
