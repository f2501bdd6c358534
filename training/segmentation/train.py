"""The training loop: films cast on the fly, exact transport, averaged weights, checkpoints to resume from."""

from __future__ import annotations

import copy
import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from tqdm import tqdm

from training.segmentation.films import SimulatedFilms, training_film
from training.segmentation.network import StochasticExperts, draw_latents
from training.segmentation.settings import SegmentationSettings, Stage
from training.segmentation.transport import transport_loss

CHECKPOINT = "checkpoint.pt"
SETTINGS = "settings.json"
METRICS = "metrics.csv"
VALIDATION_SEED_OFFSET = 1_000_003
WARM_UP_STEPS = 60


@dataclass
class RunState:
    """Everything a killed run needs to go on as if nothing had happened."""

    network: StochasticExperts
    average: StochasticExperts
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    step: int = 0
    films: int = 0


def new_state(settings: SegmentationSettings) -> RunState:
    """Freshly initialised networks and optimiser of a seed."""
    torch.manual_seed(settings.seed)
    network = StochasticExperts(settings.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=settings.weight_decay)
    return RunState(network, average, optimiser, torch.Generator().manual_seed(settings.seed))


def save(state: RunState, folder: Path) -> None:
    """Write the checkpoint beside the old one, then rename: a kill at any moment leaves a whole checkpoint."""
    partial = folder / (CHECKPOINT + ".partial")
    torch.save(
        {
            "network": state.network.state_dict(),
            "average": state.average.state_dict(),
            "optimiser": state.optimiser.state_dict(),
            "generator": state.generator.get_state(),
            "step": state.step,
            "films": state.films,
        },
        partial,
    )
    partial.replace(folder / CHECKPOINT)


def restore(settings: SegmentationSettings, folder: Path) -> RunState:
    """Read a checkpoint back (tensors and numbers only, nothing is unpickled)."""
    saved = torch.load(folder / CHECKPOINT, weights_only=True)
    state = new_state(settings)
    state.network.load_state_dict(saved["network"])
    state.average.load_state_dict(saved["average"])
    state.optimiser.load_state_dict(saved["optimiser"])
    state.generator.set_state(saved["generator"])
    state.step, state.films = saved["step"], saved["films"]
    return state


def train(settings: SegmentationSettings, folder: Path, *, resume: bool, quiet: bool = False) -> RunState:
    """Run all stages from the checkpoint's step on (or from the start) and leave the final checkpoint in ``folder``."""
    torch.set_num_threads(settings.threads)
    folder.mkdir(parents=True, exist_ok=True)
    state = restore(settings, folder) if resume and (folder / CHECKPOINT).exists() else new_state(settings)
    (folder / SETTINGS).write_text(settings.model_dump_json(indent=1))
    bar = tqdm(total=settings.total_steps, initial=state.step, disable=quiet, unit="step", mininterval=5)
    first = 0
    for stage in settings.stages:
        if state.step < first + stage.steps:
            _run_stage(settings, stage, first, state, folder, bar)
        first += stage.steps
    bar.close()
    save(state, folder)
    return state


def learning_rate(stage: Stage, step_in_stage: int) -> float:
    """Linear warm-up, then a cosine from ``rate`` to ``final_rate``."""
    warm = min(1.0, (step_in_stage + 1) / WARM_UP_STEPS)
    cosine = 0.5 * (1 + math.cos(math.pi * step_in_stage / stage.steps))
    return warm * (stage.final_rate + (stage.rate - stage.final_rate) * cosine)


def gamma_at(settings: SegmentationSettings, step: int, hypotheses: int) -> float:
    """Row bound of the plan: 1 / N at the start (every hypothesis is used), 1 from ``gamma_until`` on."""
    share = min(1.0, step / (settings.gamma_until * settings.total_steps))
    return (1 / hypotheses) ** (1 - share)


def _run_stage(settings: SegmentationSettings, stage: Stage, first: int, state: RunState, folder: Path, bar: tqdm) -> None:
    films = SimulatedFilms(stage.size, settings.seed, state.films)
    loader = iter(
        DataLoader(films, batch_size=stage.batch, num_workers=settings.workers, prefetch_factor=6 if settings.workers else None)
    )
    started = time.monotonic()
    state.network.train()
    while state.step < first + stage.steps:
        for group in state.optimiser.param_groups:
            group["lr"] = learning_rate(stage, state.step - first)
        pixels, coverage = next(loader)
        parts = _step(settings, state, pixels, coverage)
        state.step += 1
        state.films += stage.batch
        bar.update()
        bar.set_postfix({k: f"{v:.3f}" for k, v in parts.items()}, refresh=False)
        done = state.step == first + stage.steps
        if state.step % settings.checkpoint_every == 0 or done:
            save(state, folder)
        row: dict[str, float] = {"step": state.step, "films": state.films, "seconds": time.monotonic() - started, **parts}
        if state.step % settings.validate_every == 0 or done:
            row["validation_dice"] = validate(settings, state.average, stage.size)
            state.network.train()
        if state.step % 20 == 0 or "validation_dice" in row:
            _log(folder / METRICS, row)


def _step(settings: SegmentationSettings, state: RunState, pixels: torch.Tensor, coverage: torch.Tensor) -> dict[str, float]:
    network = state.network
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    latents = draw_latents(network.settings, settings.samples, state.generator, len(pixels))
    hypotheses = network.settings.experts * settings.samples
    with torch.autocast("cpu", torch.bfloat16):
        logits, gate = network(pixels, latents)
        loss, parts = transport_loss(
            logits,
            gate,
            coverage.to(torch.bfloat16) / 255,
            gamma=gamma_at(settings, state.step, hypotheses),
            kl_weight=settings.kl_weight,
            cross_entropy=settings.cross_entropy,
            coupling=settings.coupling,
        )
    if not torch.isfinite(loss):
        raise FloatingPointError(f"the loss is {float(loss)} at step {state.step}: lower the learning rate")
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    state.optimiser.step()
    _update_average(state, settings.averaging)
    return parts


@torch.no_grad()
def _update_average(state: RunState, decay: float) -> None:
    # Young averages forget faster, or the random start would linger.
    decay = min(decay, (1 + state.step) / (10 + state.step))
    for average, current in zip(state.average.state_dict().values(), state.network.state_dict().values(), strict=True):
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)
        else:
            average.copy_(current)


@torch.no_grad()
def validate(settings: SegmentationSettings, network: StochasticExperts, size: int) -> float:
    """Mean Dice of the weighted mean at threshold .5 over bones and films that no training film shares a seed with."""
    network.eval()
    generator = torch.Generator().manual_seed(settings.seed)
    scores: list[float] = []
    for index in range(settings.validation_films):
        pixels, coverage = training_film(size, settings.seed + VALIDATION_SEED_OFFSET, index)
        with torch.autocast("cpu", torch.bfloat16):
            logits, gate = network(pixels[None], draw_latents(network.settings, settings.samples, generator, 1))
        weights = gate.float().softmax(1).repeat_interleave(settings.samples, 1) / settings.samples
        mean = (logits.float().sigmoid() * weights[..., None, None, None]).sum(1)[0] > 0.5
        reference = coverage.float().mean(0) > 127
        for found, true in zip(mean, reference, strict=True):
            area = int(true.sum())
            if area > 30:
                scores.append(2 * int((found & true).sum()) / (int(found.sum()) + area))
    return sum(scores) / max(len(scores), 1)


def _log(path: Path, row: dict[str, float]) -> None:
    columns = ["step", "films", "seconds", "transport", "kl", "validation_dice"]
    new = not path.exists()
    with open(path, "a", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({k: f"{v:.6g}" for k, v in row.items()})
