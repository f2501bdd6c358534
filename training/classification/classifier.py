"""What is exported: an encoder that sees one bone at a time, linear heads on top of it, and how unusual the bone looks to it."""

from __future__ import annotations

import torch
from torch import nn

from training.selfsupervision.encoders import make_encoder
from training.selfsupervision.views import reduced


class BoneHeads(nn.Module):
    """One linear layer per bone on standardised features."""

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, features: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, features))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))

    def forward(self, features: torch.Tensor, bone: torch.Tensor) -> torch.Tensor:
        """Logits (B,) of features (B, F) of bones (B,), given as channel numbers."""
        standard = (features - self.mean) / self.scale
        return (standard * self.weight[bone]).sum(1) + self.bias[bone]


class Familiarity(nn.Module):
    """How far a bone's features lie from those of the training films: squared Mahalanobis distance over their number.

    About 1 for bones like those of training. Each bone has its own centre; the spread, ``whitening`` (F x F), is common to all.
    """

    centre: torch.Tensor
    whitening: torch.Tensor

    def __init__(self, features: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(channels, features))
        self.register_buffer("whitening", torch.eye(features))

    def forward(self, features: torch.Tensor, bone: torch.Tensor) -> torch.Tensor:
        """Distances (B,)."""
        return ((features - self.centre[bone]) @ self.whitening).square().mean(dim=1)


class BoneClassifier(nn.Module):
    """Encoder, heads and familiarity.

    ``reduction``: cut-out pixels, squared, that are averaged to one before the encoder, as in its training.
    """

    def __init__(self, encoder: nn.Module, channels: int, reduction: int = 1) -> None:
        super().__init__()
        features = int(encoder.features)  # type: ignore[arg-type]
        self.encoder = encoder
        self.heads = BoneHeads(features, channels)
        self.familiarity = Familiarity(features, channels)
        self.reduction = reduction

    @classmethod
    def fresh(cls, encoder: str, channels: int, reduction: int = 1) -> BoneClassifier:
        """An untrained one with the encoder of this name."""
        return cls(make_encoder(encoder), channels, reduction)

    def encode(self, cutouts: torch.Tensor) -> torch.Tensor:
        """Features (B, F) of cut-outs (B, 1, H, W)."""
        return self.encoder(reduced(cutouts, self.reduction))

    def forward(self, cutouts: torch.Tensor, bone: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (B,), features (B, F) and distances (B,) of cut-outs (B, 1, H, W) of bones (B,)."""
        features = self.encode(cutouts)
        return self.heads(features, bone), features, self.familiarity(features, bone)
