"""Colours can be read by people who see little of them."""

from __future__ import annotations

import pytest

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.reports.colours import STATE_COLOURS, STATE_INKS
from OsteoScreenLib.reports.pdf_blocks import INK, SOFT, WASH


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("state", list(State))
def test_words_of_every_state_stand_out_from_their_ground(state: State) -> None:
    for ground in ("#ffffff", WASH, STATE_COLOURS[state]):
        assert contrast(STATE_INKS[state], ground) > 4.5
        assert contrast(INK, ground) > 7


def test_soft_words_still_stand_out() -> None:
    assert min(contrast(SOFT, "#ffffff"), contrast(SOFT, WASH)) > 7
