"""The panel says the state first, everything it rests on, and nothing it must not say; Qt draws it for both themes."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.workflow.presentation import BLACK, CAUTION, GREY, TONES, WHITE, html, view
from Testing.screening_results import OPERATING_POINT, make_screening_result


def result_of(state: State = State.INDETERMINATE, **options):
    return make_screening_result(state=state, **options)[0]


def plain(text: str) -> str:
    parts: list[str] = []
    parser = HTMLParser()
    parser.handle_data = parts.append  # type: ignore[method-assign]
    parser.feed(text)
    return " ".join(" ".join(parts).replace("\xa0", " ").split())


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        (State.CONSIDER_DXA, "flagged"),
        (State.INDETERMINATE, "unclear"),
        (State.NOT_FLAGGED, "clear"),
        (State.NOT_ANALYSABLE, "refused"),
    ],
)
def test_state_comes_first_in_words(state, tone) -> None:
    seen = view(result_of(state))
    assert (seen.headline, seen.tone) == (state.words, tone)
    assert plain(html(seen)).startswith(state.words)


def test_not_analysable_film_shows_no_number_but_the_reasons() -> None:
    refusal = QualityFinding("metal", Severity.REFUSAL, "A plate lies over the shafts.")
    result = result_of(State.NOT_ANALYSABLE)
    result = replace(result, quality=(*result.quality, refusal))
    # Even where a number was left behind.
    result = replace(result, score=replace(result.score, probability=0.42, interval=(0.3, 0.5), operating_point=OPERATING_POINT))
    seen = view(result)
    assert seen.probability_line == "Probability not shown: not analysable"
    assert seen.scale is None
    assert seen.reasons == ("No hand or wrist was found on this film.", "A plate lies over the shafts.")
    assert "42%" not in plain(html(seen))
    assert "\u25bc" not in html(seen)


def test_everything_that_a_clinician_must_see_is_said() -> None:
    text = plain(html(view(result_of())))
    for words in (
        "The probability lies between the two thresholds.",
        "38% (32% to 48%), interval over the plausible outlines",
        "Consider DXA from 55%: sensitivity 52%, specificity 90%",
        "Not flagged below 20%: sensitivity 90%, specificity 58%",
        "Figures from 400 subjects (simulated subjects). The probability assumes a prevalence of 25%",
        "Cortical index of the metacarpals: 0.500 (mean of 8 levels)",
        "2MCP: 0.500 (metacarpal 2 at mid-shaft)",
        "Trust: 8 levels good",
        "Radius at 50 mm: CCT 5.25 mm, W 14.50 mm (good)",
        "Metacarpal 4: at 40%, 50% of its length from the base",
        "Warning: Metacarpal 1 was not found.",
        RESEARCH_USE_NOTICE,
        "Model test-bundle 1.2.3, SHA-256 c0ffeec0ffee",
        "Trained on: 1,000 simulated hand films",
        "adults only",
        "synthetic hand.dcm; left; pixel spacing 0.14 x 0.15 mm (detector spacing, not corrected for magnification)",
        "Made 2026-01-02 03:04 UTC by OsteoScreen 0.0.test in 0.9 s",
    ):
        assert words in text, words
    assert "T-score" not in text


def test_millimetres_only_where_the_spacing_is_trusted() -> None:
    trusted, unknown = view(result_of()), view(result_of(spacing=Spacing(), laterality=Laterality.UNKNOWN))
    assert any(re.search(r"mean \d\.\d\d mm", line) for line in trusted.index_details)
    assert not re.search(r"\d mm", plain(html(unknown)))
    assert "pixel spacing unknown" in unknown.film_line
    assert "side not stated" in unknown.film_line


def test_film_without_a_measured_cortex_says_so() -> None:
    result = result_of()
    nothing = replace(result.radiogrammetry, levels=(), mean_mci=None, radius=(), radius_rejected=())
    result = replace(result, radiogrammetry=nothing)
    seen = view(result)
    assert seen.index_line == "Cortical index of the metacarpals: not measured"
    assert seen.index_details == ()


def test_findings_come_by_severity_and_their_absence_is_said() -> None:
    found = [QualityFinding(each.value, each, f"About {each.value}.") for each in Severity]
    seen = view(replace(result_of(), quality=tuple(found)))
    assert [text for _, text in seen.findings] == [
        "About refusal.",
        "About indeterminate.",
        "About warning.",
        "About info.",
    ]
    assert "Nothing found that speaks against" in html(view(replace(result_of(), quality=())))


def test_everything_from_a_file_is_escaped() -> None:
    attack = "<img src=x onerror=alert(1)>&amp;\"'"
    result = result_of()
    result = replace(
        result,
        quality=(QualityFinding("x", Severity.WARNING, attack),),
        score=replace(result.score, reasons=(attack,), operating_point=replace(OPERATING_POINT, population=attack)),
        bundle=replace(result.bundle, name=attack, version=attack, training_data=attack, limits=(attack,)),
        film=replace(result.film, source=replace(result.film.source, name=attack)),
    )
    page = html(view(result, caution=attack))
    assert "<img" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;&amp;amp;&quot;&#x27;") == 9


def test_caution_stands_above_the_state() -> None:
    text = plain(html(view(result_of(), caution="The pixel spacing changed since.")))
    assert text.startswith("The pixel spacing changed since. Indeterminate")


class Rows(HTMLParser):
    """Rows of cell widths in per cent, with background and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[int, str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes) -> None:
        values = dict(attributes)
        if tag == "tr":
            self.rows.append([])
        if tag == "td" and "width" in values:
            self.rows[-1].append((int(values["width"].rstrip("%")), values.get("bgcolor", ""), ""))

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            width, background, text = self.rows[-1][-1]
            self.rows[-1][-1] = (width, background, (text + data).strip("\xa0"))


def scale_rows(result) -> list[list[tuple[int, str, str]]]:
    page = html(view(result))
    return [row for row in Rows(page[: page.index("Consider DXA from")]).rows if row]


def test_scale_shows_point_interval_and_both_thresholds() -> None:
    point, interval, zones, ends = scale_rows(result_of())
    assert point[:2] == [(36, "", ""), (4, "", "\u25bc")]
    assert [(width, bool(background)) for width, background, _ in interval] == [(32, False), (16, True), (52, False)]
    assert zones == [
        (20, TONES["clear"], ""),
        (35, TONES["unclear"], "indeterminate"),
        (45, TONES["flagged"], "consider DXA"),
    ]
    assert [(width, text) for width, _, text in ends] == [(20, "20%"), (35, "55%"), (45, "100%")]


@pytest.mark.parametrize("probability", [0.0, 0.001, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("thresholds", [(0.0, 1.0), (0.004, 0.006), (0.5, 0.5), (0.2, 0.55)])
def test_every_row_of_the_scale_is_full(probability: float, thresholds: tuple[float, float]) -> None:
    result = result_of()
    point = replace(OPERATING_POINT, rule_out=thresholds[0], rule_in=thresholds[1])
    score = replace(result.score, probability=probability, interval=(probability, probability), operating_point=point)
    for row in scale_rows(replace(result, score=score)):
        assert sum(width for width, _, _ in row) == 100
        assert all(width > 0 for width, _, _ in row)


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_on_a_background_of_its_own_can_be_read() -> None:
    assert all(contrast(WHITE, background) >= 4.5 for background in TONES.values())
    assert contrast(BLACK, CAUTION) >= 4.5
    # Bars on the themes' own backgrounds (WCAG 2.1, 1.4.11).
    assert all(contrast(GREY, theme) >= 3.0 for theme in ("#ffffff", "#2a2a2a"))


def test_own_colours_come_only_in_pairs() -> None:
    for state in State:
        page = html(view(result_of(state), caution="Changed."))
        outside = re.sub(r"<td[^>]*bgcolor.*?</td>", "", page, flags=re.DOTALL)
        assert "color" not in outside


@pytest.fixture(scope="module")
def application():
    import os

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    widgets = pytest.importorskip("PySide6.QtWidgets")
    return widgets.QApplication.instance() or widgets.QApplication([])


@pytest.mark.parametrize("width", [260, 330, 520])
@pytest.mark.parametrize("state", State)
def test_qt_draws_it_within_a_narrow_panel(application, state: State, width: int) -> None:
    from PySide6.QtWidgets import QTextBrowser

    browser = QTextBrowser()
    browser.setHtml(html(view(result_of(state), caution="Changed since: screen the film again.")))
    browser.resize(width, 1200)
    browser.show()
    application.processEvents()
    assert browser.horizontalScrollBar().maximum() == 0
    text = browser.toPlainText().strip()
    assert text.startswith("Changed since")
    assert state.words in text
    assert RESEARCH_USE_NOTICE in text
    assert "<" not in text
