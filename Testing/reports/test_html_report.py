"""The page: complete, escaped, self-contained, and honest about what was not found."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import RejectedLevel, SetAside
from OsteoScreenLib.radiograph.values import Patient, Spacing
from OsteoScreenLib.reports.html import html_report
from OsteoScreenLib.reports.scale import LABEL_WIDTH, WIDTH, scale_of
from Testing.screening_results import OPERATING_POINT, REJECTED, make_score, make_screening_result

VOID = {"meta", "img", "input", "br", "link"}


class Page(HTMLParser):
    """Collects elements, text and nesting faults of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(**changes) -> Page:
    result, radiograph = make_screening_result(**changes)
    return Page(html_report(result, radiograph))


def picture_in(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition("base64,")[2]))))


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_said_in_words_on_a_well_formed_page(state: State) -> None:
    page = page_of(state=state)
    assert page.open == []
    assert state.words in page.text
    assert RESEARCH_USE_NOTICE in page.text


def test_page_says_what_made_it() -> None:
    result, radiograph = make_screening_result()
    text = Page(html_report(result, radiograph)).text
    for wanted in (
        result.bundle.training_data,
        result.bundle.intended_use,
        *result.bundle.limits,
        result.bundle.sha256,
        f"{result.bundle.name} {result.bundle.version}",
        result.film.source.sha256,
        str(result.film.source.sop_instance_uid),
        f"OsteoScreen {result.software_version}",
        "2026-01-02 03:04 UTC",
    ):
        assert wanted in text
    assert text.count(RESEARCH_USE_NOTICE) == 2, "above the result and at the foot of the printed page"


def test_film_is_called_by_its_uid_and_by_its_file_name_only_where_it_has_none() -> None:
    result, radiograph = make_screening_result()
    assert result.film.source.name not in html_report(result, radiograph)
    picture = replace(result.film.source, name="hand 7.png", file_format="PNG", sop_instance_uid=None)
    text = Page(html_report(replace(result, film=replace(result.film, source=picture)), radiograph)).text
    assert text.count("hand 7.png") == 3, "title, heading and film"


def test_patient_is_named_only_where_one_is_given() -> None:
    result, radiograph = make_screening_result()
    assert "Patient" not in html_report(result, radiograph)
    patient = Patient("Doe, Jane", None, "1950-12-24")
    text = Page(html_report(result, radiograph, patient=patient)).text
    assert "Patient Doe, Jane Patient ID not stated Born 1950-12-24" in text
    assert text.index("Doe, Jane") < text.index(result.score.state.words, text.index("OsteoScreen report"))


def test_page_needs_no_network_and_runs_no_script() -> None:
    result, radiograph = make_screening_result()
    text = html_report(result, radiograph)
    page = Page(text)
    assert not page.all("script")
    assert not page.all("link")
    sources = [
        str(attributes.get("src") or attributes.get("href"))
        for _, attributes in page.elements
        if {"src", "href"} & set(attributes)
    ]
    assert len(sources) == 3 + 4, "film, uncertainty, its colour bar and four shafts"
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r"url\(|@import|https?://", text)


def test_page_is_accessible() -> None:
    page = page_of()
    assert page.all("html")[0]["lang"] == "en"
    assert all(attributes.get("alt") for attributes in page.all("img"))
    assert all(attributes.get("role") == "img" and attributes.get("aria-labelledby") for attributes in page.all("svg"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(attributes["aria-labelledby"]) for _, attributes in page.elements if "aria-labelledby" in attributes} <= set(ids)
    assert all(attributes.get("scope") for attributes in page.all("th"))
    headings = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(headings)), "no level is left out"
    assert [len(page.all(landmark)) for landmark in ("header", "main", "footer")] == [1, 1, 1]
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attributes.get("aria-labelledby") for attributes in page.all("section"))
    assert page.text.count("(this film)") == 1, "the zone is not told by its colour alone"


def test_what_comes_from_a_file_is_escaped() -> None:
    evil = "<script>alert('x')</script>&\"><img src=http://a.b>"
    result, radiograph = make_screening_result()
    result = replace(
        result,
        film=replace(result.film, source=replace(result.film.source, name=evil, sop_instance_uid=evil)),
        bundle=replace(result.bundle, name=evil, training_data=evil, limits=(evil,), intended_use=evil),
        quality=(QualityFinding("x", Severity.WARNING, evil),),
        score=replace(result.score, reasons=(evil,)),
    )
    rejected = tuple(replace(each, reason=evil) for each in result.radiogrammetry.rejected)
    far = tuple(replace(each, reason=evil) for each in result.radiogrammetry.radius_rejected)
    levels = tuple(replace(each, set_aside=(SetAside(evil, 1),)) for each in result.radiogrammetry.levels)
    point = replace(OPERATING_POINT, population=evil)
    result = replace(
        result,
        radiogrammetry=replace(result.radiogrammetry, rejected=rejected, radius_rejected=far, levels=levels),
        score=replace(result.score, operating_point=point),
        film=replace(result.film, source=replace(result.film.source, sha256=evil, file_format=evil)),
        bundle=replace(result.bundle, version=evil, sha256=evil),
        software_version=evil,
        created=evil,
    )
    text = html_report(result, radiograph, patient=Patient(evil, evil, evil))
    page = Page(text)
    assert page.open == []
    assert "<script" not in text
    assert page.text.count(evil) > 20
    assert len(page.all("img")) == 2


def test_measurements_and_rejected_levels_are_in_the_table() -> None:
    result, radiograph = make_screening_result()
    text = Page(html_report(result, radiograph)).text
    level = result.radiogrammetry.levels[0]
    assert f"{level.outer_width_mm:.2f} {level.medullary_width_mm:.2f} good 8/9" in text
    assert f"Not measured at 60%: {REJECTED.reason}" in text
    assert "0.14 x 0.15 mm (detector spacing, not corrected for magnification)" in text
    assert "W (mm)" in text
    assert "W (px)" not in text


def test_indices_are_summed_up_first_and_given_by_level_behind() -> None:
    result, radiograph = make_screening_result()
    text = Page(html_report(result, radiograph)).text
    mid_shaft = [each.bone_health_index for each in result.radiogrammetry.levels if each.level == 0.5]
    assert "MCI 0.500 (mean of 8 levels) 2MCP 0.500 (metacarpal 2 at mid-shaft) PCA 0.750 (mean of the same levels)" in text
    assert f"BHI {np.mean(mid_shaft):.3f} (metacarpals 2 to 4 at mid-shaft, from cm) Trust 8 levels good" in text
    assert "Radius at 50 mm CCT 5.25 mm, W 14.50 mm (good) Radius at 70 mm Not on the film: it shows 61 mm" in text
    level = result.radiogrammetry.levels[0]
    indices = f"{level.exton_smith:.4f} {level.thickness_mm:.2f} {level.combined_thickness_mm:.2f} {level.cortical_area_mm2:.2f}"
    assert f"{indices} {level.volume_per_area_mm:.2f} {level.bone_health_index:.3f}" in text
    assert "1.0 % 3.2 1 the film is clipped there" in text


def test_without_millimetres_ratios_and_the_exton_smith_index_are_left() -> None:
    result, radiograph = make_screening_result(spacing=Spacing())
    text = Page(html_report(result, radiograph)).text
    assert f"0.500 0.750 {result.radiogrammetry.levels[0].exton_smith:.4f}" in text
    assert "BHI not given: it needs a trusted pixel spacing" in text
    assert "Radius The pixel spacing is not trusted" in text
    assert "CCT" not in text


def test_bone_without_any_measured_level_says_why_once() -> None:
    result, radiograph = make_screening_result()
    rejected = tuple(RejectedLevel(Bone.METACARPAL_2, level, "The head is cut.") for level in (0.4, 0.5, 0.6))
    levels = tuple(each for each in result.radiogrammetry.levels if each.bone is not Bone.METACARPAL_2)
    radiogrammetry = replace(result.radiogrammetry, levels=levels, rejected=rejected)
    text = Page(html_report(replace(result, radiogrammetry=radiogrammetry), radiograph)).text
    assert "Metacarpal 2 Not measured at 40%, 50%, 60%: The head is cut. Metacarpal 3" in text


def test_unknown_spacing_gives_no_millimetre() -> None:
    text = page_of(spacing=Spacing()).text
    assert "no millimetres are given" in text
    assert not re.search(r"\d mm|\(mm\)", text)
    assert "W (px)" in text


def test_not_analysable_film_shows_reasons_first_and_no_probability() -> None:
    result, radiograph = make_screening_result(state=State.NOT_ANALYSABLE)
    result = replace(result, score=replace(result.score, bones=make_score(State.INDETERMINATE).bones))
    page = Page(html_report(result, radiograph))
    assert "robability" not in page.text
    assert not re.search(r"\d% \(", page.text)
    reason = result.score.reasons[0]
    assert page.text.index(reason) < page.text.index("Cortical measurements")
    assert page.text.count(reason) == 2  # once as a reason, though a refusal says the same, and once under quality
    assert not any("Probability" in str(attributes) or "zone" in str(attributes) for _, attributes in page.elements)


def test_bones_that_were_not_found_are_said_so() -> None:
    assert "Metacarpal 1 not found" in page_of().text
    page = page_of(missing=BONES, state=State.NOT_ANALYSABLE)
    assert all(f"{bone.title} not found" in page.text for bone in BONES)
    assert "No level could be measured." in page.text
    assert "no bone was outlined" in page.text
    assert not page.all("input")


def test_scale_is_to_scale() -> None:
    scale = scale_of(make_score(State.INDETERMINATE))
    assert scale is not None
    assert scale.point == pytest.approx(0.375 * WIDTH)
    assert scale.interval == pytest.approx((0.325 * WIDTH, 0.475 * WIDTH))
    places = [each.x for each in scale.thresholds]
    assert places == pytest.approx([OPERATING_POINT.rule_out * WIDTH, OPERATING_POINT.rule_in * WIDTH])
    assert [zone.here for zone in scale.zones] == [False, True, False]
    assert sum(zone.width for zone in scale.zones) == pytest.approx(WIDTH)
    assert "38% (32% to 48%)" in scale.text
    assert scale_of(make_score(State.NOT_ANALYSABLE)) is None


def test_both_operating_points_are_labelled_with_what_they_are_worth() -> None:
    text = page_of().text
    assert "below 20%: not flagged sensitivity 90%, specificity 58%" in text
    assert "from 55%: consider DXA sensitivity 52%, specificity 90%" in text


@pytest.mark.parametrize(("rule_out", "rule_in"), [(0.0, 0.0), (0.01, 0.02), (0.1, 0.37), (0.5, 0.51), (0.0, 1.0), (0.98, 1.0)])
def test_labels_of_the_thresholds_lie_beside_each_other_on_the_scale(rule_out: float, rule_in: float) -> None:
    point = replace(OPERATING_POINT, rule_out=rule_out, rule_in=rule_in)
    scale = scale_of(replace(make_score(State.INDETERMINATE), operating_point=point))
    assert scale is not None
    low, high = (each.label_x for each in scale.thresholds)
    assert low >= LABEL_WIDTH / 2
    assert high - low >= LABEL_WIDTH - 1e-9
    assert high <= WIDTH - LABEL_WIDTH / 2


def test_uncertainty_picture_is_coloured_only_where_outlines_are_unsure() -> None:
    result, radiograph = make_screening_result(shape=(400, 320))
    page = Page(html_report(result, radiograph))
    image = picture_in(str(page.all("img")[0]["src"])).astype(int)
    coloured = image.max(axis=2) - image.min(axis=2) > 40
    total = result.segmentation.uncertainty.total
    rows = np.clip(((np.arange(image.shape[0]) + 0.5) * 400 / image.shape[0]).astype(int), 0, 399)
    columns = np.clip(((np.arange(image.shape[1]) + 0.5) * 320 / image.shape[1]).astype(int), 0, 319)
    bits = total[np.ix_(rows, columns)]
    assert coloured[bits > 0.4].mean() > 0.95
    assert coloured[bits < 0.01].mean() < 0.02


def test_quality_findings_are_listed_gravest_first() -> None:
    result, radiograph = make_screening_result()
    findings = tuple(QualityFinding(severity.value, severity, f"Text of {severity.value}.") for severity in Severity)
    text = Page(html_report(replace(result, quality=findings), radiograph)).text
    places = [text.index(f"Text of {name}.") for name in ("refusal", "indeterminate", "warning", "info")]
    assert places == sorted(places)
