"""The folder of a run is never mixed up: with another run, other settings, or rows of a future that was killed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch

from OsteoScreenLib.errors import UsageError
from training.segmentation import state as states
from training.segmentation.logbook import strike_out
from training.segmentation.network import NetworkSettings
from training.segmentation.run_folder import METRICS, RECORD, SETTINGS, claim, earlier_work, initial_weights, record
from training.segmentation.settings import SegmentationSettings, Stage, read_settings
from training.segmentation.state import BEST, CHECKPOINT, RunState
from training.segmentation.train import train

SETUP = SegmentationSettings(
    seed=2,
    network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
    stages=(Stage(size=64, batch=2, steps=1, rate=1e-3, final_rate=1e-4),),
    validation_films=1,
    workers=0,
    samples=1,
)


def changed(**fields: object) -> SegmentationSettings:
    return SegmentationSettings.model_validate(SETUP.model_dump() | fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run killed at step 3."""
    state = states.new_state(SETUP)
    state.step = 3
    assert claim(tmp_path, SETUP, resume=False, overwrite=False) is None
    states.write(states.content(state), tmp_path / CHECKPOINT)
    (tmp_path / METRICS).write_text("step,films\n")
    return tmp_path


def test_a_run_is_not_replaced_by_accident(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"holds a run already.*--resume.*--overwrite"):
        claim(folder, SETUP, resume=False, overwrite=False)
    assert states.read(folder / CHECKPOINT)["step"] == 3


def test_a_run_that_is_overwritten_leaves_nothing_behind_but_what_is_not_its_own(folder: Path) -> None:
    (folder / "samples").mkdir()
    (folder / "samples" / "step_000003.png").touch()
    (folder / "notes.txt").write_text("mine")
    assert claim(folder, changed(seed=9), resume=False, overwrite=True) is None
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {"notes.txt", SETTINGS}
    assert read_settings(folder / SETTINGS).seed == 9


def test_a_run_goes_on_from_its_checkpoint(folder: Path) -> None:
    saved = claim(folder, SETUP, resume=True, overwrite=False)
    assert saved is not None
    assert saved["step"] == 3


def test_resuming_where_nothing_is_starts(tmp_path: Path) -> None:
    assert claim(tmp_path / "new", SETUP, resume=True, overwrite=False) is None
    assert read_settings(tmp_path / "new" / SETTINGS) == SETUP


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seed": 3}, "seed (2 there, 3 here)"),
        ({"network": {**SETUP.model_dump()["network"], "experts": 4}}, "network.experts (2 there, 4 here)"),
        ({"stages": [{**SETUP.stages[0].model_dump(), "rate": 2e-3}]}, "stages.0.rate (0.001 there, 0.002 here)"),
        ({"stages": [SETUP.stages[0].model_dump()] * 2}, "stages (1 entries there, 2 here)"),
        ({"seed": 3, "kl_weight": 1.0}, "seed (2 there, 3 here), kl_weight (0.1 there, 1.0 here)"),
    ],
)
def test_other_settings_are_refused_by_name(folder: Path, fields: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        claim(folder, changed(**fields), resume=True, overwrite=False)
    assert f"other settings: {said}." in str(caught.value)
    assert read_settings(folder / SETTINGS) == SETUP


def test_settings_that_do_not_change_the_outcome_may_change(folder: Path) -> None:
    other = changed(threads=2, workers=3, device="cpu", checkpoint_every=7)
    assert claim(folder, other, resume=True, overwrite=False) is not None
    assert read_settings(folder / SETTINGS) == other


def test_metrics_after_the_checkpoint_are_struck_out(tmp_path: Path) -> None:
    path = tmp_path / METRICS
    path.write_text("step,films,seconds,transport,kl,validation_dice\n20,40,1,.5,.1,\n40,80,2,.4,.1,.9\n60,120,3,.3,.1,\n8")
    strike_out(path, 40)
    assert path.read_text() == "step,films,seconds,transport,kl,validation_dice\n20,40,1,.5,.1,\n40,80,2,.4,.1,.9\n"
    strike_out(path, 0)
    assert path.read_text() == "step,films,seconds,transport,kl,validation_dice\n"


def test_every_start_and_resume_is_recorded(tmp_path: Path) -> None:
    record(tmp_path, SETUP, {"path": "there"}, step=0, device="cpu")
    record(tmp_path, SETUP, None, step=12, device="cuda:0")
    run = json.loads((tmp_path / RECORD).read_text())
    assert run["seed"] == 2
    assert run["initial"] == {"path": "there"}
    assert [(session["step"], session["device"]) for session in run["sessions"]] == [(0, "cpu"), (12, "cuda:0")]
    assert all(session["torch"] == torch.__version__ for session in run["sessions"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunState]:
    folder = tmp_path_factory.mktemp("trained")
    return folder, train(SETUP, folder, quiet=True)


def test_a_run_starts_from_the_averaged_weights_of_another(trained: tuple[Path, RunState], tmp_path: Path) -> None:
    source, state = trained
    still = changed(seed=8, stages=[{**SETUP.stages[0].model_dump(), "rate": 1e-12, "final_rate": 1e-12}], weight_decay=0)
    fine = train(still, tmp_path / "fine", initial=source, quiet=True)
    for name, value in state.average.named_parameters():
        torch.testing.assert_close(fine.network.get_parameter(name), value, rtol=0, atol=1e-9)
    origin = json.loads((tmp_path / "fine" / RECORD).read_text())["initial"]
    assert origin["sha256"] == hashlib.sha256((source / CHECKPOINT).read_bytes()).hexdigest()
    assert (origin["step"], origin["films"]) == (1, 2)


@pytest.mark.parametrize("name", ["", CHECKPOINT, BEST])
def test_initial_weights_may_be_a_folder_or_a_file(trained: tuple[Path, RunState], name: str) -> None:
    source, state = trained
    weights, _ = initial_weights(source / name, SETUP)
    assert all(torch.equal(value, weights[key]) for key, value in state.average.state_dict().items())


def test_weights_that_cannot_be_used_are_refused(trained: tuple[Path, RunState], tmp_path: Path) -> None:
    source, _ = trained
    with pytest.raises(UsageError, match=r"another size: stem.weight is \(8, 1, 5, 5\) there and \(16, 1, 5, 5\)"):
        initial_weights(source, changed(network={}))
    with pytest.raises(UsageError, match="no checkpoint is here"):
        initial_weights(tmp_path, SETUP)
    (tmp_path / "bundle.json").write_text("{}")
    with pytest.raises(UsageError, match=r"is a model bundle.*run folder"):
        initial_weights(tmp_path, SETUP)


def test_earlier_work_is_counted_through_the_runs_that_weights_came_from(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    train(SETUP, first, quiet=True)
    train(SETUP, second, initial=first, quiet=True)
    train(SETUP, third, initial=second, quiet=True)
    assert [earlier_work(run) for run in (first, second, third)] == [(0, 0), (1, 2), (2, 4)]
