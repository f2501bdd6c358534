"""A model bundle's card as Slicer's panel shows it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bundle.card_words import card_headline, card_sections, card_title
from OsteoScreenLib.bundle.values import Bundle


def model_card(bundle: Bundle) -> str:
    """The whole card as the HTML that Qt's text browsers draw; everything in it is escaped."""
    parts = [
        f"<h4>{escape(card_title(bundle))}</h4>",
        f"<p><b>{escape(card_headline(bundle))}</b></p>",
        _paragraph(RESEARCH_USE_NOTICE),
    ]
    for section in card_sections(bundle):
        parts.append(_section(section.title, section.lines))
        if section.rows:
            rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in section.rows)
            parts.append(f'<table cellpadding="2" style="margin-left:6px">{rows}</table>')
    return "".join(parts)


def fault_card(name: str, fault: str) -> str:
    """The card of a bundle that cannot be used."""
    return f"<h4>{escape(name)}</h4>{_section('This model cannot be used', [fault])}"


def _section(title: str, lines: Iterable[str]) -> str:
    return f"<p><b>{escape(title)}</b></p>" + "".join(_paragraph(line) for line in lines if line)


def _paragraph(line: str) -> str:
    return f'<p style="margin-top:2px; margin-bottom:2px; margin-left:8px">{escape(line)}</p>'
