"""``python -m training.segment``: settings files, their faults in one line each, and what the command refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from training.segment import main
from training.segmentation.network import NetworkSettings
from training.segmentation.run_folder import METRICS, SETTINGS
from training.segmentation.settings import SegmentationSettings, Stage, read_settings
from training.segmentation.settings_errors import explain
from training.segmentation.state import CHECKPOINT

SHORT = SegmentationSettings(
    seed=6,
    network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
    stages=(Stage(size=64, batch=2, steps=1, rate=1e-3, final_rate=1e-4),),
    validation_films=1,
    workers=0,
    samples=1,
)
STAGE = {"size": 64, "batch": 4, "steps": 1, "rate": 1e-3, "final_rate": 1e-4}


def faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(ValidationError) as caught:
        read_settings(path)
    return [line.removeprefix(f"{path}: ") for line in explain(caught.value, path)]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"stages": [{**STAGE, "size": 100}]}, "stages.0.size is 100. It should be a multiple of 32"),
        ({"stages": [{**STAGE, "batch": 1}]}, "stages.0.batch is 1. It should be greater than or equal to 2"),
        ({"stages": [STAGE, {**STAGE, "rate": 0}]}, "stages.1.rate is 0. It should be greater than 0"),
        ({"stages": [{k: v for k, v in STAGE.items() if k != "steps"}]}, "stages.0.steps is missing. Give it"),
        ({"stages": []}, "stages is []. Give at least one stage"),
        ({"stages": 5}, "stages is 5. It should be a list"),
        ({"averaging": 1.0}, "averaging is 1.0. It should be less than 1"),
        ({"gamma_until": 0}, "gamma_until is 0. It should be greater than 0"),
        ({"kl_weight": -1}, "kl_weight is -1. It should be greater than or equal to 0"),
        ({"workers": "many"}, "workers is 'many'. It should be an integer"),
        ({"seed": 1.5}, "seed is 1.5. It should be an integer"),
        ({"device": "gpu"}, "device is 'gpu'. It should be auto, cpu, cuda or cuda:N"),
        ({"precision": "half"}, "precision is 'half'. It should be 'auto', 'float32', 'bfloat16' or 'float16'"),
        ({"coupling": "best"}, "coupling is 'best'. It should be 'exact' or 'greedy'"),
        ({"network": {"experts": 0}}, "network.experts is 0. It should be greater than or equal to 1"),
        ({"network": {"width": 8}}, "network.width is no setting. Did you mean widths?"),
        ({"kl_wieght": 1}, "kl_wieght is no setting. Did you mean kl_weight?"),
    ],
)
def test_a_wrong_field_is_one_line_with_its_value_and_the_remedy(tmp_path: Path, change: dict[str, object], line: str) -> None:
    assert faults(tmp_path, json.dumps(change)) == [line]


def test_a_field_like_no_other_is_told_what_there_is(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, '{"xyz": 1}')
    assert line.startswith("xyz is no setting. Known here: seed, stages, ")


def test_all_wrong_fields_are_named_at_once(tmp_path: Path) -> None:
    lines = faults(tmp_path, json.dumps({"averaging": 2, "threads": 0, "sed": 1}))
    assert [line.split()[0] for line in lines] == ["averaging", "threads", "sed"]


def test_what_is_no_json_object_is_refused(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "{seed: 1}")
    assert line.startswith("not JSON (")
    assert "line 1 column 2" in line
    assert faults(tmp_path, "[1]") == ["the content is [1]. It should be an object"]


def test_the_command_trains_resumes_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, run = tmp_path / "mine.json", tmp_path / "run"
    path.write_text(SHORT.model_dump_json())
    command = ["--run", str(run), "--settings", str(path), "--quiet"]
    assert main(command) == 0
    assert "step 1 of 1, transport " in capsys.readouterr().out
    assert read_settings(run / SETTINGS) == SHORT
    before = (run / CHECKPOINT).read_bytes(), (run / METRICS).read_bytes()

    assert main(command) == 2
    assert capsys.readouterr().err == (
        f"{run}: holds a run already. Go on with --resume, replace it with --overwrite, or name another folder\n"
    )

    path.write_text(SHORT.model_copy(update={"seed": 7}).model_dump_json())
    assert main([*command, "--resume"]) == 2
    assert "seed (6 there, 7 here)" in capsys.readouterr().err
    assert main(["--run", str(run), "--resume", "--quiet"]) == 0
    assert "the run is finished" in capsys.readouterr().out
    assert ((run / CHECKPOINT).read_bytes(), (run / METRICS).read_bytes()) == before

    assert main([*command, "--overwrite"]) == 0
    assert read_settings(run / SETTINGS).seed == 7


def test_faults_of_the_settings_file_reach_the_terminal_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"threads": 0, "seed": "x"}')
    assert main(["--run", str(tmp_path / "run"), "--settings", str(path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{path}: seed is 'x'. It should be an integer",
        f"{path}: threads is 0. It should be greater than or equal to 1",
    ]
    assert not (tmp_path / "run").exists()
    assert main(["--run", str(tmp_path / "run"), "--settings", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none.json'}: no file is here. Give the path of a JSON file\n"
    assert main(["--run", str(tmp_path / "run"), "--settings", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path}: cannot be read (")
    path.write_bytes(b"\xff\xfe{")
    assert main(["--run", str(tmp_path / "run"), "--settings", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}: not JSON (")


def test_of_several_processes_one_speaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"threads": 0}')
    monkeypatch.setenv("RANK", "1")
    assert main(["--run", str(tmp_path / "run"), "--settings", str(path)]) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (
            FloatingPointError("the loss is nan at step 9: lower the learning rate"),
            1,
            "the loss is nan at step 9: lower the learning",
        ),
        (KeyboardInterrupt(), 130, "stopped. Go on from its last checkpoint with --resume"),
    ],
)
def test_a_training_that_ends_early_says_how_to_go_on(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
    status: int,
    said: str,
) -> None:
    def ending(*arguments: object, **options: object) -> tuple[object, dict[str, float]]:
        raise raised

    monkeypatch.setattr("training.segmentation.train.transport_loss", ending)
    (tmp_path / "mine.json").write_text(SHORT.model_dump_json())
    assert main(["--run", str(tmp_path / "run"), "--settings", str(tmp_path / "mine.json"), "--quiet"]) == status
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'run'}: {said}")
