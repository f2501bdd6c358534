"""The encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from OsteoScreenLib.errors import UsageError
from training.selfsupervision.compact import CompactEncoder
from training.selfsupervision.resnet import BasicBlock, Bottleneck, ResNet

ENCODERS: dict[str, Callable[[], nn.Module]] = {
    "compact": CompactEncoder,
    "narrow": partial(ResNet, BasicBlock, (2, 2, 2, 2), width=16, pooling="mean and max"),
    "half": partial(ResNet, BasicBlock, (2, 2, 2, 2), width=32),
    "resnet18": partial(ResNet, BasicBlock, (2, 2, 2, 2)),
    "resnet50": partial(ResNet, Bottleneck, (3, 4, 6, 3)),
}


def make_encoder(name: str) -> nn.Module:
    """A fresh encoder: cut-outs (B, 1, H, W) to features (B, ``features``).

    ``compact`` (.3 M parameters, is shipped), ``narrow`` (ResNet-18 of a quarter of the width, .7 M), ``half`` (of half the
    width, 2.8 M), ``resnet18`` (11.2 M) and ``resnet50`` (23.5 M). The first two pool mean and largest response, the others
    the mean alone, as published.

    Raises
    ------
    UsageError
        If there is no encoder of this name.
    """
    if name not in ENCODERS:
        raise UsageError("encoder", f"'{name}' is none", f"Take one of {', '.join(ENCODERS)}")
    return ENCODERS[name]()
