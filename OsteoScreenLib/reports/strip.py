"""The strip below the picture: what has to travel with a picture that leaves its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.reports.colours import STATE_COLOURS
from OsteoScreenLib.reports.fonts import drawable, font_path
from OsteoScreenLib.reports.lines import wrapped
from OsteoScreenLib.words import date_words, film_words, model_words, probability_words, side_words

if TYPE_CHECKING:
    from PIL import ImageFont

    from OsteoScreenLib.screening.values import ScreeningResult

_GROUND, _INK, _SOFT = "#14181d", "#ffffff", "#c3cad2"
_LINES_OF_A_PART = 3


def strip_of(result: ScreeningResult, width: int, em: int) -> np.ndarray:
    """State, film, model with what it was trained on, and the notice; uint8, rows x ``width`` x 3, letters ``em`` pixels high."""
    from PIL import Image, ImageDraw, ImageFont

    def font(name: str, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(font_path(name), size, layout_engine=ImageFont.Layout.BASIC)

    plain, bold, large = font("DejaVuSans", em), font("DejaVuSans-Bold", em), font("DejaVuSans-Bold", round(1.35 * em))
    left = 2 * em
    lines: list[tuple[str, ImageFont.FreeTypeFont, str]] = []
    for text, used, colour in (
        (_state(result), large, _INK),
        (
            f"Film: {film_words(result.film.source)}, {side_words(result.film.laterality)}. {date_words(result.created)}.",
            plain,
            _SOFT,
        ),
        (f"Model: {model_words(result.bundle)}. Trained on: {result.bundle.training_data}", plain, _SOFT),
        (RESEARCH_USE_NOTICE, bold, _INK),
    ):
        most = None if text == RESEARCH_USE_NOTICE else _LINES_OF_A_PART
        lines += [(line, used, colour) for line in wrapped(drawable(text), width - left - em, used.getlength, most)]
    heights = [round(1.4 * used.size) for _, used, _ in lines]
    image = Image.new("RGB", (width, sum(heights) + 2 * em), _GROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, em // 2, image.height), fill=STATE_COLOURS[result.score.state])
    y = em
    for (line, used, colour), height in zip(lines, heights, strict=True):
        draw.text((left, y), line, font=used, fill=colour)
        y += height
    return np.asarray(image)


def _state(result: ScreeningResult) -> str:
    words = result.score.state.words
    if result.score.state is State.NOT_ANALYSABLE:
        return words
    return f"{words}: probability of osteoporosis {probability_words(result.score)}"
