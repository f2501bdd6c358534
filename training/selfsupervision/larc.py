"""LARC: layer-wise adaptive rates (You, Gitman, Ginsburg, 2017) around stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

TRUST = 0.001
_LEAST = 1e-8


class Larc(torch.optim.Optimizer):
    """SGD with momentum whose gradient is scaled, layer by layer, to the size of the layer's weights.

    Per tensor of weights w with gradient g:

        ratio = trust |w| / (|g| + decay |w|),   v <- momentum v + ratio (g + decay w),   w <- w - rate v

    (equations 5 and 6 of the paper, with ratio 1 where |w| or |g| is 0). Groups with ``adapted`` False (biases, norms) have
    ratio 1 and should have no decay. ``clipped`` keeps rate x ratio at or below the rate, as NVIDIA's apex by default; without
    it the ratio scales the rate, which is how SwAV is trained through apex's LARC.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust: float = TRUST,
        clipped: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "trust": trust,
            "clipped": clipped,
            "adapted": True,
        }
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group)
        return loss

    def _update(self, weight: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        step = gradient.add(weight, alpha=group["weight_decay"])
        if group["adapted"]:
            step = step * _ratio(weight, gradient, group)
        state = self.state[weight]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(weight)
        velocity = state["velocity"].mul_(group["momentum"]).add_(step)
        weight.sub_(velocity, alpha=group["lr"])


def _ratio(weight: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
    # Tensors all along: a comparison in Python would wait for the GPU at every layer.
    size, slope = weight.norm(), gradient.norm()
    ratio = group["trust"] * size / (slope + group["weight_decay"] * size + _LEAST)
    if group["clipped"]:
        ratio = (ratio / max(group["lr"], _LEAST)).clamp(max=1.0)
    return torch.where((size > 0) & (slope > 0), ratio, torch.ones_like(ratio))


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weights with decay and layer-wise rate; biases and the vectors of norms with neither."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return [
        {"params": [each for each in parameters if each.ndim > 1], "weight_decay": weight_decay, "adapted": True},
        {"params": [each for each in parameters if each.ndim <= 1], "weight_decay": 0.0, "adapted": False},
    ]
