"""The smallest encoder, which is shipped: .3 M parameters, 1.2 MB."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as functional
from torch import nn

WIDTHS = (16, 32, 64, 128)


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


class CompactEncoder(nn.Module):
    """Cut-outs (B, 1, H, W) to features (B, 256): mean and largest response of every channel over the cut-out.

    The stem strides, so nothing runs at full resolution with many channels.
    """

    features = 2 * WIDTHS[-1]

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTHS[0], 5, 2, 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        self.stages = nn.Sequential(*(Residual(a, b) for a, b in pairwise(WIDTHS)))

    def forward(self, cutouts: torch.Tensor) -> torch.Tensor:
        """Features of cut-outs of any size from 16 x 16."""
        x = self.stages(functional.relu(self.stem_norm(self.stem(cutouts))))
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
