"""The command line of pretraining: what its folder holds, how it goes on, what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch

from Testing.training.striped_samples import write_striped_cohort
from training.pretrain import main
from training.segmentation.run_folder import METRICS, RECORD, SETTINGS
from training.selfsupervision.run_folder import CHECKPOINT, pretrained_encoder

SMALL = ["--epochs", "2", "--batch", "8", "--local-views", "0", "--precision", "float32"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohorts") / "striped"
    write_striped_cohort(folder, 6)
    return folder


@pytest.fixture(scope="module")
def run(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "simclr"
    assert main(["--cohort", str(cohort), "--run", str(folder), *SMALL]) == 0
    return folder


def test_a_run_leaves_settings_metrics_record_and_an_encoder(run: Path) -> None:
    rows = list(csv.DictReader((run / METRICS).read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(float(row["loss"]) > 0 and float(row["spread"]) > 0 for row in rows)
    session = json.loads((run / RECORD).read_text())["sessions"][0]
    assert (session["cohort"], session["bones"], session["subjects"]) == ("striped (segments)", 12, 6)
    assert session["torch"] == torch.__version__
    assert session["commit"]
    encoder, settings = pretrained_encoder(run)
    assert (settings.method, settings.epochs) == ("simclr", 2)
    assert encoder(torch.rand(1, 1, 96, 40)).shape == (1, encoder.features)


def test_a_folder_that_holds_a_run_is_neither_overwritten_nor_resumed_by_mistake(
    cohort: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / CHECKPOINT).read_bytes()
    there = ["--cohort", str(cohort), "--run", str(run)]
    assert main([*there, *SMALL]) == 2
    assert "holds a run already. Go on with --resume" in capsys.readouterr().err
    assert main([*there, "--resume", "--method", "vicreg"]) == 2
    assert "other settings: method (simclr there, vicreg here)" in capsys.readouterr().err
    assert main([*there, "--resume"]) == 0  # with the run's own settings; it is finished
    assert (run / CHECKPOINT).read_bytes() == before
    assert len((run / METRICS).read_text().splitlines()) == 3


def test_an_unfinished_run_gives_no_encoder(cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.pretrain._say", interrupted)
    assert main(["--cohort", str(cohort), "--run", str(tmp_path / "run"), *SMALL]) == 130
    with pytest.raises(Exception, match=r"epoch 1 of 2\. Finish it"):
        pretrained_encoder(tmp_path / "run")
    (tmp_path / "run" / METRICS).write_text((tmp_path / "run" / METRICS).read_text() + "2,9,0,1,1\n")
    monkeypatch.setattr("training.pretrain._say", lambda line: None)
    assert main(["--cohort", str(cohort), "--run", str(tmp_path / "run"), "--resume"]) == 0
    rows = list(csv.DictReader((tmp_path / "run" / METRICS).read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    pretrained_encoder(tmp_path / "run")


def test_only_the_subjects_asked_for_are_seen(cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.txt").write_text("0\n3\n4\n")
    options = ["--cohort", str(cohort), "--subjects", str(tmp_path / "train.txt"), *SMALL, "--method", "supcon"]
    assert main([*options, "--run", str(tmp_path / "run"), "--epochs", "1"]) == 0
    session = json.loads((tmp_path / "run" / RECORD).read_text())["sessions"][0]
    assert (session["subjects"], session["bones"]) == (3, 6)
    (tmp_path / "train.txt").write_text("0\n9\n")
    assert main([*options, "--run", str(tmp_path / "other")]) == 2
    assert "subject 9 is not in the cohort" in capsys.readouterr().err
    assert not (tmp_path / "other" / SETTINGS).exists()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--epochs", "0"], "--epochs: '0' is wrong"),
        (["--local-shape", "8", "8"], "local_shape 8 x 8 is below 16 x 16"),
        (["--device", "tpu"], "--device: 'tpu' is wrong"),
    ],
)
def test_wrong_options_are_named(option: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cohort", str(tmp_path), "--run", str(tmp_path / "run"), *option]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_that_is_no_cohort_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cohort", str(tmp_path), "--run", str(tmp_path / "run")]) == 2
    assert "no finished cohort" in capsys.readouterr().err
