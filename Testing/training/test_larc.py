"""LARC's steps against its equations, tensor by tensor."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.selfsupervision.larc import Larc, parameter_groups
from training.selfsupervision.loop import rate_share


@pytest.mark.parametrize("clipped", [False, True])
def test_two_steps_are_the_published_ones(clipped: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = nn.Parameter(torch.randn(4, 3, generator=generator))
    plain = nn.Parameter(torch.randn(3, generator=generator))
    groups = [{"params": [weight]}, {"params": [plain], "weight_decay": 0.0, "adapted": False}]
    optimizer = Larc(groups, 0.2, momentum=0.9, weight_decay=0.1, trust=0.02, clipped=clipped)
    w, p = weight.detach().double(), plain.detach().double()
    v, u = torch.zeros_like(w), torch.zeros_like(p)
    for _ in range(2):
        weight.grad = torch.randn(4, 3, generator=generator)
        plain.grad = torch.randn(3, generator=generator)
        g = weight.grad.double()
        size, slope = float((w * w).sum()) ** 0.5, float((g * g).sum()) ** 0.5
        ratio = 0.02 * size / (slope + 0.1 * size)
        ratio = min(ratio / 0.2, 1.0) if clipped else ratio
        v = 0.9 * v + ratio * (g + 0.1 * w)
        u = 0.9 * u + plain.grad.double()
        w, p = w - 0.2 * v, p - 0.2 * u
        optimizer.step()
    torch.testing.assert_close(weight.detach().double(), w, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(plain.detach().double(), p, rtol=1e-5, atol=1e-7)


def test_a_layer_moves_by_a_share_of_its_size_however_large_its_gradient() -> None:
    moved = []
    for scale in (1e-4, 1e4):
        weight = nn.Parameter(torch.ones(5, 5))
        weight.grad = scale * torch.arange(25.0).view(5, 5)
        Larc([weight], 1.0, trust=0.01).step()
        moved.append(float((weight.detach() - 1).norm()) / 5)
    assert moved == pytest.approx([0.01, 0.01], rel=1e-3)


def test_weights_that_are_zero_and_gradients_that_are_missing_do_no_harm() -> None:
    zero, missing = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.ones(2, 2))
    zero.grad = torch.ones(2, 2)
    Larc([zero, missing], 0.5).step()
    assert torch.equal(zero.detach(), torch.full((2, 2), -0.5))
    assert torch.equal(missing.detach(), torch.ones(2, 2))


def test_biases_and_norms_are_left_out() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(2, 2))
    adapted, others = parameter_groups(module, 0.1)
    assert [tuple(each.shape) for each in adapted["params"]] == [(2, 1, 3, 3), (2, 2)]
    assert len(others["params"]) == 4
    assert (others["weight_decay"], others["adapted"]) == (0.0, False)


def test_the_rate_rises_and_is_annealed_to_zero() -> None:
    assert [rate_share(progress, 0.1) for progress in (0.05, 0.1, 0.55, 1.0)] == pytest.approx([0.5, 1.0, 0.5, 0.0], abs=1e-9)
