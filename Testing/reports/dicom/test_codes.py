"""Our own codes are documented, short enough for every reader, and unambiguous."""

from __future__ import annotations

from pathlib import Path

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.reports.dicom import codes

PAGE = Path(__file__).resolve().parents[3] / "docs" / "dicom.md"


def own_codes() -> list[codes.Words]:
    constants = [value for value in vars(codes).values() if isinstance(value, tuple) and len(value) == 3]
    words = [*constants, *map(codes.state_words, State), *map(codes.severity_words, Severity)]
    return [each for each in words if each[0] == codes.SCHEME]


def test_every_code_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(own_codes()) > 40
    assert [value for _, value, _ in own_codes() if f"`{value}`" not in text] == []


def test_codes_are_short_and_mean_one_thing() -> None:
    """16 characters are the most of a Code Value (PS3.3 8.1); a meaning has 64."""
    words = own_codes()
    assert [value for _, value, meaning in words if len(value) > 16 or len(meaning) > 64] == []
    assert len({value for _, value, _ in words}) == len({meaning for *_, meaning in words}) == len(words)
