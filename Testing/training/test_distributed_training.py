"""Training shared by two processes follows the same gradients as training in one (gloo, started by torchrun on this machine)."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from OsteoScreenLib.errors import UsageError
from training.segmentation import state as states
from training.segmentation import train as loop
from training.segmentation.distribution import Processes
from training.segmentation.network import NetworkSettings
from training.segmentation.run_folder import METRICS, RECORD
from training.segmentation.settings import SegmentationSettings, Stage
from training.segmentation.state import CHECKPOINT
from training.segmentation.train import train

ROOT = Path(__file__).parents[2]
SETTINGS = SegmentationSettings(
    seed=5,
    network=NetworkSettings(widths=(6, 6, 8, 8, 8), features=8, experts=2, latent=2),
    stages=(Stage(size=64, batch=4, steps=1, rate=2e-3, final_rate=1e-3),),
    validation_films=3,
    workers=0,
    samples=1,
    precision="float32",
)
LONGER = SETTINGS.model_copy(
    update={"stages": (SETTINGS.stages[0].model_copy(update={"steps": 4}),), "checkpoint_every": 2, "validation_films": 1}
)


def shared(tmp_path: Path, settings: SegmentationSettings, *more: str) -> subprocess.CompletedProcess[str]:
    """Two processes that train together into ``tmp_path / "two"``."""
    (tmp_path / "settings.json").write_text(settings.model_dump_json())
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    command += ["-m", "--", "training.segment", "--run", str(tmp_path / "two"), "--settings", str(tmp_path / "settings.json")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.run([*command, "--quiet", *more], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def gradients(saved: dict[str, Any]) -> list[torch.Tensor]:
    """Clipped gradients of a run's only step, from AdamW's first moment (1 - .9 of them)."""
    return [moments["exp_avg"] / 0.1 for moments in saved["optimiser"]["state"].values()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("shared")
    train(SETTINGS, folder / "one", quiet=True)
    done = shared(folder, SETTINGS)
    assert done.returncode == 0, done.stderr
    return folder / "one", folder / "two"


def test_two_processes_have_the_gradients_of_one(runs: tuple[Path, Path]) -> None:
    one, two = (gradients(states.read(run / CHECKPOINT)) for run in runs)
    largest = max(float(gradient.abs().max()) for gradient in one)
    assert largest > 0.01
    for ours, theirs in zip(one, two, strict=True):
        torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-5 * largest)


def test_two_processes_normalise_with_the_statistics_of_the_whole_batch(runs: tuple[Path, Path]) -> None:
    one, two = (states.read(run / CHECKPOINT)["network"] for run in runs)
    statistics = [name for name in one if "running" in name or "num_batches" in name]
    assert len(statistics) > 30
    for name in statistics:
        torch.testing.assert_close(two[name], one[name], rtol=1e-4, atol=1e-6)


def test_figures_are_those_of_the_whole_batch_and_written_once(runs: tuple[Path, Path]) -> None:
    tables = []
    for run in runs:
        with open(run / METRICS, newline="") as handle:
            tables.append(list(csv.DictReader(handle)))
    one, two = tables
    assert [row["step"] for row in two] == [row["step"] for row in one] == ["1"]
    assert float(two[0]["transport"]) == pytest.approx(float(one[0]["transport"]), rel=1e-4)
    assert float(two[0]["validation_dice"]) == pytest.approx(float(one[0]["validation_dice"]), abs=0.02)
    assert two[0]["films"] == "4"


def test_processes_go_on_together_from_a_checkpoint_that_only_the_first_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(LONGER, tmp_path / "one", quiet=True)
    steps = iter(range(100))
    real = loop.transport_loss

    def interrupted(*arguments: Any, **options: Any) -> Any:
        if next(steps) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "transport_loss", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(LONGER, tmp_path / "two", quiet=True)
    assert states.read(tmp_path / "two" / CHECKPOINT)["step"] == 2
    done = shared(tmp_path, LONGER, "--resume")
    assert done.returncode == 0, done.stderr
    one, two = (states.read(tmp_path / run / CHECKPOINT) for run in ("one", "two"))
    assert (two["step"], two["films"]) == (4, 16)
    # AdamW divides by the size of the gradients, which enlarges the rounding of small ones.
    for name, value in one["network"].items():
        torch.testing.assert_close(two["network"][name], value, rtol=0.02, atol=2e-4, msg=name)
    sessions = json.loads((tmp_path / "two" / RECORD).read_text())["sessions"]
    assert [(session["step"], session["processes"]) for session in sessions] == [(0, 1), (2, 2)]


def test_batches_that_cannot_be_shared_evenly_are_refused() -> None:
    Processes(count=2).refuse_unequal_shares([16, 8])
    with pytest.raises(UsageError, match=r"stages\.1\.batch: 9 films are no equal shares for 2 processes\. Give a multiple of 2"):
        Processes(count=2).refuse_unequal_shares([16, 9])
