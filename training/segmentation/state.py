"""What a killed run needs to go on as if nothing had happened, in memory and as a checkpoint."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.segmentation.device import Device
from training.segmentation.network import StochasticExperts
from training.segmentation.settings import SegmentationSettings

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
CPU = Device(torch.device("cpu"), torch.float32)


@dataclass
class RunState:
    """Networks, optimiser, random state and counts.

    ``seconds``: time spent training, resumes included. ``best``: stage and Dice of the best validation; a later stage always
    counts as better, since Dice of different image sizes do not compare.
    """

    network: StochasticExperts
    average: StochasticExperts
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    scaler: torch.amp.GradScaler
    step: int = 0
    films: int = 0
    seconds: float = 0.0
    best: tuple[int, float] = (0, -1.0)


def new_state(settings: SegmentationSettings, device: Device = CPU) -> RunState:
    """Freshly initialised networks and optimiser of a seed."""
    torch.manual_seed(settings.seed)
    network = StochasticExperts(settings.network).to(device.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(network).requires_grad_(False)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=settings.weight_decay)
    return RunState(network, average, optimiser, torch.Generator().manual_seed(settings.seed), device.scaler())


def content(state: RunState) -> dict[str, Any]:
    """What a checkpoint holds: tensors and numbers only."""
    return {
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "generator": state.generator.get_state(),
        "scaler": state.scaler.state_dict(),
        "step": state.step,
        "films": state.films,
        "seconds": state.seconds,
        "best": list(state.best),
    }


def fill(state: RunState, saved: dict[str, Any]) -> None:
    """Put the content of a checkpoint into ``state``; older ones have neither scaler nor seconds nor best."""
    state.network.load_state_dict(saved["network"])
    state.average.load_state_dict(saved["average"])
    state.optimiser.load_state_dict(saved["optimiser"])
    state.generator.set_state(saved["generator"])
    if saved.get("scaler"):
        state.scaler.load_state_dict(saved["scaler"])
    state.step, state.films = saved["step"], saved["films"]
    state.seconds = saved.get("seconds", 0.0)
    stage, dice = saved.get("best", state.best)
    state.best = stage, dice


def start_from(state: RunState, weights: dict[str, torch.Tensor]) -> None:
    """Let a new run begin with the weights of another network."""
    state.network.load_state_dict(weights)
    state.average.load_state_dict(weights)


def write(saved: dict[str, Any], path: Path) -> None:
    """Write beside the old file, then rename: a kill at any moment, or a power failure, leaves a whole file."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "wb") as handle:
        torch.save(saved, handle)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Content of a checkpoint, on the CPU (tensors and numbers only, nothing is unpickled)."""
    saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return saved


def restore(settings: SegmentationSettings, folder: Path, device: Device = CPU) -> RunState:
    """State of the checkpoint in a run folder."""
    state = new_state(settings, device)
    fill(state, read(folder / CHECKPOINT))
    return state


@torch.no_grad()
def update_average(state: RunState, decay: float) -> None:
    """Let the averaged weights follow the network's."""
    # Young averages forget faster, or the random start would linger.
    decay = min(decay, (1 + state.step) / (10 + state.step))
    for average, current in zip(state.average.state_dict().values(), state.network.state_dict().values(), strict=True):
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)
        else:
            average.copy_(current)
