"""Training killed outright (SIGKILL) at any moment and resumed equals training that was never killed, bit by bit."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
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
    network=NetworkSettings(widths=(8, 8, 8, 8, 8), features=8, experts=2, latent=2),
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
HANGS_AFTER_S = 300.0
"""A trainer that still runs then hangs and is killed, so that the tests go on; none is expected to take a share of it."""
ROOT = Path(__file__).resolve().parents[2]


def rows(folder: Path) -> int:
    """Whole rows of metrics so far."""
    path = folder / METRICS
    return max(path.read_text().count("\n") - 1, 0) if path.exists() else 0


def members(group: int) -> list[int]:
    """Living processes of a process group; those that are dead and only wait to be noticed do not count."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    found = (line.split() for line in listed.splitlines())
    return [int(pid) for pid, pgid, state in found if int(pgid) == group and not state.startswith("Z")]


def killed(arguments: list[str], when: Callable[[], bool], *, delay: float) -> int:
    """Run the command until ``when()`` holds, wait for ``delay`` seconds, kill it with all its workers, and see them gone.

    Returns how many processes it had at most.
    """
    command = [sys.executable, "-m", "training.segment", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    watchdog = threading.Timer(HANGS_AFTER_S, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    most = 0
    try:
        while process.poll() is None and not when():
            most = max(most, len(members(process.pid)))
        time.sleep(delay)
        most = max(most, len(members(process.pid)))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    while watchdog.is_alive() and members(process.pid):
        time.sleep(0.01)
    watchdog.cancel()
    assert members(process.pid) == []
    return most


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("ps") is None, reason="needs process groups and a list of them")
def test_killed_at_any_moment_and_resumed_it_is_the_same_run(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(SETTINGS.model_dump_json())
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    arguments = ["--settings", str(path), "--quiet"]
    assert main(["--run", str(whole), *arguments]) == 0

    moments = random.Random(0)
    total = SETTINGS.total_steps
    steps = []
    most = 0
    for begun, longest in (  # while it starts, and in both stages
        (folder.exists, 1.0),
        (lambda: rows(folder) >= 1, 0.1),
        (lambda: rows(folder) >= 2, 0.1),
    ):
        delay = moments.uniform(0, longest)
        most = max(most, killed(["--run", str(folder), "--resume", *arguments], begun, delay=delay))
        steps.append(states.read(folder / CHECKPOINT)["step"] if (folder / CHECKPOINT).exists() else 0)
    assert most > SETTINGS.workers, "the workers were never there to be killed"
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
