"""The page in a real browser: it prints on one page and draws its pictures without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.reports.html import write_html_report
from Testing.screening_results import make_screening_result

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("OSTEOSCREEN_REQUIRE_SYSTEM_PROGRAMS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def show(browser: str, folder: Path, page: Path, *arguments: str) -> None:
    subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments, page.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )


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
    write_html_report(replace(result, quality=findings, bundle=bundle), radiograph, page)
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
