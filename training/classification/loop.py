"""The training loop that pretraining and supervised training share: seeded epochs, cosine rate, checkpoints, resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from training.classification.checkpoint import load_state, save_state

Step = Callable[[torch.Tensor, torch.Generator], torch.Tensor]
"""Loss of the samples with these indices; draws all its randomness from the generator."""
Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train."""

    epochs: int
    batch: int = 256
    rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up: float = 0.08
    seed: int = 0


def fit(
    module: nn.Module, step: Step, count: int, plan: Plan, checkpoint: Path, *, resume: bool = False, report: Report = print
) -> nn.Module:
    """Minimise ``step`` over ``count`` samples; a checkpoint after every epoch.

    With ``resume`` an unfinished run goes on where it stopped and ends with the same weights as one that was never stopped,
    since order and augmentation of an epoch depend on its number and the seed alone.
    """
    optimizer = torch.optim.AdamW(module.parameters(), lr=plan.rate, weight_decay=plan.weight_decay)
    steps = max(count // plan.batch, 1)
    first = 0
    if resume and checkpoint.is_file():
        first = int(load_state(checkpoint, module, optimizer)["epoch"])
    begun = time.monotonic()
    for epoch in range(first, plan.epochs):
        generator = torch.Generator().manual_seed(plan.seed * 1_000_003 + epoch)
        order = torch.randperm(count, generator=generator)
        module.train()
        total = 0.0
        for index in range(steps):
            rate = plan.rate * _share((epoch * steps + index + 1) / (plan.epochs * steps), plan.warm_up)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = step(order[index * plan.batch : (index + 1) * plan.batch], generator)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), 5.0)
            optimizer.step()
            total += float(loss.detach())
        save_state(checkpoint, module, optimizer, epoch=str(epoch + 1))
        left = (time.monotonic() - begun) / (epoch + 1 - first) * (plan.epochs - epoch - 1)
        report(f"{checkpoint.stem}: epoch {epoch + 1}/{plan.epochs}, loss {total / steps:.4f}, {left / 60:.1f} min left")
    module.eval()
    return module


def _share(progress: float, warm_up: float) -> float:
    if progress < warm_up:
        return progress / warm_up
    return 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))
