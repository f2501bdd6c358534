"""The folder of a run: whether it may be used, what it goes on from, and the record of how it was made."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

import torch
from pydantic import ValidationError

from OsteoScreenLib.errors import UsageError
from training.segmentation.commit import commit
from training.segmentation.network import StochasticExperts
from training.segmentation.settings import SegmentationSettings, read_settings
from training.segmentation.settings_errors import explain
from training.segmentation.state import BEST, CHECKPOINT, read

SETTINGS = "settings.json"
METRICS = "metrics.csv"
RECORD = "run.json"
SAMPLES = "samples"
TENSORBOARD = "tensorboard"
FREE = frozenset({"threads", "workers", "device", "checkpoint_every", "annotations.manifest"})
"""Settings that a resumed run may change: the outcome does not depend on them, but for rounding on another device."""


def claim(folder: Path, settings: SegmentationSettings, *, resume: bool, overwrite: bool) -> dict[str, Any] | None:
    """Make ``folder`` ready for a run and return the checkpoint to go on from, or None where it starts anew.

    Raises
    ------
    UsageError
        If the folder holds a run that is neither resumed nor overwritten, or one of other settings.
    """
    saved = None
    if resume:
        _refuse_other_settings(folder, settings)
        saved = read(folder / CHECKPOINT) if (folder / CHECKPOINT).exists() else None
    elif not overwrite and ((folder / CHECKPOINT).exists() or (folder / METRICS).exists()):
        remedy = "Go on with --resume, replace it with --overwrite, or name another folder"
        raise UsageError(folder, "holds a run already", remedy)
    folder.mkdir(parents=True, exist_ok=True)
    if saved is None:
        _clear(folder)
    replace_text(folder / SETTINGS, settings.model_dump_json(indent=1) + "\n")
    return saved


def replace_text(path: Path, text: str) -> None:
    """Write beside the old file, then rename."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.replace(path)


def initial_weights(source: Path, settings: SegmentationSettings) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Averaged weights of another run (its folder, or one of its checkpoints), and where they came from for the record.

    Raises
    ------
    UsageError
        If there are none, or if they belong to a network of another size.
    """
    path = source / CHECKPOINT if source.is_dir() else source
    if not path.is_file():
        if (source / "bundle.json").is_file():
            remedy = "Name the run folder it was made from: in a bundle's graph the batch norms are part of the convolutions"
            raise UsageError(source, "is a model bundle, whose weights cannot be trained on", remedy)
        raise UsageError(path, "no checkpoint is here", f"Name a run folder, or a {CHECKPOINT} or {BEST} file")
    saved = read(path)
    weights: dict[str, torch.Tensor] = saved["average"]
    _refuse_other_network(path, weights, settings)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return weights, {"path": str(path.resolve()), "sha256": digest, "step": saved["step"], "films": saved["films"]}


class Seeded(Protocol):
    """Settings of any kind of run."""

    @property
    def seed(self) -> int:
        """Seed of everything random."""


def record(folder: Path, settings: Seeded, initial: dict[str, Any] | None, **session: Any) -> None:
    """Add this start or resume to ``run.json``: when, from which step (``session``), with which code, versions and command."""
    path = folder / RECORD
    run: dict[str, Any] = {"seed": settings.seed, "initial": initial, "sessions": []}
    if path.exists():
        run = json.loads(path.read_text(encoding="utf-8"))
    here = {
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "python": platform.python_version(),
        "torch": torch.__version__,
        "platform": platform.platform(),
        "processors": os.cpu_count(),
    }
    run["sessions"] = [*run["sessions"], here | session]
    replace_text(path, json.dumps(run, indent=1) + "\n")


def earlier_work(run: Path) -> tuple[int, int]:
    """Steps and films of the runs that a run's weights came from, one after the other, as far as their folders are there."""
    path = run / RECORD
    initial = json.loads(path.read_text(encoding="utf-8")).get("initial") if path.exists() else None
    if initial is None:
        return 0, 0
    steps, films = earlier_work(Path(initial["path"]).parent)
    return steps + initial["step"], films + initial["films"]


def _refuse_other_settings(folder: Path, settings: SegmentationSettings) -> None:
    path = folder / SETTINGS
    if not path.exists():
        return
    try:
        there = read_settings(path)
    except ValidationError as error:
        raise UsageError(path, "; ".join(explain(error, Path(SETTINGS))), "Resume with the code that started the run") from error
    other = list(_differences(there.model_dump(), settings.model_dump()))
    if other:
        said = ", ".join(f"{name} ({old} there, {new} here)" for name, old, new in other)
        remedy = f"Resume without --settings, or start another run with --initial {folder}"
        raise UsageError(path, f"the run was started with other settings: {said}", remedy)


def _differences(there: Any, here: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Name, old and new value of every field that differs, but for `FREE` ones."""
    if name in FREE or there == here:
        return
    if isinstance(there, dict) and isinstance(here, dict):
        for key in there:
            yield from _differences(there[key], here[key], f"{name}.{key}" if name else key)
    elif isinstance(there, (tuple, list)) and len(there) == len(here):
        for index, (old, new) in enumerate(zip(there, here, strict=True)):
            yield from _differences(old, new, f"{name}.{index}")
    elif isinstance(there, (tuple, list)):
        yield name, f"{len(there)} entries", len(here)
    else:
        yield name, there, here


def _refuse_other_network(path: Path, weights: dict[str, torch.Tensor], settings: SegmentationSettings) -> None:
    with torch.device("meta"):
        wanted = {name: tuple(value.shape) for name, value in StochasticExperts(settings.network).state_dict().items()}
    found = {name: tuple(value.shape) for name, value in weights.items()}
    if found != wanted:
        name = next(n for n in {**wanted, **found} if wanted.get(n) != found.get(n))
        raise UsageError(
            path,
            f"its network has another size: {name} is {found.get(name)} there and {wanted.get(name)} by these settings",
            f"Take the field network from that run's {SETTINGS}",
        )


def _clear(folder: Path) -> None:
    """Remove what a run writes, and nothing else."""
    files = [folder / name for name in (CHECKPOINT, BEST, METRICS, RECORD, SETTINGS)]
    files += folder.glob("*.partial")
    files += (folder / SAMPLES).glob("step_*.png")
    files += (folder / TENSORBOARD).glob("events.out.tfevents.*")
    for path in files:
        path.unlink(missing_ok=True)
