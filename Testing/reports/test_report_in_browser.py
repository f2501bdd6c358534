"""The page in a real browser: it prints on one page, draws its pictures without a network, and can be heard as well as seen."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Patient
from OsteoScreenLib.reports.html import write_html_report
from Testing.reports.browser import Heard, chromium, heard, show
from Testing.screening_results import make_screening_result


@pytest.fixture(scope="module")
def browser() -> str:
    return chromium()


@pytest.mark.parametrize("paper", ["A4", "letter"])
@pytest.mark.parametrize("state", [State.INDETERMINATE, State.NOT_ANALYSABLE])
def test_report_with_many_findings_prints_on_one_page(tmp_path, browser: str, state: State, paper: str) -> None:
    result, radiograph = make_screening_result(state=state)
    findings = tuple(
        QualityFinding(str(n), severity, f"A finding of the usual length about the film, number {n} of all that there are.")
        for n, severity in enumerate((Severity.INDETERMINATE, *4 * (Severity.WARNING,), *8 * (Severity.INFO,)))
    )
    bundle = replace(
        result.bundle,
        training_data="A sentence about simulated films. " * 14,
        limits=("A limit that needs a little more than one line, as limits that are worth reading often do.",) * 5,
    )
    page = tmp_path / "report.html"
    patient = Patient("A Name of the Usual Length", "ID 123456", "1950-12-24")
    write_html_report(replace(result, quality=findings, bundle=bundle), radiograph, page, patient=patient)
    # What the person who prints chooses in the dialogue.
    page.write_text(page.read_text("utf-8").replace("</head>", f"<style>@page {{ size: {paper}; }}</style></head>"), "utf-8")
    show(browser, tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") == 1


def test_report_draws_film_and_outlines_in_a_narrow_window(tmp_path, browser: str) -> None:
    result, radiograph = make_screening_result(state=State.CONSIDER_DXA)
    page = tmp_path / "report.html"
    write_html_report(result, radiograph, page)
    show(browser, tmp_path, page, "--window-size=500,2400", f"--screenshot={tmp_path / 'report.png'}")
    image = np.asarray(Image.open(tmp_path / "report.png").convert("RGB")).astype(int)
    assert image.shape[1] == 500
    assert (image.sum(axis=2) < 150).mean() > 0.1, "the dark background of two films"
    saturation = image.max(axis=2) - image.min(axis=2)
    assert (saturation > 100).mean() > 0.005, "outlines and uncertainty in colour"
    assert (image[:, -1] > 230).all(), "nothing reaches over the right edge"


def test_screen_reader_meets_landmarks_headings_and_named_pictures(tmp_path, browser: str) -> None:
    result, radiograph = make_screening_result()
    page = tmp_path / "report.html"
    write_html_report(result, radiograph, page)
    things = heard(browser, tmp_path, page)
    by_role: dict[str, list[Heard]] = {}
    for thing in things:
        by_role.setdefault(thing.role, []).append(thing)
    assert [len(by_role[role]) for role in ("banner", "main", "contentinfo")] == [1, 1, 1]
    levels = [thing.properties["level"] for thing in by_role["heading"]]
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert by_role["heading"][1].name == State.INDETERMINATE.words
    unnamed = [thing for role in ("image", "table", "region", "checkbox") for thing in by_role[role] if not thing.name.strip()]
    assert unnamed == []
    pictures = " ".join(thing.name for thing in by_role["image"])
    assert "Probability 38% (32% to 48%)" in pictures
    assert "below 20%: not flagged, sensitivity 90%, specificity 58%" in pictures
    assert "Metacarpal 3 enlarged" in pictures
    assert len(by_role["columnheader"]) == 8 + 5
    rows = [thing.name for thing in by_role["rowheader"]]
    assert rows.count("50%") == 3, "every level heads its row"
    assert "Metacarpal 1" in rows


def test_screen_reader_hears_of_a_refused_film_why(tmp_path, browser: str) -> None:
    result, radiograph = make_screening_result(state=State.NOT_ANALYSABLE)
    page = tmp_path / "report.html"
    write_html_report(result, radiograph, page)
    words = [thing.name for thing in heard(browser, tmp_path, page) if thing.role == "StaticText"]
    assert words.index(State.NOT_ANALYSABLE.words) < words.index(result.score.reasons[0])
