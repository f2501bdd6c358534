"""The PDF: one page with everything, selectable, the same bytes for the same result, and safe from what files say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiograph.values import Patient, Radiograph, Spacing
from OsteoScreenLib.reports.paper import Paper
from OsteoScreenLib.reports.pdf import pdf_report, write_pdf_report
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.screening_results import make_screening_result
from Testing.system_programs import require_program


def text_of(data: bytes, folder: Path) -> str:
    """All words, in the order in which they were written, on one line."""
    path = folder / "report.pdf"
    path.write_bytes(data)
    done = subprocess.run(
        [require_program("poppler-utils", "pdftotext"), "-raw", path, "-"], capture_output=True, check=True, timeout=60
    )
    return " ".join(done.stdout.decode("utf-8").split())


def picture_of_page(data: bytes, folder: Path) -> np.ndarray:
    path = folder / "report.pdf"
    path.write_bytes(data)
    subprocess.run(
        [require_program("poppler-utils", "pdftoppm"), "-r", "80", "-png", path, folder / "page"], check=True, timeout=60
    )
    (page,) = folder.glob("page*.png")
    return np.asarray(Image.open(page).convert("RGB")).astype(int)


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", data))


def talkative(state: State = State.INDETERMINATE, many: int = 14) -> tuple[ScreeningResult, Radiograph]:
    """A result with many findings, long limits, and seven bones measured at five levels each."""
    result, radiograph = make_screening_result(state=state)
    severities = (Severity.WARNING, Severity.INFO)
    findings = tuple(
        QualityFinding(str(n), severities[n % 2], f"Finding number {n} is about the film and of the usual length, as they are.")
        for n in range(many)
    )
    level = result.radiogrammetry.levels[0]
    levels = tuple(replace(level, bone=bone, level=part) for bone in BONES for part in (0.3, 0.4, 0.5, 0.6, 0.7))
    bundle = replace(
        result.bundle,
        training_data="A sentence about simulated films. " * many,
        limits=("A limit that needs a little more than one line, as limits that are worth reading often do.",) * many,
    )
    radiogrammetry = replace(result.radiogrammetry, levels=levels)
    return replace(result, quality=findings, bundle=bundle, radiogrammetry=radiogrammetry), radiograph


@pytest.mark.parametrize("paper", list(Paper))
def test_page_holds_everything_that_has_to_be_known(tmp_path, paper: Paper) -> None:
    result, radiograph = make_screening_result()
    level = result.radiogrammetry.levels[0]
    data = pdf_report(result, radiograph, paper=paper)
    assert pages(data) == 1
    text = text_of(data, tmp_path)
    for wanted in (
        "Indeterminate",
        "Probability of osteoporosis 38% (32% to 48%)",
        "Mean cortical index 0.500 (mean of 8 levels)",
        "below 20%: not flagged",
        "sensitivity 90%, specificity 58%",
        "from 55%: consider DXA",
        "sensitivity 52%, specificity 90%",
        "This film: indeterminate.",
        *(each.text for each in result.quality),
        *result.score.reasons,
        *result.bundle.limits,
        result.bundle.training_data,
        result.bundle.intended_use,
        f"{result.bundle.name} {result.bundle.version}",
        f"OsteoScreen {result.software_version}",
        "2.25.1",
        "2026-01-02 03:04 UTC",
        f"W {level.outer_width_mm:.2f} mm",
        f"d {level.medullary_width_mm:.2f} mm",
        "Not measured at 60%: Only 2 of 9 profiles show both cortices.",
    ):
        assert wanted in text, wanted
    joined = text.replace(" ", "")
    assert result.bundle.sha256 in joined
    assert result.film.source.sha256 in joined
    assert text.count(RESEARCH_USE_NOTICE) == 2


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_said_in_words(tmp_path, state: State) -> None:
    result, radiograph = make_screening_result(state=state)
    text = text_of(pdf_report(result, radiograph), tmp_path)
    assert state.words in text
    assert ("robability" in text) == (state is not State.NOT_ANALYSABLE)


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("state", [State.INDETERMINATE, State.NOT_ANALYSABLE])
def test_much_to_say_still_fits_on_one_page_and_every_finding_is_on_it(tmp_path, paper: Paper, state: State) -> None:
    result, radiograph = talkative(state)
    data = pdf_report(result, radiograph, paper=paper)
    assert pages(data) == 1
    text = text_of(data, tmp_path)
    for finding in result.quality:
        assert finding.text in text
    assert result.bundle.sha256 in text.replace(" ", "")
    assert text.count(RESEARCH_USE_NOTICE) == 2
    assert "see report.html" not in re.sub(r"Model trained on.*?see report.html", "", text)


def test_more_than_a_page_can_hold_is_cut_and_says_so(tmp_path) -> None:
    result, radiograph = talkative(many=400)
    data = pdf_report(result, radiograph, paper=Paper.LETTER)
    assert pages(data) == 1
    text = text_of(data, tmp_path)
    assert re.search(r"\d+ more: see report.html", text)
    assert text.count(RESEARCH_USE_NOTICE) == 2
    assert result.bundle.sha256 in text.replace(" ", "")


def test_endless_texts_are_cut(tmp_path) -> None:
    result, radiograph = make_screening_result()
    bundle = replace(result.bundle, training_data="x" * 1_000_000, limits=("word " * 200_000,) * 3)
    findings = (QualityFinding("x", Severity.WARNING, "One of very many."),) * 50_000
    data = pdf_report(replace(result, bundle=bundle, quality=findings), radiograph)
    assert pages(data) == 1
    assert "see report.html" in text_of(data, tmp_path)


@pytest.mark.parametrize("paper", list(Paper))
def test_words_stay_within_the_margins(tmp_path, paper: Paper) -> None:
    result, radiograph = talkative()
    long = "W" * 300
    result = replace(
        result,
        film=replace(result.film, source=replace(result.film.source, sop_instance_uid=None, name=long)),
        score=replace(result.score, reasons=(long,)),
    )
    image = picture_of_page(pdf_report(result, radiograph, paper=paper, patient=Patient(long, long, long)), tmp_path)
    margin = 28 * 80 // 72 - 3
    for edge in (image[:margin], image[-margin:], image[:, :margin], image[:, -margin:]):
        assert (edge == 255).all()


def test_page_shows_film_and_coloured_outlines(tmp_path) -> None:
    result, radiograph = make_screening_result(shape=(400, 320))
    image = picture_of_page(pdf_report(result, radiograph), tmp_path)
    assert (image.sum(axis=2) < 150).mean() > 0.03, "the dark ground of two films"
    saturation = image.max(axis=2) - image.min(axis=2)
    assert (saturation > 100).mean() > 0.003, "outlines and uncertainty in colour"


@pytest.mark.parametrize("shape", [(60, 600), (600, 60), (200, 160)])
def test_very_wide_and_very_tall_films_fit(shape: tuple[int, int]) -> None:
    result, radiograph = make_screening_result(shape=shape, spacing=Spacing())
    assert pages(pdf_report(result, radiograph)) == 1


def test_same_result_gives_the_same_bytes(tmp_path) -> None:
    result, radiograph = make_screening_result()
    write_pdf_report(result, radiograph, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == pdf_report(result, radiograph)


def test_patient_is_named_only_where_one_is_given(tmp_path) -> None:
    result, radiograph = make_screening_result()
    assert "Patient" not in text_of(pdf_report(result, radiograph), tmp_path)
    text = text_of(pdf_report(result, radiograph, patient=Patient("Doe, Jane", "A 7", None)), tmp_path)
    assert "Patient: Doe, Jane Patient ID: A 7 Born: not stated" in text


def test_names_of_other_scripts_are_drawn_or_seen_to_be_missing(tmp_path) -> None:
    result, radiograph = make_screening_result()
    text = text_of(pdf_report(result, radiograph, patient=Patient("Łukasiewicz, Анна", "Übel", None)), tmp_path)
    assert "Łukasiewicz, Анна" in text
    assert "Übel" in text
    assert "question mark" not in text
    text = text_of(pdf_report(result, radiograph, patient=Patient("山田 כהן", None, None)), tmp_path)
    assert "Patient: ?? ???" in text
    assert "A question mark can stand for a letter" in text


def test_words_of_a_file_stay_words(tmp_path) -> None:
    result, radiograph = make_screening_result()
    evil = "<b color='exec(1)'>x</b> & ) Tj (\\ endstream"
    control = "a\x00b\x07c\x1bd\ud800e"
    result = replace(
        result,
        film=replace(result.film, source=replace(result.film.source, name=evil, sop_instance_uid=None)),
        bundle=replace(result.bundle, name=evil, training_data=control, limits=(evil, control), intended_use=evil),
        quality=(QualityFinding("x", Severity.WARNING, evil),),
        score=replace(result.score, reasons=(evil, control)),
        software_version=control,
    )
    data = pdf_report(result, radiograph, patient=Patient(evil, control, evil))
    assert pages(data) == 1
    assert text_of(data, tmp_path).count(evil) >= 7


def test_file_says_what_it_is_and_in_which_language(tmp_path) -> None:
    result, radiograph = make_screening_result()
    (tmp_path / "report.pdf").write_bytes(pdf_report(result, radiograph))
    done = subprocess.run(
        [require_program("poppler-utils", "pdfinfo"), tmp_path / "report.pdf"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    facts = dict(re.findall(r"^(\w[\w ]*):\s+(.*)$", done.stdout, re.MULTILINE))
    assert facts["Title"] == "OsteoScreen: Indeterminate: 2.25.1"
    assert facts["Author"] == f"OsteoScreen {result.software_version}"
    assert facts["Subject"] == RESEARCH_USE_NOTICE
    assert facts["JavaScript"] == "no"
    assert b"/Lang (en)" in (tmp_path / "report.pdf").read_bytes()


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (210, 297)), (Paper.LETTER, (215.9, 279.4))])
def test_paper_has_its_size(paper: Paper, size: tuple[float, float]) -> None:
    result, radiograph = make_screening_result()
    found = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf_report(result, radiograph, paper=paper))
    assert found is not None
    assert [float(side) / 72 * 25.4 for side in found.groups()] == pytest.approx(size, abs=0.1)
