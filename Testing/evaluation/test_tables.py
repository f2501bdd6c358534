"""The table's figures, its CSV, what is said about the order of methods, and that the figures are drawn."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.errors import UsageError
from Testing.evaluation.cohorts import draw_subjects, row
from training.evaluation.order import against_sentences, differences, order_sentences
from training.evaluation.paper import PAPER
from training.evaluation.plots import plot_calibration, plot_decision, plot_forest, plot_roc, plot_subgroups
from training.evaluation.statistics import auc, rates
from training.evaluation.subgroups import by_decade
from training.evaluation.summary import summarise
from training.evaluation.tables import calibration_table, predictive_table, results_csv, results_table, subgroup_table

SUBJECTS = draw_subjects(300)
FULL = row(SUBJECTS, 0.85, "full", seed=1)
SWAV = row(SUBJECTS, 0.70, "swav", seed=2)
LANDMARKS = row(SUBJECTS, 0.93, "landmarks", seed=3)
AGE = row(SUBJECTS, 0.70, "age", seed=4)
SUMMARIES = [summarise(each, SUBJECTS, prevalence=0.1, resamples=80) for each in (FULL, AGE)]


def test_a_summary_holds_what_the_statistics_say() -> None:
    found = SUMMARIES[0]
    assert found.auc.value == pytest.approx(auc(SUBJECTS.truth, FULL.probability)) == found.delong.auc
    at_half = [rates(SUBJECTS.truth, said, 0.5) for said in FULL.probability]
    assert (found.sensitivity.value, found.specificity.value) == pytest.approx(tuple(np.mean(at_half, axis=0)))
    assert (found.subjects, found.cases, found.repeats) == (300, 90, 3)
    assert found.ppv < np.mean(SUBJECTS.truth[FULL.positive[0]])  # rarer than in the cohort


def test_a_row_s_own_thresholds_count() -> None:
    lower = summarise(replace(FULL, threshold=np.full((3, 300), 0.2)), SUBJECTS, resamples=20)
    assert lower.sensitivity.value > SUMMARIES[0].sensitivity.value
    assert lower.auc.value == SUMMARIES[0].auc.value


def test_the_table_shows_the_paper_s_values_beside_ours() -> None:
    table = results_table(SUMMARIES).splitlines()
    assert "0.68 ± 0.03 / 0.85 ± 0.01 / 0.82 ± 0.02" in table[2]
    assert f"{SUMMARIES[0].auc.value:.2f} ({SUMMARIES[0].auc.low:.2f} to" in table[2]
    assert "300 (90)" in table[2]
    assert table[3].endswith("| not in the paper |")
    assert len({line.count("|") for line in table[:4]}) == 1
    assert "0.80 / -" in results_table([replace(SUMMARIES[0], name="single_expert")])


def test_a_perfect_method_does_not_print_what_is_not_defined() -> None:
    perfect = replace(FULL, probability=np.tile(SUBJECTS.truth.astype(float), (3, 1)))
    assert "nan" not in results_table([summarise(perfect, SUBJECTS, resamples=20)])


def test_csv_can_be_computed_with() -> None:
    lines = list(csv.DictReader(io.StringIO(results_csv(SUMMARIES))))
    assert [line["name"] for line in lines] == ["full", "age"]
    assert float(lines[0]["auc_low"]) == pytest.approx(SUMMARIES[0].auc.low, rel=1e-5)
    assert float(lines[0]["auc_delong_high"]) == pytest.approx(SUMMARIES[0].delong.plain.high, rel=1e-5)
    assert (lines[0]["paper_auc"], lines[1]["paper_auc"]) == ("0.85", "")
    assert float(lines[0]["ppv"]) == pytest.approx(SUMMARIES[0].ppv, rel=1e-5)


def test_other_tables_have_a_line_a_method_or_group() -> None:
    assert f"{100 * SUMMARIES[0].calibration_error.plain:.1f} %" in calibration_table(SUMMARIES).splitlines()[2]
    assert "| full | 10.0% |" in predictive_table(SUMMARIES)
    groups = [(each.title, by_decade(each, SUBJECTS, resamples=50)) for each in (FULL, AGE)]
    table = subgroup_table(groups)
    assert len(table.splitlines()) == 2 + len(groups[0][1])
    assert "too few" in table


def test_an_order_that_differs_beyond_chance_is_told_and_one_within_chance_too() -> None:
    first, *said, last = order_sentences([FULL, SWAV, LANDMARKS], SUBJECTS)
    # The paper: full .85, SwAV .68, landmarks .65. Here landmarks lead.
    assert first.startswith("Of the 3 pairs of methods that the paper ranks by AUC, 2 come in the other order here, 2 of them")
    assert '"landmarks" is ahead of "swav"' in said[0]
    assert "beyond chance); the paper has 0.65 and 0.68" in said[0]
    assert '"landmarks" is ahead of "full"' in said[1]
    assert "standard error of an AUC of 0.85 is about 0.1" in last
    near = row(SUBJECTS, 0.71, "landmarks", seed=5)
    told = order_sentences([SWAV, near], SUBJECTS)
    assert "none of them beyond chance" in told[0]
    assert "within chance" in told[1]


def test_the_paper_s_order_found_again_is_said_so() -> None:
    told = order_sentences([FULL, SWAV], SUBJECTS)
    assert "0 come in the other order" in told[0]
    assert "1 of the others is confirmed beyond chance" in told[0]
    assert len(told) == 2
    assert "no order to compare" in order_sentences([FULL, AGE], SUBJECTS)[0]


def test_ties_of_the_paper_are_no_order() -> None:
    assert PAPER["vicreg"].auc == PAPER["single_expert"].auc
    tied = [replace(FULL, name="vicreg"), replace(SWAV, name="single_expert")]
    assert "Of the 0 pairs" in order_sentences(tied, SUBJECTS)[0]


def test_p_is_larger_where_more_is_compared() -> None:
    pair = differences([FULL, SWAV], SUBJECTS)[0]
    among = next(
        each for each in differences([FULL, SWAV, AGE, LANDMARKS], SUBJECTS) if (each.first, each.second) == ("full", "swav")
    )
    assert among.value == pair.value
    assert pair.p < among.p <= 6 * pair.p


def test_what_is_better_than_a_baseline_is_said_in_words() -> None:
    better, level = against_sentences(FULL, [AGE, row(SUBJECTS, 0.85, "combined", seed=1)], SUBJECTS)
    assert better.startswith('"full" against "age": AUC +0.')
    assert "better beyond chance" in better
    assert "not separable from chance (p = 1)" in level


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures") / "new"
    plot_roc(folder / "roc.png", [FULL, AGE], SUBJECTS)
    plot_calibration(folder / "calibration.png", FULL, SUBJECTS)
    plot_decision(folder / "decision.png", [FULL, AGE], SUBJECTS)
    plot_forest(folder / "forest.png", SUMMARIES, SUBJECTS)
    groups = [(each.title, by_decade(each, SUBJECTS, resamples=50)) for each in (FULL, AGE)]
    plot_subgroups(folder / "decades.png", groups, SUBJECTS, "AUC within decades of life", 3)
    return folder


@pytest.mark.parametrize("name", ["roc", "calibration", "decision", "forest", "decades"])
def test_figures_are_of_one_width_with_margins_that_nothing_runs_into(pictures: Path, name: str) -> None:
    pixels = np.asarray(Image.open(pictures / f"{name}.png").convert("L"))
    assert pixels.shape[1] == 864
    assert (pixels < 250).mean() > 0.01
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all()  # text that does not fit is cut at the edge


def test_more_lines_than_can_be_told_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="7 methods"):
        plot_roc(tmp_path / "roc.png", [FULL] * 7, SUBJECTS)
    assert not list(tmp_path.iterdir())


def test_titles_say_simulated_only_of_simulated_subjects() -> None:
    assert SUBJECTS.words == "300 simulated subjects, 90 with osteoporosis"
    assert replace(SUBJECTS, simulated=False).words == "300 subjects, 90 with osteoporosis"
