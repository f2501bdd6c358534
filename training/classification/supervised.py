"""Encoder and heads trained together on the subjects' labels: from scratch, or from a pretrained encoder (full fine-tuning)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional

from training.classification.classifier import BoneClassifier
from training.cohort.samples import BoneSamples
from training.selfsupervision.crops import CropSettings
from training.selfsupervision.loop import Plan, Report, fit
from training.selfsupervision.views import ViewSettings, draw_view

DROPPED = 0.2
"""Share of the features left out at random in each step, against memorising."""
NOISE = 0.06


@dataclass(frozen=True)
class SupervisedSettings:
    """How long and how fast; ``rate`` is the largest of a cosine, by AdamW."""

    epochs: int = 12
    batch: int = 64
    rate: float = 1e-3
    weight_decay: float = 1e-2
    seed: int = 0


FINE_TUNING_RATE = 3e-4
"""Largest rate from a pretrained encoder: a third of that from scratch, so as not to unlearn at once."""


def train_supervised(
    samples: BoneSamples,
    model: BoneClassifier,
    settings: SupervisedSettings,
    checkpoint: Path,
    *,
    resume: bool = False,
    report: Report = print,
) -> BoneClassifier:
    """Train all of ``model`` on ``samples``, each bone on its own, and return it in evaluation mode.

    The whole cut-out is shown, hardly moved: turned by 3 degrees, scaled by 6 %. Raises what `fit` raises.
    """
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    view = whole_view(samples.shape, model.reduction)
    plan = Plan(
        settings.epochs,
        min(settings.batch, len(samples)),
        settings.rate,
        weight_decay=settings.weight_decay,
        seed=settings.seed,
        checkpoint_every=settings.epochs,
    )

    def step(rows: torch.Tensor, generator: torch.Generator) -> dict[str, torch.Tensor]:
        views = draw_view(samples.pixels[rows].float(), samples.masks[rows], view, generator)
        features = model.encoder(views.contiguous(memory_format=torch.channels_last)).float()
        keep = (torch.rand(features.shape, generator=generator) > DROPPED).float() / (1 - DROPPED)
        logits = model.heads(features * keep, samples.bone[rows])
        return {"loss": functional.binary_cross_entropy_with_logits(logits, samples.label[rows])}

    fit(model, step, len(samples), plan, checkpoint, resume=resume, report=report, identity=f"{settings}")
    return model.eval()


def whole_view(shape: tuple[int, int], reduction: int) -> ViewSettings:
    """The whole cut-out of ``shape``, hardly moved, at the scale that ``reduction`` leaves."""
    zoom = (0.94 * reduction, 1.06 * reduction)
    crop = CropSettings((shape[0] // reduction, shape[1] // reduction), zoom, turn_deg=3.0, shift=0.0, least_bone=0.0)
    return ViewSettings(crop, reduction, noise=NOISE / reduction)
