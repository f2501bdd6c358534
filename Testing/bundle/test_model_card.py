"""The model card in a bundle: checked like every other field, missing in older bundles, and the same words in every form."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.card_figures import figures_of
from OsteoScreenLib.bundle.card_values import Figure, FilmOrigin
from OsteoScreenLib.bundle.card_words import NO_CARD, UNTESTED, card_document, card_headline, card_markdown, card_sections
from OsteoScreenLib.cli.info import card_text
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.workflow.model_card import model_card
from Testing.band_bundle import band_index, write_band_bundle

ROOT = Path(__file__).resolve().parents[2]
CARD: dict[str, Any] = {
    "outlines": "simulated films",
    "score": "simulated films",
    "figures_from": "simulated films",
    "developers": "Band makers",
    "contact": "bands@example.org",
    "licence": "Apache-2.0",
    "date": "2026-11-30",
    "purpose": "To test.",
    "users": "Testers.",
    "setting": "Nowhere.",
    "period": "Never.",
    "reference_standard": "Brightness.",
    "evaluation_data": "Bands.",
    "out_of_scope": ["Anything *else* <here>."],
    "failure_modes": ["Darkness."],
    "figures": [{"name": "AUC, network", "value": 0.8125, "interval": [0.75, 0.875]}, {"name": "Subjects", "value": 1200}],
}


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    return write_band_bundle(tmp_path / "bundle", classifier=True, model_card=CARD)


def fault(folder: Path, **changes: Any) -> str:
    content = json.loads((folder / "bundle.json").read_text())
    content["model_card"] |= changes
    (folder / "bundle.json").write_text(json.dumps(content))
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    return str(caught.value)


def test_a_card_is_read_with_every_field(scored: Path) -> None:
    card = load_bundle(scored).model_card
    assert card is not None
    assert (card.outlines, card.score, card.developers, card.date) == (FilmOrigin.SIMULATED,) * 2 + ("Band makers", "2026-11-30")
    assert card.figures == (Figure("AUC, network", 0.8125, (0.75, 0.875)), Figure("Subjects", 1200.0))


@pytest.mark.parametrize("field", sorted(CARD))
def test_every_field_of_a_card_is_missed(scored: Path, field: str) -> None:
    content = json.loads((scored / "bundle.json").read_text())
    del content["model_card"][field]
    (scored / "bundle.json").write_text(json.dumps(content))
    with pytest.raises(BundleError, match=f"field 'model_card.{field}' is missing"):
        load_bundle(scored)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("outlines", "real films", "'model_card.outlines' is 'real films', not one of 'simulated films', 'films of patients'"),
        ("outlines", None, "'model_card.outlines' is null"),
        ("score", None, "'model_card.score' is null, although the bundle has a classifier"),
        ("developers", " ", "'model_card.developers' is an empty text"),
        ("date", "yesterday", "'model_card.date' is 'yesterday', not a day such as 2026-11-30"),
        ("figures", [{"name": "AUC", "value": "high"}], "'model_card.figures.0.value' is 'high', not a number"),
        ("figures", [{"name": "AUC", "value": 0.8, "interval": [0.9, 0.7]}], "'model_card.figures.0.interval' is not the lower"),
        ("figures", [0.8], "'model_card.figures.0' is 0.8, not an object"),
        ("funder", "nobody", "'model_card.funder' is unknown; known are outlines, score"),
    ],
)
def test_a_wrong_field_of_a_card_is_named(scored: Path, field: str, value: Any, words: str) -> None:
    assert words in fault(scored, **{field: value})


def test_a_score_without_a_classifier_is_refused(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle", model_card=CARD)
    assert "'model_card.score' is 'simulated films', although the bundle has no classifier" in fault(folder)


@pytest.mark.parametrize(
    ("outlines", "score", "figures_from", "headline"),
    [
        (
            "simulated films",
            "simulated films",
            "simulated films",
            "Trained on simulated films only, outlines and score. The score was never tested on patients.",
        ),
        (
            "simulated films",
            "films of patients",
            "films of patients",
            "Outlines trained on simulated films; score trained on films of patients. Figures from films of patients.",
        ),
        (
            "simulated films and films of patients",
            "simulated films",
            "simulated films",
            "Outlines trained on simulated films and films of patients; score trained on simulated films."
            " Figures from simulated films.",
        ),
    ],
)
def test_the_headline_tells_simulated_films_from_films_of_patients(
    tmp_path: Path, outlines: str, score: str, figures_from: str, headline: str
) -> None:
    card = CARD | {"outlines": outlines, "score": score, "figures_from": figures_from}
    assert card_headline(load_bundle(write_band_bundle(tmp_path / "bundle", classifier=True, model_card=card))) == headline


def test_a_card_without_a_score_says_that_there_is_none(tmp_path: Path) -> None:
    card = CARD | {"score": None, "figures_from": None, "figures": []}
    bundle = load_bundle(write_band_bundle(tmp_path / "bundle", model_card=card))
    assert card_headline(bundle) == "Outlines trained on simulated films. There is no score."


@pytest.mark.parametrize("form", ["text", "markdown", "slicer", "json"])
def test_every_form_says_all_of_it_with_the_headline_first(scored: Path, form: str) -> None:
    bundle = load_bundle(scored)
    text = {
        "text": lambda: " ".join(card_text(bundle, 70).split()),
        "markdown": lambda: card_markdown(bundle).replace("\\", ""),
        "slicer": lambda: unescape(model_card(bundle)),
        "json": lambda: json.dumps(card_document(bundle)),
    }[form]()
    assert bundle.model_card is not None
    told = [CARD[key] for key in ("developers", "contact", "purpose", "users", "setting", "period", "evaluation_data")]
    for words in (
        RESEARCH_USE_NOTICE,
        bundle.sha256,
        bundle.training_data,
        *bundle.limits,
        *told,
        *CARD["out_of_scope"],
        "Darkness.",
    ):
        assert words in text
    assert "0.812 (0.750 to 0.875)" in text or form == "json"
    assert "1,200" in text or form == "json"
    assert text.index("Trained on simulated films only") < text.index("Band makers")


def test_text_keeps_to_its_width(scored: Path) -> None:
    long = [line for line in card_text(load_bundle(scored), 60).splitlines() if len(line) > 60]
    assert all(len(line.split()[-1]) > 30 for line in long), "only what cannot be broken is longer"


def test_markup_in_a_card_is_shown_and_not_obeyed(scored: Path) -> None:
    bundle = load_bundle(scored)
    assert "Anything *else* &lt;here&gt;." in model_card(bundle)
    assert "Anything \\*else\\* \\<here\\>." in card_markdown(bundle)


def test_an_older_bundle_says_that_it_has_no_card_and_what_it_was_trained_on(tmp_path: Path) -> None:
    bundle = load_bundle(write_band_bundle(tmp_path / "bundle", classifier=True))
    assert bundle.model_card is None
    assert card_headline(bundle) == f"{NO_CARD} Trained on: none: brightness bands"
    titles = [section.title for section in card_sections(bundle)]
    assert "Operating point" in titles
    assert not {"Who", "Where", "Known failure modes"} & set(titles)


def test_outlines_without_figures_say_so(tmp_path: Path) -> None:
    segmentation = band_index()["segmentation"]
    for threshold in segmentation["thresholds"].values():
        threshold["films"] = 0
    bundle = load_bundle(write_band_bundle(tmp_path / "bundle", segmentation=segmentation))
    assert UNTESTED in card_text(bundle)


def test_figures_are_found_at_any_depth_and_nothing_else_is() -> None:
    results = {
        "test_subjects": 500,
        "auc": {"network": [0.8, 0.7, 0.9], "age": [0.6, 0.5, 0.7]},
        "brier": 0.1,
        "table": "| a |",
        "curve": [[0, 0], [1, 1]],
        "nothing": None,
        "decades": {"50s": {"auc": 0.75}},
        "undefined": float("nan"),
    }
    assert figures_of(results) == (
        Figure("Test subjects", 500.0),
        Figure("AUC, network", 0.8, (0.7, 0.9)),
        Figure("AUC, age", 0.6, (0.5, 0.7)),
        Figure("Brier score", 0.1),
        Figure("Decades, 50s, auc", 0.75),
    )
    assert figures_of(None) == ()


def test_the_published_card_is_that_of_the_shipped_bundle() -> None:
    page = (ROOT / "docs" / "model_card.md").read_text(encoding="utf-8")
    assert page == card_markdown(load_bundle()), "write it again: osteoscreen info --markdown > docs/model_card.md"


def test_the_shipped_card_cannot_be_read_without_learning_of_simulated_films() -> None:
    bundle = load_bundle()
    for text in (card_text(bundle), card_markdown(bundle), model_card(bundle), json.dumps(card_document(bundle))):
        assert "simulated films" in " ".join(text[:900].split()).casefold()
