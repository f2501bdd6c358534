"""A small residual network that sees one bone at a time, and the linear heads on top of it."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as functional
from torch import nn

from OsteoScreenLib.bones import BONES

WIDTHS = (16, 32, 64, 128)
FEATURES = 2 * WIDTHS[-1]


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut; the first halves the resolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, 2, bias=False)
        self.shortcut_norm = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H / 2, W / 2)."""
        y = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(y)) + self.shortcut_norm(self.shortcut(x)))


class Encoder(nn.Module):
    """Cut-outs (B, 1, H, W) to features (B, `FEATURES`): mean and largest response of every channel over the cut-out.

    .3 M parameters; the stem strides, so nothing runs at full resolution with many channels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTHS[0], 5, 2, 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        self.stages = nn.Sequential(*(Residual(a, b) for a, b in pairwise(WIDTHS)))

    def forward(self, cutouts: torch.Tensor) -> torch.Tensor:
        """Features of cut-outs of any size from 16 x 16."""
        x = self.stages(functional.relu(self.stem_norm(self.stem(cutouts))))
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


class BoneHeads(nn.Module):
    """One linear layer per bone on standardised features."""

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, features: int = FEATURES) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(len(BONES), features))
        self.bias = nn.Parameter(torch.zeros(len(BONES)))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))

    def forward(self, features: torch.Tensor, bone: torch.Tensor) -> torch.Tensor:
        """Logits (B,) of features (B, F) of bones (B,), given as channel numbers."""
        standard = (features - self.mean) / self.scale
        return (standard * self.weight[bone]).sum(1) + self.bias[bone]


class BoneClassifier(nn.Module):
    """Encoder and heads: what is exported."""

    def __init__(self, encoder: Encoder | None = None, heads: BoneHeads | None = None) -> None:
        super().__init__()
        self.encoder = encoder or Encoder()
        self.heads = heads or BoneHeads()

    def forward(self, cutouts: torch.Tensor, bone: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B,) and features (B, F) of cut-outs (B, 1, H, W) of bones (B,)."""
        features = self.encoder(cutouts)
        return self.heads(features, bone), features


class Projection(nn.Module):
    """Two layers behind the encoder during pretraining only; contrast is taken on the unit sphere behind them."""

    def __init__(self, features: int = FEATURES, hidden: int = 256, outputs: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Unit vectors (B, outputs)."""
        return functional.normalize(self.layers(features), dim=1)
