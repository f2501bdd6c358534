"""The encoders have the published sizes and give the features they promise."""

from __future__ import annotations

import pytest
import torch

from OsteoScreenLib.errors import UsageError
from training.selfsupervision.encoders import ENCODERS, make_encoder
from training.selfsupervision.resnet import BasicBlock, ResNet

STEM = 7 * 7 * 64 * 2
"""Weights of the two input channels that a grey image has not."""


@pytest.mark.parametrize(
    ("name", "published"),
    [
        # torchvision's 11 689 512 and 25 557 032 without the last layer's 513 000 and 2 049 000.
        ("resnet18", 11_176_512 - STEM),
        ("resnet50", 23_508_032 - STEM),
    ],
)
def test_residual_networks_have_the_published_size(name: str, published: int) -> None:
    assert sum(parameter.numel() for parameter in make_encoder(name).parameters()) == published


def test_residual_networks_have_the_names_of_torchvision() -> None:
    names = set(make_encoder("resnet50").state_dict())
    assert {"conv1.weight", "bn1.running_mean", "layer1.0.conv3.weight", "layer3.5.bn2.bias"} <= names
    assert {"layer1.0.downsample.0.weight", "layer4.0.downsample.1.weight"} <= names
    assert "layer1.0.downsample.0.weight" not in make_encoder("resnet18").state_dict()


@pytest.mark.parametrize("name", ["compact", "narrow", "half", "resnet18"])
def test_features_are_as_many_as_promised_whatever_the_size(name: str) -> None:
    assert name in ENCODERS
    encoder = make_encoder(name).eval()
    with torch.no_grad():
        for shape in ((48, 40), (96, 40)):
            assert encoder(torch.rand(2, 1, *shape)).shape == (2, encoder.features)


def test_stems_differ_in_how_far_they_reduce() -> None:
    image = torch.rand(1, 1, 64, 32)
    reached: dict[str, tuple[int, ...]] = {}
    for stem in ("standard", "strided", "small"):
        network = ResNet(BasicBlock, (1, 1, 1, 1), width=4, stem=stem).eval()  # type: ignore[arg-type]
        network.layer1.register_forward_hook(lambda _, __, x, stem=stem: reached.update({stem: tuple(x.shape[2:])}))
        network(image)
    assert reached == {"standard": (16, 8), "strided": (32, 16), "small": (64, 32)}


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(UsageError, match=r"encoder: 'resnet34' is none\. Take one of compact"):
        make_encoder("resnet34")
