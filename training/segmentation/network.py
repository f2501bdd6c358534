"""Mixture of stochastic experts over one shared U-Net (Gao et al., ICLR 2023, as used by Hwang et al., 2025).

One encoder and decoder give dense features. Every expert owns a Gaussian latent; a sample shifts and scales the features before
a 1x1 head, so that sixteen hypotheses cost little more than one. Bones overlap, so each has its own sigmoid channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as functional
from pydantic import ConfigDict, Field
from torch import nn

from OsteoScreenLib.bones import BONES

LOG_SIGMA_RANGE = (-5.0, 1.0)
"""Bounds of the learnt log standard deviation: unbounded it overflows."""
OUTPUT_STRIDE = 2
SIZE_MULTIPLE = 32

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class NetworkSettings:
    """Size of the network.

    Attributes
    ----------
    widths : channels at strides 2, 4, 8, 16 and 32
    features : channels of the shared features
    experts, latent : number of experts, and of latent dimensions of each
    stochastic : whether latents are sampled; with one expert and without samples the network is a plain U-Net
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    widths: tuple[Count, Count, Count, Count, Count] = (16, 32, 64, 112, 160)
    features: Count = 32
    experts: Count = 4
    latent: Count = 8
    stochastic: bool = True

    def __post_init__(self) -> None:
        """Refuse sizes that no network has."""
        for name, value in (("features", self.features), ("experts", self.experts), ("latent", self.latent)):
            if value < 1:
                raise ValueError(f"{name} is {value}: give at least 1")
        if min(self.widths) < 1:
            raise ValueError(f"widths are {self.widths}: give at least 1 channel each")


class Residual(nn.Module):
    """Two 3x3 convolutions with batch norm around a shortcut; the first may stride."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if inputs == outputs and stride == 1 else nn.Conv2d(inputs, outputs, 1, stride, bias=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return functional.relu(y + self.shortcut(x))


class Merge(nn.Module):
    """Double the resolution, join the skip connection, and mix."""

    def __init__(self, below: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(below, outputs, 1)
        self.mix = nn.Conv2d(outputs + skip, outputs, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, below: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """Map (B, below, H, W) and (B, skip, 2H, 2W) to (B, outputs, 2H, 2W)."""
        raised = functional.interpolate(self.reduce(below), scale_factor=2.0, mode="bilinear", align_corners=False)
        return functional.relu(self.norm(self.mix(torch.cat([raised, skip], dim=1))))


class StochasticExperts(nn.Module):
    """Film (B, 1, H, W) to hypotheses' logits (B, K * S, 7, H / 2, W / 2) and gate logits (B, K).

    H and W are multiples of `SIZE_MULTIPLE`.
    """

    def __init__(self, settings: NetworkSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or NetworkSettings()
        w2, w4, w8, w16, w32 = self.settings.widths
        self.stem = nn.Conv2d(1, w2, 5, 2, 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(w2)
        self.down4 = nn.Sequential(Residual(w2, w4, 2), Residual(w4, w4))
        self.down8 = nn.Sequential(Residual(w4, w8, 2), Residual(w8, w8))
        self.down16 = nn.Sequential(Residual(w8, w16, 2), Residual(w16, w16))
        self.down32 = nn.Sequential(Residual(w16, w32, 2), Residual(w32, w32), Residual(w32, w32))
        self.context = nn.Sequential(nn.Linear(w32, w32), nn.ReLU(), nn.Linear(w32, w32))
        self.up16 = Merge(w32, w16, w16)
        self.up8 = Merge(w16, w8, w8)
        self.up4 = Merge(w8, w4, w4 + 8)
        self.up2 = Merge(w4 + 8, w2, self.settings.features)
        self.refine = nn.Conv2d(self.settings.features, self.settings.features, 3, 1, 1)
        self.experts = Experts(self.settings)
        self.gate = nn.Sequential(nn.Linear(w32, 64), nn.ReLU(), nn.Linear(64, self.settings.experts))

    def forward(self, film: torch.Tensor, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``latents``: standard normal, (B, K, S, L)."""
        features, gate = self.encode(film)
        return self.experts(features, latents), gate

    def encode(self, film: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Shared features (B, F, H / 2, W / 2) and gate logits (B, K)."""
        x2 = functional.relu(self.stem_norm(self.stem(film)))
        x4 = self.down4(x2)
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        x32 = self.down32(x16)
        pooled = x32.mean(dim=(2, 3))
        x32 = x32 + self.context(pooled)[:, :, None, None]
        x = self.up2(self.up4(self.up8(self.up16(x32, x16), x8), x4), x2)
        return functional.relu(self.refine(x)), self.gate(pooled)


class Experts(nn.Module):
    """Gaussian latents per expert, and the shared 1x1 head on features that a latent shifts and scales.

    Shift and scale are folded into the head's weights (W (u (1 + a) + b) + c = (W diag(1 + a)) u + W b + c), so that no
    hypothesis ever needs its own copy of the features: all logits are one matrix product.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.stochastic = settings.stochastic
        self.mean = nn.Parameter(torch.randn(settings.experts, settings.latent))
        self.log_sigma = nn.Parameter(torch.full((settings.experts, settings.latent), -1.0))
        self.modulate = nn.Linear(settings.latent, 2 * settings.features)
        nn.init.normal_(self.modulate.weight, std=0.1)
        nn.init.zeros_(self.modulate.bias)
        self.head = nn.Linear(settings.features, len(BONES))

    def forward(self, features: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
        """Features (B, F, H, W) and standard normal latents (B, K, S, L) to logits (B, K * S, 7, H, W), expert-major."""
        sigma = self.log_sigma.clamp(*LOG_SIGMA_RANGE).exp()
        spread = latents if self.stochastic else torch.zeros_like(latents)
        sample = (self.mean[:, None] + sigma[:, None] * spread).flatten(1, 2)
        shift, scale = self.modulate(sample).chunk(2, dim=-1)
        weight = self.head.weight * (1 + scale)[:, :, None, :]
        bias = self.head(shift)
        batch, _, height, width = features.shape
        flat = features.contiguous().flatten(2)
        logits = torch.baddbmm(bias.flatten(1)[..., None], weight.flatten(1, 2), flat)
        return logits.reshape(batch, -1, len(BONES), height, width)


def draw_latents(settings: NetworkSettings, samples: int, generator: torch.Generator, batch: int) -> torch.Tensor:
    """Standard normal latents (B, K, S, L) from a seeded generator."""
    return torch.randn(batch, settings.experts, samples, settings.latent, generator=generator)
