"""The comparison: the same network trained on labels, from scratch or from the pretrained encoder."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as functional

from training.cohort.samples import BoneSamples
from training.classification.encoder import BoneClassifier
from training.classification.loop import Plan, Report, fit
from training.classification.views import TRAINING_VIEW, draw_view

DROPPED = 0.2
"""Share of the features left out at random in each step, against memorising."""


def train_supervised(
    samples: BoneSamples, plan: Plan, checkpoint: Path, *, resume: bool = False, report: Report = print
) -> BoneClassifier:
    """Train encoder and heads together on the subjects' labels, each bone on its own."""
    torch.manual_seed(plan.seed)
    model = BoneClassifier()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def step(rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        views = draw_view(samples.pixels[rows].float(), samples.masks[rows], TRAINING_VIEW, generator)
        with torch.autocast("cpu", torch.bfloat16):
            features = model.encoder(views.to(memory_format=torch.channels_last))
        keep = (torch.rand(features.shape, generator=generator) > DROPPED).float() / (1 - DROPPED)
        logits = model.heads(features.float() * keep, samples.bone[rows])
        return functional.binary_cross_entropy_with_logits(logits, samples.label[rows])

    fit(model, step, len(samples), plan, checkpoint, resume=resume, report=report)
    return model
