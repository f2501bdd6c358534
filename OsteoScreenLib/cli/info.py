"""``osteoscreen info``: the model card of a bundle, for a terminal, as Markdown or as JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.bundle.card_words import CardSection, card_document, card_headline, card_markdown, card_sections, card_title
from OsteoScreenLib.cli.status import ExitStatus

WIDEST = 100
NARROWEST = 50
"""Columns of text, whatever the terminal has."""
_INDENT = "  "


def info(given: argparse.Namespace) -> ExitStatus:
    """Print the model card. Raises `BundleError` where the bundle is missing or damaged."""
    bundle = load_bundle(given.bundle)
    if given.json:
        print(json.dumps(card_document(bundle), indent=2))
    elif given.markdown:
        print(card_markdown(bundle), end="")
    else:
        columns = shutil.get_terminal_size((WIDEST, 0)).columns
        print(card_text(bundle, min(max(columns, NARROWEST), WIDEST)))
    return ExitStatus.ANALYSED


def card_text(bundle: Bundle, width: int = WIDEST) -> str:
    """The whole card as text of at most ``width`` columns (words longer than that, such as hashes, are not broken)."""
    title = f"Model card: {card_title(bundle)}"
    lines = [title, "=" * len(title), *_wrapped(card_headline(bundle), width), "", *_wrapped(RESEARCH_USE_NOTICE, width)]
    for section in card_sections(bundle):
        lines += ["", section.title, *_section(section, width)]
    return "\n".join([*lines, "", *_wrapped(f"Read from {bundle.folder}", width)])


def _section(section: CardSection, width: int) -> list[str]:
    lines: list[str] = []
    several = len(section.lines) > 1
    for line in section.lines:
        lines += _wrapped(line, width, f"{_INDENT}- " if several else _INDENT, f"{_INDENT}  " if several else _INDENT)
    label = max((len(name) for name, _ in section.rows), default=0)
    for name, value in section.rows:
        lines += _wrapped(value, width, f"{_INDENT}{name:<{label}}  ", _INDENT + " " * (label + 2))
    return lines


def _wrapped(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
