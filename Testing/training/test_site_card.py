"""The model card that ``training.bundle`` writes: what the films were is never blurred, and a site's own words are carried."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.bundle.card_values import Figure, FilmOrigin, ModelCard
from OsteoScreenLib.errors import UsageError
from Testing.band_bundle import write_band_bundle
from training.bundle import exchange_classifier, main
from training.card import figures_origin, outlines_origin, score_origin
from training.limits import OF_OUTLINES, OF_PATIENTS, OF_SIMULATED_SUBJECTS, OF_TESTED, SIMULATED_ONLY, SIMULATED_OUTLINES
from training.site_card import TEMPLATE, SiteCard, read_site_card

SIMULATED = "Simulated films only: 9 subjects."
PATIENTS = {"training": "films of patients", "figures": "films of patients"}
SITE = {
    "developers": "Department of Testing",
    "contact": "testing@example.org",
    "setting": "One made hospital.",
    "period": "2024 and 2025.",
    "failure_modes": ["Rings."],
    "limits": ["Only women were radiographed."],
}


@pytest.fixture
def older(tmp_path: Path) -> Path:
    limits = [SIMULATED_ONLY, OF_SIMULATED_SUBJECTS, *OF_OUTLINES]
    training = {"seed": 0, "commit": "none", "settings": {"annotations": None}}
    return write_band_bundle(
        tmp_path / "older", classifier=True, limits=limits, training=training, training_data=f"Bands. Classifier: {SIMULATED}"
    )


def exported(folder: Path, older: Path, **changes: Any) -> Path:
    """What a run of training.classify exports, with fields changed."""
    section = json.loads((older / "bundle.json").read_text())["classification"]
    section["operating_point"]["population"] = "simulated films of 9 subjects"
    folder.mkdir()
    shutil.copyfile(older / section["graph"], folder / section["graph"])
    (folder / "classification.json").write_text(json.dumps({**section, "training_data": SIMULATED, **changes}))
    return folder


def site_file(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def assembled(out: Path, *arguments: object) -> Bundle:
    assert main([*(str(each) for each in arguments), "--out", str(out)]) == 0
    return load_bundle(out)


def card_of(bundle: Bundle) -> ModelCard:
    assert bundle.model_card is not None
    return bundle.model_card


def test_a_simulated_classifier_gives_a_simulated_card_with_its_figures(older: Path, tmp_path: Path) -> None:
    results = {"auc": {"network": [0.8, 0.7, 0.9]}}
    bundle = assembled(
        tmp_path / "new", "--outlines", older, "--classification", exported(tmp_path / "run", older, results=results)
    )
    card = card_of(bundle)
    assert card.headline == "Trained on simulated films only, outlines and score. The score was never tested on patients."
    assert card.figures == (Figure("AUC, network", 0.8, (0.7, 0.9)),)
    assert bundle.limits == (SIMULATED_ONLY, OF_SIMULATED_SUBJECTS, *OF_OUTLINES)
    assert "Simulated films" in card.reference_standard
    assert "No hospital" in card.setting


def test_a_classifier_of_patients_changes_headline_limits_and_words(older: Path, tmp_path: Path) -> None:
    run = exported(tmp_path / "run", older, films=PATIENTS, training_data="Films of 300 patients.")
    site = site_file(tmp_path / "card.json", **SITE)
    bundle = assembled(tmp_path / "new", "--outlines", older, "--classification", run, "--card", site, "--name", "made")
    card = card_of(bundle)
    assert (
        card.headline
        == "Outlines trained on simulated films; score trained on films of patients. Figures from films of patients."
    )
    assert bundle.limits == (SIMULATED_OUTLINES, OF_PATIENTS, *OF_OUTLINES, "Only women were radiographed.")
    assert (bundle.name, card.developers, card.setting, card.failure_modes[-1]) == (
        "made",
        "Department of Testing",
        "One made hospital.",
        "Rings.",
    )
    assert bundle.training_data == "Bands. Classifier: Films of 300 patients."
    assert card.reference_standard.startswith("DXA")


def test_a_classifier_of_patients_needs_what_only_the_site_knows(
    older: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = exported(tmp_path / "run", older, films=PATIENTS, training_data="Films of 300 patients.")
    arguments = ["--outlines", str(older), "--classification", str(run), "--out", str(tmp_path / "new")]
    assert main(arguments) == 2
    assert "nobody says developers, contact, setting, period. Give them in a file with --card" in capsys.readouterr().err
    site = site_file(tmp_path / "card.json", **SITE)
    exchange_classifier(older, exported(tmp_path / "other", older), tmp_path / "named", name="osteoscreen-simulated")
    assert main([*arguments, "--card", str(site), "--name", "still-Simulated"]) == 2
    assert "would be called 'still-Simulated', but its score was trained on films of patients" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_classifier_that_does_not_say_what_its_films_were_is_refused() -> None:
    place = Path("classification.json")
    assert score_origin({"films": PATIENTS, "training_data": SIMULATED}, place) is FilmOrigin.PATIENTS
    assert score_origin({"training_data": SIMULATED}, place) is FilmOrigin.SIMULATED
    assert figures_origin({"operating_point": {"population": "simulated films of 9 subjects"}}, place) is FilmOrigin.SIMULATED
    for wrong in ({"training_data": "300 subjects"}, {"films": {"training": "real"}, "training_data": SIMULATED}, {}):
        with pytest.raises(
            UsageError, match=r"films were used for its training|'films.training' is 'real', not one of 'simulated films'"
        ):
            score_origin(wrong, place)
    with pytest.raises(UsageError, match="does not say which films were used for its figures"):
        figures_origin({"operating_point": {"population": "300 subjects"}}, place)


def test_a_score_of_simulated_films_tested_on_patients_says_both(older: Path, tmp_path: Path) -> None:
    run = exported(tmp_path / "run", older, films={"training": "simulated films", "figures": "films of patients"})
    site = site_file(tmp_path / "card.json", **SITE)
    bundle = assembled(tmp_path / "new", "--outlines", older, "--classification", run, "--card", site)
    card = card_of(bundle)
    assert OF_TESTED in bundle.limits
    assert OF_SIMULATED_SUBJECTS not in bundle.limits
    assert (
        card.headline == "Outlines trained on simulated films; score trained on simulated films. Figures from films of patients."
    )
    assert card.setting == "One made hospital."


def test_a_new_card_alone_keeps_the_classifier_and_what_the_older_card_said(older: Path, tmp_path: Path) -> None:
    run = exported(tmp_path / "run", older, films=PATIENTS, training_data="Films of 300 patients.")
    site = site_file(tmp_path / "card.json", **SITE)
    first = assembled(tmp_path / "first", "--outlines", older, "--classification", run, "--card", site, "--name", "made")
    change = site_file(tmp_path / "change.json", contact="new@example.org")
    second = assembled(tmp_path / "second", "--outlines", first.folder, "--card", change)
    assert card_of(second).contact == "new@example.org"
    for name in ("developers", "setting", "period", "failure_modes", "out_of_scope", "headline"):
        assert getattr(card_of(second), name) == getattr(card_of(first), name)
    assert (second.name, second.limits, second.training_data) == (first.name, first.limits, first.training_data)
    assert second.files == first.files
    assert second.classification is not None
    assert first.classification is not None
    assert second.classification.settings == first.classification.settings


def test_another_classifier_keeps_who_but_not_what_was_said_of_the_data(older: Path, tmp_path: Path) -> None:
    run = exported(tmp_path / "run", older, films=PATIENTS, training_data="Films of 300 patients.")
    site = site_file(tmp_path / "card.json", **SITE)
    first = assembled(tmp_path / "first", "--outlines", older, "--classification", run, "--card", site, "--name", "made")
    simulated = exported(tmp_path / "simulated", older)
    second = assembled(tmp_path / "second", "--outlines", first.folder, "--classification", simulated)
    card = card_of(second)
    assert card.developers == "Department of Testing"
    assert "One made hospital" not in card.setting
    assert "Rings." not in card.failure_modes
    assert card.score is FilmOrigin.SIMULATED
    assert SIMULATED_ONLY in second.limits
    assert OF_PATIENTS not in second.limits


@pytest.mark.parametrize(
    ("training", "origin"),
    [
        ({"settings": {"annotations": None}}, FilmOrigin.SIMULATED),
        ({"settings": {"annotations": {"share": 0.3}}}, FilmOrigin.BOTH),
        ({"seed": 1}, FilmOrigin.SIMULATED),
    ],
)
def test_outlines_trained_with_annotated_films_are_told(training: dict[str, Any], origin: FilmOrigin) -> None:
    assert outlines_origin(training) is origin


def test_the_template_is_a_card_once_it_is_filled_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "card.json"
    assert main(["--card-template", str(path)]) == 0
    assert main(["--card-template", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"'developers' .*still is what the template says \(\d+ more\)"):
        read_site_card(path)
    filled = {key: ["Words."] if isinstance(value, list) else "Words." for key, value in TEMPLATE.items()}
    assert read_site_card(site_file(tmp_path / "filled.json", **filled)) == SiteCard.model_validate(filled)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"developer": "We"}, "'developer' is no field of a card. Known are developers, contact"),
        ({"contact": ""}, "'contact' String should have at least 1 character"),
        ({"limits": "none"}, "'limits' Input should be a valid tuple"),
    ],
)
def test_a_wrong_card_is_one_line(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_site_card(site_file(tmp_path / "card.json", **content))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
