"""Self-supervised pretraining of the encoder: SimCLR with multi-crop, no label is seen.

The published recipe with a small network: AdamW instead of LARC (at this size it needs no layer-wise rates), with the same
cosine annealing.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from training.cohort.samples import BoneSamples
from training.classification.encoder import Encoder, Projection
from training.classification.loop import Plan, Report, fit
from training.classification.simclr import multi_crop_loss
from training.classification.views import GLOBAL_VIEW, LOCAL_VIEW, draw_view

GLOBAL_VIEWS, LOCAL_VIEWS = 2, 2


class ContrastiveModel(nn.Module):
    """Encoder and projection."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.projection = Projection()

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Unit vectors of views (B, 1, H, W)."""
        with torch.autocast("cpu", torch.bfloat16):
            features = self.encoder(views.to(memory_format=torch.channels_last))
        return self.projection(features.float())


def pretrain(samples: BoneSamples, plan: Plan, checkpoint: Path, *, resume: bool = False, report: Report = print) -> Encoder:
    """Train an encoder by contrast between views of ``samples``."""
    torch.manual_seed(plan.seed)
    model = ContrastiveModel()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def step(rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        pixels, masks = samples.pixels[rows].float(), samples.masks[rows]
        settings = [GLOBAL_VIEW] * GLOBAL_VIEWS + [LOCAL_VIEW] * LOCAL_VIEWS
        vectors = [model(draw_view(pixels, masks, one, generator)) for one in settings]
        return multi_crop_loss(vectors[:GLOBAL_VIEWS], vectors[GLOBAL_VIEWS:])

    fit(model, step, len(samples), plan, checkpoint, resume=resume, report=report)
    return model.encoder
