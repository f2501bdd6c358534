"""A classifier from an encoder and a cohort: heads or full training, calibration, thresholds, figures, graph."""

from __future__ import annotations

import copy
import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.card_values import FilmOrigin
from OsteoScreenLib.classification.cutouts import CUTOUT_VERSION
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from OsteoScreenLib.errors import UsageError
from training.classification.calibration import Choice, choose_calibration, operating_point
from training.classification.classifier import BoneClassifier
from training.classification.export import GRAPH_NAME, export_graph
from training.classification.familiarity import familiarity_section, film_distances, fit_familiarity
from training.classification.figures import index_thresholds, results
from training.classification.heads import encode, fit_heads, head_probabilities
from training.classification.people import Part, parts_of
from training.classification.supervised import FINE_TUNING_RATE, SupervisedSettings, train_supervised
from training.cohort.store import Cohort
from training.evaluation.statistics import auc, subject_probability
from training.segmentation.commit import commit

Report = Callable[[str], None]
Labels = Literal["heads", "fine-tuned", "supervised"]
FEWEST_BONES = 3
LEAST_AUC = 0.55
"""A classifier below this on the validation subjects is not exported: it says nothing."""
WORDS = {
    "heads": "self-supervised encoder ({method}), frozen, with one linear head per bone",
    "fine-tuned": "self-supervised encoder ({method}), trained on with one linear head per bone",
    "supervised": "encoder and linear heads trained together on labels",
}


@dataclass(frozen=True)
class Settings:
    """How labels are used; ``epochs`` and ``batch`` matter where the encoder is trained."""

    labels: Labels = "heads"
    epochs: int = 12
    batch: int = 64
    reduction: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Pretrained:
    """An encoder and what is to be said of it."""

    encoder: torch.nn.Module
    method: str


def classify(
    cohort: Cohort,
    calibration: Cohort | None,
    pretrained: Pretrained,
    settings: Settings,
    folder: Path,
    out: Path,
    *,
    resume: bool = False,
    report: Report = print,
) -> Path:
    """Train, calibrate, choose thresholds, export into ``out``; returns the path of ``classification.json``.

    Raises `UsageError` where the cohorts cannot be split, or where the classifier tells nothing on the validation subjects.
    """
    parts = parts_of(cohort, calibration, settings.seed)
    report(", ".join(f"{name}: {part.subjects.words}" for name, part in parts.items()))
    model = _trained(parts["train"], pretrained, settings, folder, resume, report)
    raw, distances = {}, {}
    for name, part in parts.items():
        features = encode(model, part.samples)
        if name == "train":
            model.familiarity = fit_familiarity(features, len(BONES))
        raw[name] = subject_probability(head_probabilities(model.heads, features), features.subject, len(part.subjects))
        distances[name] = film_distances(model.familiarity, features)
    reached = auc(parts["validation"].truth, raw["validation"])
    report(f"AUC on the validation subjects: {reached:.3f}")
    _refuse_the_useless(folder, reached)
    choice = choose_calibration(parts["validation"].truth, raw["validation"], settings.seed)
    said = {name: choice.calibration.apply(values) for name, values in raw.items()}
    content = _fragment(parts, said, choice, distances, pretrained, settings)
    out.mkdir(parents=True, exist_ok=True)
    export_graph(model, out / GRAPH_NAME)
    path = out / "classification.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for name, (value, low, high) in content["results"]["auc"].items():
        report(f"AUC on test subjects, {name}: {value:.3f} ({low:.3f} to {high:.3f})")
    return path


def _trained(
    train: Part, pretrained: Pretrained, settings: Settings, folder: Path, resume: bool, report: Report
) -> BoneClassifier:
    torch.manual_seed(settings.seed)
    model = BoneClassifier(copy.deepcopy(pretrained.encoder), len(BONES), settings.reduction)
    if settings.labels == "heads":
        model.heads, strength = fit_heads(encode(model, train.samples), len(BONES))
        report(f"linear heads, inverse strength of the penalty {strength:g}")
        return model.eval()
    rate = FINE_TUNING_RATE if settings.labels == "fine-tuned" else SupervisedSettings.rate
    plan = SupervisedSettings(settings.epochs, settings.batch, rate, seed=settings.seed)
    return train_supervised(train.samples, model, plan, folder / "training.safetensors", resume=resume, report=report)


def _refuse_the_useless(folder: Path, reached: float) -> None:
    if not reached >= LEAST_AUC:
        fault = f"the classifier reaches an AUC of {reached:.2f} on the validation subjects, which is of no use"
        raise UsageError(folder, fault, "Train on more subjects, or pretrain for more epochs")


def _fragment(
    parts: dict[str, Part],
    said: dict[str, np.ndarray],
    choice: Choice,
    distances: dict[str, np.ndarray],
    pretrained: Pretrained,
    settings: Settings,
) -> dict[str, Any]:
    """The ``classification`` section of ``bundle.json``, with the figures it was chosen on."""
    validation, test = parts["validation"], parts["test"]
    kind = "simulated films" if test.subjects.simulated else "films"
    ages = test.subjects.age_years
    population = (
        f"{kind} of {len(test.subjects)} test subjects of {ages.min():.0f} to {ages.max():.0f} years; thresholds chosen on "
        f"{len(validation.subjects)} other subjects"
    )
    return {
        "graph": GRAPH_NAME,
        "operating_point": operating_point((validation.truth, said["validation"]), (test.truth, said["test"]), population),
        "cutouts": {"version": CUTOUT_VERSION, "rows": CUT_ROWS, "columns": CUT_COLUMNS},
        "calibration": choice.calibration.as_bundle(),
        "calibration_kind": choice.kind,
        "cortical_index": index_thresholds(validation),
        "fewest_bones": FEWEST_BONES,
        "familiarity": familiarity_section(distances["validation"]),
        "method": WORDS[settings.labels].format(method=pretrained.method),
        "training_data": _training_data(parts),
        "films": {"training": _films(parts["train"]), "figures": _films(test)},
        "results": results(said, validation, test, settings.seed),
        "run": {**asdict(settings), "commit": commit(), "torch": torch.__version__, "python": platform.python_version()},
    }


def _films(part: Part) -> str:
    """What the model card says of a part's films."""
    return (FilmOrigin.SIMULATED if part.subjects.simulated else FilmOrigin.PATIENTS).value


def _training_data(parts: dict[str, Part]) -> str:
    simulated = [part.subjects.simulated for part in parts.values()]
    counts = ", ".join(f"{len(parts[name].subjects)} {use}" for name, use in _USES.items())
    if all(simulated):
        return f"Simulated films only: subjects {counts}. It has not been tested on patients."
    if not any(simulated):
        return f"Films of subjects with DXA: {counts}."
    made = " and ".join(_USES[name] for name, part in parts.items() if part.subjects.simulated)
    return f"Simulated films {made}, films of subjects with DXA else: {counts}."


_USES = {"train": "for training", "validation": "for calibration and thresholds", "test": "for the figures"}
