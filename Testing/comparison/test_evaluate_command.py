"""The whole comparison on a small made cohort: every row is tested out of fold, kept, and written with tables and plots."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from Testing.training.striped_cohort import striped_cohort
from training import evaluate as command
from training.classification.people import subjects_of
from training.comparison.networks import RowRun, out_of_fold
from training.comparison.rows import ROWS, Budget
from training.evaluation.folds import repeated_folds
from training.evaluation.statistics import auc

BUDGET = Budget(pretraining_epochs=1, supervised_epochs=2, batch=16, encoder="compact")


def say(line: str) -> None:
    del line


@pytest.mark.parametrize("name", ["full", "no_segmentation", "supervised"])
def test_a_row_speaks_of_everybody_it_was_not_trained_on_and_learns_what_there_is(name: str, tmp_path: Path) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 36)
    other = striped_cohort(tmp_path / "other", 12, 5, name="other")
    subjects = subjects_of(cohort)
    folds = repeated_folds(subjects, 2, 1)
    run = RowRun(ROWS[name], BUDGET, cohort, other, tmp_path / "rows", tmp_path / "pretrained", say)
    spoken = run.fold(folds[0])
    assert np.isnan(spoken.subject[folds[0].train]).all()
    assert np.isfinite(spoken.subject[folds[0].test]).all()
    row, unseen = out_of_fold(run, folds)
    assert np.isfinite(row.probability).all()
    assert len(unseen) == 2
    if name != "supervised":  # two epochs are too few for a network, and enough for linear heads
        assert auc(subjects.truth, row.probability[0]) > 0.8


def test_finished_folds_are_read_and_a_changed_budget_is_not_taken_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 30)
    folds = repeated_folds(subjects_of(cohort), 2, 1)

    def row_run(budget: Budget) -> RowRun:
        return RowRun(ROWS["supervised"], budget, cohort, None, tmp_path / "rows", tmp_path / "pretrained", say)

    first = row_run(BUDGET).fold(folds[0])

    def untrainable(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("training.comparison.networks.train_supervised", untrainable)
    again = row_run(BUDGET).fold(folds[0])
    np.testing.assert_array_equal(first.subject, again.subject)
    assert first.threshold == again.threshold
    with pytest.raises(AssertionError, match="trained again"):
        row_run(Budget(1, 3, 16, "compact")).fold(folds[0])


def test_without_unlabelled_films_every_fold_pretrains_on_its_own_training_subjects(tmp_path: Path) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 30)
    folds = repeated_folds(subjects_of(cohort), 2, 1)
    run = RowRun(ROWS["supcon"], BUDGET, cohort, None, tmp_path / "rows", tmp_path / "pretrained", say)
    out_of_fold(run, folds)
    encoders = sorted(path.name for path in (tmp_path / "rows" / "supcon").glob("encoder-*"))
    assert encoders == ["encoder-0-0.safetensors", "encoder-0-1.safetensors"]
    assert not (tmp_path / "pretrained").exists()


def test_the_command_writes_tables_sentences_plots_and_where_they_come_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    striped_cohort(tmp_path / "cohort", 40)
    striped_cohort(tmp_path / "other", 12, 5, name="other")
    run = tmp_path / "run"
    given = ["--cohort", str(tmp_path / "cohort"), "--unlabelled", str(tmp_path / "other"), "--run", str(run)]
    given += ["--rows", "full", "supervised", "--folds", "2", "--repeats", "2", "--encoder", "compact"]
    given += ["--pretraining-epochs", "1", "--supervised-epochs", "1", "--batch", "16", "--threads", "1"]
    assert command.main(given) == 0
    assert "DeepDXA" not in capsys.readouterr().out
    table = (run / "table.md").read_text(encoding="utf-8")
    for title in (ROWS["full"].title, ROWS["supervised"].title, "age only", "cortical index only"):
        assert title in table
    assert (run / "table.csv").read_text(encoding="utf-8").count("\n") == 8  # two networks, four baselines, combined, a header
    for plot in ("forest", "roc", "calibration", "decision", "decades"):
        assert (run / f"{plot}.png").stat().st_size > 5000
    content = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    assert content["cohort"]["simulated"] is True
    assert content["pretrained on"]["name"] == "other"
    assert content["plan"] == {"folds": 2, "repeats": 2, "supervised_repeats": 1, "seed": 0}


def test_too_few_cases_are_a_plain_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    striped_cohort(tmp_path / "cohort", 6)
    given = ["--cohort", str(tmp_path / "cohort"), "--run", str(tmp_path / "run"), "--rows", "full"]
    assert command.main(given) == 2
    assert "too few for 5 folds" in capsys.readouterr().err
