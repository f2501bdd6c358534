"""Residual networks (He et al., CVPR 2016) for one grey channel, with the names and the layout of torchvision's.

A bottleneck strides in its 3x3 convolution, as torchvision's do (Goyal et al., 2017), not in the first 1x1 as first published.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

Stem = Literal["standard", "strided", "small"]
"""How an image enters.

"standard": 7x7 convolution, stride 2, then a 3x3 max pool, stride 2. "strided": the same without the max pool, for images of
100 to 200 pixels. "small": a 3x3 convolution without stride, for images of some 30 pixels (Chen et al., 2020, appendix B.9).
"""
Pooling = Literal["mean", "mean and max"]


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, inputs, H, W) to (B, width, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1 ones that make its channels fewer and more, around a shortcut."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(inputs, width * self.expansion, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, inputs, H, W) to (B, 4 width, H / stride, W / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """Images (B, 1, H, W) to features (B, ``features``), without torchvision's last layer ``fc``.

    ``blocks``: how many in each of the four stages; ``width``: channels of the first one, doubled by each that follows.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        blocks: tuple[int, int, int, int],
        *,
        width: int = 64,
        stem: Stem = "standard",
        pooling: Pooling = "mean",
    ) -> None:
        super().__init__()
        self.pooling = pooling
        small = stem == "small"
        self.conv1 = nn.Conv2d(1, width, 3, 1, 1, bias=False) if small else nn.Conv2d(1, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if stem == "standard" else nn.Identity()
        self.layer1 = _stage(block, width, width, blocks[0], 1)
        self.layer2 = _stage(block, width * block.expansion, 2 * width, blocks[1], 2)
        self.layer3 = _stage(block, 2 * width * block.expansion, 4 * width, blocks[2], 2)
        self.layer4 = _stage(block, 4 * width * block.expansion, 8 * width, blocks[3], 2)
        self.features = 8 * width * block.expansion * (2 if pooling == "mean and max" else 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features of images of any size from 32 x 32."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        mean = x.mean(dim=(2, 3))
        return mean if self.pooling == "mean" else torch.cat([mean, x.amax(dim=(2, 3))], dim=1)


def _stage(block: type[BasicBlock] | type[Bottleneck], inputs: int, width: int, count: int, stride: int) -> nn.Sequential:
    """``count`` blocks, of which the first one strides."""
    outputs = width * block.expansion
    return nn.Sequential(block(inputs, width, stride), *(block(outputs, width, 1) for _ in range(count - 1)))


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module | None:
    if inputs == outputs and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
