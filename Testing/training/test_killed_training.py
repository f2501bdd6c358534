"""Training killed outright (SIGKILL) at any moment and resumed equals training that was never killed, bit by bit."""

from __future__ import annotations

import csv
import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch

from training.segment import main
from training.segmentation import state as states
from training.segmentation.network import NetworkSettings
from training.segmentation.run_folder import METRICS
from training.segmentation.settings import SegmentationSettings, Stage
from training.segmentation.state import CHECKPOINT

SETTINGS = SegmentationSettings(
    seed=11,
    network=NetworkSettings(widths=(4, 4, 6, 6, 6), features=4, experts=2, latent=2),
    stages=(
        Stage(size=64, batch=2, steps=6, rate=2e-3, final_rate=1e-3),
        Stage(size=64, batch=3, steps=5, rate=1e-3, final_rate=1e-4),
    ),
    checkpoint_every=2,
    validate_every=3,
    validation_films=1,
    workers=2,
    samples=1,
)
PATIENCE = 120.0
"""Seconds after which a process that shows no progress counts as hung."""


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    context = multiprocessing.get_context("forkserver")
    # Imported once instead of for every process; torch imports the second for the first optimiser.
    context.set_forkserver_preload(["training.segment", "torch._dynamo"])
    return context


def rows(folder: Path) -> int:
    """Whole rows of metrics so far."""
    path = folder / METRICS
    return max(path.read_text().count("\n") - 1, 0) if path.exists() else 0


def killed(processes: ForkServerContext, arguments: list[str], folder: Path, *, after: int, delay: float) -> None:
    """Run the command until ``after`` rows are noted, wait for ``delay`` seconds, and kill it."""
    process = processes.Process(target=main, args=(arguments,))
    process.start()
    given_up = time.monotonic() + PATIENCE
    while process.is_alive() and rows(folder) < after:
        assert time.monotonic() < given_up, "the run makes no progress"
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.join()


def test_killed_at_any_moment_and_resumed_it_is_the_same_run(processes: ForkServerContext, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(SETTINGS.model_dump_json())
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    arguments = ["--settings", str(path), "--quiet"]
    assert main(["--run", str(whole), *arguments]) == 0

    moments = random.Random(0)
    total = SETTINGS.total_steps
    steps = []
    for after, longest in ((0, 1.0), (1, 0.1), (2, 0.1)):  # while it starts, and in both stages
        delay = moments.uniform(0, longest)
        killed(processes, ["--run", str(folder), "--resume", *arguments], folder, after=after, delay=delay)
        steps.append(states.read(folder / CHECKPOINT)["step"] if (folder / CHECKPOINT).exists() else 0)
    assert steps == sorted(steps)
    assert 0 < steps[-1] < total
    (folder / (CHECKPOINT + ".partial")).write_bytes(b"cut short")
    with open(folder / METRICS, "a") as handle:
        handle.write("9,2")  # a row that a kill cut short

    assert main(["--run", str(folder), "--resume", *arguments]) == 0
    one, other = (states.read(run / CHECKPOINT) for run in (whole, folder))
    assert (other["step"], other["films"], other["best"]) == (one["step"], one["films"], one["best"])
    for part in ("network", "average"):
        assert all(torch.equal(value, other[part][name]) for name, value in one[part].items())
    tables = []
    for run in (whole, folder):
        with open(run / METRICS, newline="") as handle:
            tables.append([{name: row[name] for name in row if name != "seconds"} for row in csv.DictReader(handle)])
    assert [row["step"] for row in tables[0]] == ["3", "6", "9", "11"]
    assert tables[1] == tables[0]
