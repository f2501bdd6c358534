"""The parts of the results page say what the files of runs and benchmarks hold, and the page has a place for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.classification_results import PAGE
from training.comparison.page import PLOTS, cohort_parts, figure_table, pair_table, quality_table, shipped_parts, vicreg_table
from training.results import fill


def written(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_cohort_s_tables_and_plots_are_taken_over_with_where_they_come_from(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in ("table", "order", "calibration", "against"):
        (run / f"{name}.md").write_text(f"the {name}\n", encoding="utf-8")
    (run / "subgroups.md").write_text("a\n\nb\n\nc\n", encoding="utf-8")
    for plot in PLOTS:
        (run / f"{plot}.png").write_bytes(plot.encode())
    cohort = {"preset": "paper", "count": 192, "seed": 7, "commit": "abc"}
    budget = {"encoder": "narrow", "pretraining_epochs": 2, "supervised_epochs": 3, "batch": 64}
    plan = {"folds": 5, "repeats": 4, "supervised_repeats": 1, "seed": 0}
    written(run / "evaluation.json", {"cohort": cohort, "budget": budget, "plan": plan, "subjects": "192 simulated subjects"})
    parts = cohort_parts("paper", run, tmp_path / "images")
    assert parts["paper-table"] == "the table"
    assert parts["paper-subgroups"].startswith("*By decade of life*\n\na\n\n*By sex*")
    for words in ("192 simulated subjects", "--seed 7", "`abc`", "5 folds, 4 repeats", "2 epochs"):
        assert words in parts["paper-provenance"]
    assert (tmp_path / "images" / "paper_roc.png").read_bytes() == b"roc"
    page = fill(PAGE.read_text(encoding="utf-8"), parts)  # raises where a mark is missing
    assert "the order" in page


def test_benchmarks_become_tables(tmp_path: Path) -> None:
    made = {"commit": "abc", "seed": 5}
    rows = written(tmp_path / "rows.json", {**made, "rows": [{"n": 3, "bias": -0.00123, "range": [1.0, 2.0], "met": True}]})
    table = figure_table(rows, "rows", {"n": "films", "bias": "bias", "range": "interval", "met": "goal met"})
    assert "| 3 | -0.00123 | 1 to 2 | True |" in table
    assert "Seed 5, commit `abc`." in table
    pairs = written(tmp_path / "pairs.json", {**made, "people": 50, "coverage": {"words": "It holds."}})
    assert "| people | 50 |" in pair_table(pairs)
    assert "It holds." in pair_table(pairs)
    found = {"films": 4, "clear": 0.25, "findings": {"noisy: indeterminate": 0.75}, "states": {"not_flagged": 1.0}}
    quality = quality_table(written(tmp_path / "quality.json", {**made, "sets": {"noise": found}}))
    assert "| noise | 4 | 25% | `noisy: indeterminate` 75% | not flagged 100% |" in quality
    case = {"batch": 64, "dimensions": 2048, "value": 32.1, "ratio": {"gram": 1.0, "plain": 25.4}}
    case |= {"relative_difference": {"gram": 0.0}, "gradient_difference": {"gram": 4e-7}}
    gram = {"commit": "abc", "threads": 1, "repeats": 2, "torch": "2", "cases": [case]}
    assert "| 64 | 2048 | 32.1 | 0e+00 | 4e-07 | 25 |" in vicreg_table(written(tmp_path / "gram.json", gram))


def test_the_shipped_classifier_s_own_figures_are_told(tmp_path: Path) -> None:
    bundle = json.loads((PAGE.parents[2] / "Resources/Models/osteoscreen-simulated/bundle.json").read_text(encoding="utf-8"))
    section = {**bundle["classification"], "training_data": "Simulated films only."}
    parts = shipped_parts(written(tmp_path / "classification.json", section))
    value = bundle["classification"]["results"]["auc"]["classifier"][0]
    assert f"| classifier | {value:.3f} (" in parts["shipped-auc"]
    assert "Simulated films only." in parts["shipped-made"]
    assert f"{bundle['classification']['results']['calibration_error']['plain']:.1%}" in parts["shipped-figures"]


def test_a_page_without_a_place_for_a_part_is_named() -> None:
    with pytest.raises(ValueError, match="no marks for 'table'"):
        fill("an empty page", {"table": "x"})
