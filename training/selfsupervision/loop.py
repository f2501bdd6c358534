"""The training loop: seeded epochs, warm-up and cosine rate, checkpoints, resume, several processes with equal gradients."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed, nn

from OsteoScreenLib.errors import UsageError
from training.segmentation.distribution import Processes
from training.segmentation.progress import duration
from training.selfsupervision.checkpoint import load_state, read_notes, save_state
from training.selfsupervision.larc import Larc, parameter_groups

Step = Callable[[torch.Tensor, torch.Generator], Mapping[str, torch.Tensor]]
"""From the indices of a batch: its ``loss`` and other figures to report. Draws all its randomness from the generator."""
Report = Callable[[str], None]
Note = Callable[[Mapping[str, float]], None]
STEEPEST = 5.0
"""Norm to which gradients are clipped with AdamW; LARC needs no clipping, its steps do not depend on the gradient's size."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train. ``warm_up``: share of all steps in which the rate rises from zero to ``rate``."""

    epochs: int
    batch: int = 128
    rate: float = 1.5e-3
    weight_decay: float = 1e-4
    warm_up: float = 0.08
    optimiser: str = "adamw"
    momentum: float = 0.9
    seed: int = 0
    checkpoint_every: int = 1


@dataclass(frozen=True)
class Hooks:
    """What a method does around an update; ``before_update`` gets the epoch, from 0."""

    before_update: Callable[[int], None] = lambda epoch: None
    after_update: Callable[[], None] = lambda: None


def rate_share(progress: float, warm_up: float) -> float:
    """Share of the rate at a share of all steps: linear warm-up, then cosine annealing to zero (Loshchilov, Hutter, 2017)."""
    if progress < warm_up:
        return progress / warm_up
    return 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up)))


@dataclass
class _Run:
    """What an epoch needs."""

    module: nn.Module
    step: Step
    count: int
    plan: Plan
    optimizer: torch.optim.Optimizer
    hooks: Hooks
    processes: Processes

    def epoch(self, number: int) -> dict[str, float]:
        """Train for an epoch; returns its mean figures, and the last rate."""
        plan, device = self.plan, next(self.module.parameters()).device
        steps = max(self.count // plan.batch, 1)
        generator = torch.Generator(device).manual_seed(plan.seed * 1_000_003 + number)
        order = torch.randperm(self.count, generator=generator, device=device)
        self.module.train()
        totals: dict[str, torch.Tensor] = {}
        rate = 0.0
        for index in range(steps):
            rate = plan.rate * rate_share((number * steps + index + 1) / (plan.epochs * steps), plan.warm_up)
            figures = self.step(order[index * plan.batch : (index + 1) * plan.batch], generator)
            self._update(figures["loss"], rate, number)
            for name, value in figures.items():
                totals[name] = totals.get(name, torch.zeros((), device=device)) + value.detach()
        means = {name: float(value) / steps for name, value in totals.items()}
        if not math.isfinite(means["loss"]):
            raise FloatingPointError(f"the loss is {means['loss']} in epoch {number + 1}: lower the learning rate")
        return {"rate": rate, **means}

    def _update(self, loss: torch.Tensor, rate: float, epoch: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        mean_gradients(self.module, self.processes)
        self.hooks.before_update(epoch)
        if self.plan.optimiser == "adamw":
            nn.utils.clip_grad_norm_(self.module.parameters(), STEEPEST)
        self.optimizer.step()
        self.hooks.after_update()


def fit(
    module: nn.Module,
    step: Step,
    count: int,
    plan: Plan,
    checkpoint: Path,
    *,
    resume: bool = False,
    report: Report = print,
    note: Note | None = None,
    identity: str = "",
    hooks: Hooks | None = None,
    processes: Processes | None = None,
) -> nn.Module:
    """Minimise the loss of ``step`` over ``count`` samples; a checkpoint after every ``checkpoint_every`` epochs and the last.

    With ``resume`` an unfinished run goes on where it stopped and ends with the same weights as one that was never stopped,
    since order and augmentation of an epoch depend on its number and the seed alone. ``note`` gets a row of figures per epoch.
    ``identity`` is kept in the checkpoint, and a checkpoint of another one is refused.

    Raises
    ------
    UsageError
        If the checkpoint belongs to another run.
    FloatingPointError
        If the loss stops being a number; the last checkpoint is from before.
    """
    processes = processes or Processes()
    run = _Run(module, step, count, plan, _optimizer(module, plan), hooks or Hooks(), processes)
    first, earlier = 0, 0.0
    if resume and checkpoint.is_file():
        first, earlier = _go_on(checkpoint, run, identity)
    begun = time.monotonic()
    for epoch in range(first, plan.epochs):
        figures = run.epoch(epoch)
        if not processes.first:
            continue
        spent = time.monotonic() - begun
        done = epoch + 1
        if note:
            note({"epoch": done, "seconds": earlier + spent, **figures})
        # After the note, so that the row of an epoch is there when a run goes on behind it.
        if done % plan.checkpoint_every == 0 or done == plan.epochs:
            notes = {"epoch": str(done), "seconds": repr(earlier + spent), "identity": identity}
            save_state(checkpoint, module, run.optimizer, **notes)
        said = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        left = duration(spent / (done - first) * (plan.epochs - done))
        report(f"{checkpoint.stem}: epoch {done}/{plan.epochs}, {said}, {left} left")
    module.eval()
    return module


def mean_gradients(module: nn.Module, processes: Processes) -> None:
    """Replace gradients by their means over the processes."""
    if processes.count == 1:
        return
    gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= processes.count
    for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def _optimizer(module: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    groups = parameter_groups(module, plan.weight_decay)
    if plan.optimiser == "larc":
        return Larc(groups, plan.rate, momentum=plan.momentum)
    return torch.optim.AdamW(groups, lr=plan.rate)


def _go_on(checkpoint: Path, run: _Run, identity: str) -> tuple[int, float]:
    """Fill the run from a checkpoint; returns the epochs done and the seconds they took."""
    if read_notes(checkpoint).get("identity", "") != identity:
        raise UsageError(
            checkpoint, "was made by a run of other settings or samples", "Resume with its own, or name another file"
        )
    notes = load_state(checkpoint, run.module, run.optimizer)
    return int(notes["epoch"]), float(notes["seconds"])
