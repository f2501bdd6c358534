"""The four methods: what stands behind the encoder during pretraining, and the loss of the views' features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import nn

from OsteoScreenLib.bones import BONES
from training.selfsupervision.settings import WHOLES, PretrainingSettings
from training.selfsupervision.simclr import simclr_loss
from training.selfsupervision.supcon import supcon_loss
from training.selfsupervision.swav import Prototypes, swav_loss
from training.selfsupervision.vicreg import vicreg_loss


@dataclass(frozen=True)
class Targets:
    """What is known of a batch: ``bone`` channel (B) and ``label`` 0 or 1 (B), which supcon alone looks at."""

    bone: torch.Tensor
    label: torch.Tensor

    @property
    def classes(self) -> torch.Tensor:
        """A number per bone and label (B): what counts as positive with labels."""
        return self.bone + len(BONES) * (self.label > 0.5).long()


class Head(nn.Module):
    """Projection behind the encoder, for swav prototypes behind it; thrown away after pretraining."""

    def __init__(self, settings: PretrainingSettings, features: int) -> None:
        super().__init__()
        hidden, outputs = settings.projection
        self.settings = settings
        self.projection = nn.Sequential(*_hidden(features, hidden))
        if settings.method == "vicreg":  # three layers as its authors' expander; the others have two
            self.projection.extend(_hidden(hidden, hidden))
        self.projection.append(nn.Linear(hidden, outputs))
        self.prototypes = Prototypes(outputs, settings.prototypes) if settings.method == "swav" else None

    def forward(self, features: Sequence[torch.Tensor], targets: Targets) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of the features (each B, F, float32) of the views, global ones first, and the spread of their projections.

        Spread: mean over dimensions of the standard deviation of the first view's unit vectors, times the square root of their
        dimensions; 0 where all bones have collapsed to one vector, near 1 where they fill the sphere.
        """
        vectors = self.projection(torch.cat(list(features))).chunk(len(features))
        unit = [functional.normalize(each, dim=1) for each in vectors]
        spread = unit[0].detach().std(dim=0).mean() * unit[0].shape[1] ** 0.5
        return self._loss(vectors, unit, targets), spread

    def _loss(self, vectors: Sequence[torch.Tensor], unit: Sequence[torch.Tensor], targets: Targets) -> torch.Tensor:
        temperature = self.settings.loss_temperature
        if self.settings.method == "vicreg":
            return vicreg_loss(vectors, WHOLES)
        if self.settings.method == "supcon":
            return supcon_loss(unit, WHOLES, targets.classes, temperature)
        if self.prototypes is not None:
            return swav_loss([self.prototypes(each) for each in unit], WHOLES, temperature)
        return simclr_loss(unit, WHOLES, temperature)

    def before_update(self, epoch: int) -> None:
        """Keep the prototypes still in the first epoch (Caron et al., 2020, appendix A): random features mislead them."""
        if self.prototypes is not None and epoch == 0:
            self.prototypes.weight.grad = None

    def after_update(self) -> None:
        """Put the prototypes back on the sphere."""
        if self.prototypes is not None:
            self.prototypes.normalise()


def _hidden(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]
