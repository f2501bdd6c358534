"""The whole run in stages, each of which is skipped on resume where its outcome lies in the run folder."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from OsteoScreenLib.classification.cutouts import CUTOUT_VERSION
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from OsteoScreenLib.errors import UsageError
from training.classification.calibration import LEAST_SLOPE
from training.classification.checkpoint import load_state, save_state
from training.classification.cohort_store import SPLITS, Split, cast_split, load_split
from training.classification.comparison import Comparison, Method, compare, scores_of
from training.classification.encoder import BoneClassifier, BoneHeads, Encoder
from training.classification.export import GRAPH_NAME, export_graph
from training.classification.heads import fit_heads
from training.classification.loop import Plan, Report
from training.classification.pretraining import pretrain
from training.classification.supervised import train_supervised
from training.cohort.samples import BoneSamples, bone_samples

TOLERATED = 0.02
"""The published method (frozen self-supervised encoder) is shipped where its AUC is at most this much lower."""
FEWEST_BONES = 3


@dataclass(frozen=True)
class Settings:
    """Size and seeds of a run."""

    train: int = 750
    validation: int = 500
    test: int = 400
    pretraining_epochs: int = 10
    supervised_epochs: int = 12
    batch: int = 128
    seed: int = 0

    def subjects(self, split: str) -> int:
        """Subjects of a split."""
        return int(getattr(self, split))


def run(folder: Path, out: Path, settings: Settings, *, resume: bool = False, report: Report = print) -> Path:
    """Cast, pretrain, fit, compare, calibrate and export into ``out``; returns the JSON fragment's path.

    Raises `UsageError` where the method to ship tells nothing on the validation subjects.
    """
    cast_cohort(folder, settings, report)
    splits = {split: load_split(folder / "cohort", split, settings.subjects(split), settings.seed) for split in SPLITS}
    samples = {split: bone_samples(cohort) for split, cohort in splits.items()}
    models = {
        "simclr": _self_supervised(folder, samples, settings, resume, report),
        "supervised": _supervised(folder, samples, settings, resume, report),
    }
    methods = {name: scores_of(model, samples, splits) for name, model in models.items()}
    comparison = compare(methods, splits, settings.seed)
    shipped = chosen_method(comparison)
    if methods[shipped].calibration.slope <= LEAST_SLOPE:
        reached = f"method '{shipped}' reaches an AUC of {comparison.validation_auc[shipped]:.2f} on the validation subjects"
        raise UsageError(folder, f"{reached}, which is of no use", "Train for more epochs or on more subjects")
    report(comparison.table())
    report(f"shipped: {shipped}")
    out.mkdir(parents=True, exist_ok=True)
    export_graph(models[shipped], out / GRAPH_NAME)
    path = out / "classification.json"
    content = fragment(shipped, methods[shipped], comparison, splits, settings)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    (out / "classification.md").write_text(comparison.table() + "\n", encoding="utf-8")
    return path


def cast_cohort(folder: Path, settings: Settings, report: Report) -> None:
    """Cast what is missing of all splits."""
    total = sum(settings.subjects(split) for split in SPLITS)
    done, begun = 0, time.monotonic()
    for split in SPLITS:
        count = settings.subjects(split)

        def progress(ready: int, split: str = split, before: int = done) -> None:
            so_far = before + ready
            left = (time.monotonic() - begun) / so_far * (total - so_far)
            report(f"cohort: {split} {ready}, {so_far}/{total} subjects, {left / 60:.1f} min left")

        cast_split(folder / "cohort", split, count, settings.seed, progress)
        done += count


def chosen_method(comparison: Comparison) -> str:
    """Frozen SimCLR encoder where it is as good as the supervised network or nearly so, judged on validation subjects."""
    selfsup, supervised = (comparison.validation_auc[name] for name in ("simclr", "supervised"))
    return "simclr" if selfsup >= supervised - TOLERATED else "supervised"


def fragment(
    shipped: str, method: Method, comparison: Comparison, splits: dict[str, Split], settings: Settings
) -> dict[str, Any]:
    """The ``classification`` section of ``bundle.json``, with the figures it was chosen on."""
    described = {
        "simclr": "self-supervised encoder (SimCLR, multi-crop), frozen, with one linear head per bone",
        "supervised": "encoder and linear heads trained together on labels (better here than the frozen self-supervised one)",
    }
    return {
        "graph": GRAPH_NAME,
        "operating_point": method.operating_point,
        "cutouts": {"version": CUTOUT_VERSION, "rows": CUT_ROWS, "columns": CUT_COLUMNS},
        "calibration": method.calibration.as_bundle(),
        "cortical_index": comparison.index_thresholds,
        "fewest_bones": FEWEST_BONES,
        "method": described[shipped],
        "training_data": (
            f"Simulated films only: {len(splits['train'])} subjects for training, {len(splits['validation'])} for calibration "
            f"and thresholds, {len(splits['test'])} for the figures. It has not been tested on patients."
        ),
        "results": comparison.results,
        "run": {**asdict(settings), "torch": torch.__version__, "python": platform.python_version()},
    }


def _self_supervised(
    folder: Path, samples: dict[str, BoneSamples], settings: Settings, resume: bool, report: Report
) -> BoneClassifier:
    finished = folder / "simclr-frozen.safetensors"
    if resume and finished.is_file():
        return _loaded(finished)
    plan = Plan(settings.pretraining_epochs, settings.batch, rate=1.5e-3, seed=settings.seed)
    encoder = pretrain(samples["train"], plan, folder / "pretraining.safetensors", resume=resume, report=report)
    heads, strength = fit_heads(encoder, samples["train"], samples["validation"])
    report(f"heads: strength {strength:g}")
    return _kept(finished, encoder, heads)


def _supervised(
    folder: Path, samples: dict[str, BoneSamples], settings: Settings, resume: bool, report: Report
) -> BoneClassifier:
    finished = folder / "supervised-frozen.safetensors"
    if resume and finished.is_file():
        return _loaded(finished)
    plan = Plan(settings.supervised_epochs, settings.batch, rate=1e-3, weight_decay=1e-2, seed=settings.seed)
    model = train_supervised(samples["train"], plan, folder / "supervised.safetensors", resume=resume, report=report)
    return _kept(finished, model.encoder, model.heads)


def _kept(path: Path, encoder: Encoder, heads: BoneHeads) -> BoneClassifier:
    save_state(path, BoneClassifier(encoder, heads))
    return _loaded(path)  # as a resumed run has it, so that both give the same figures


def _loaded(path: Path) -> BoneClassifier:
    model = BoneClassifier()
    load_state(path, model)
    return model.eval()
