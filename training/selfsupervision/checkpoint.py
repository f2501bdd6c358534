"""Training state on disk without pickle: weights and the optimiser's tensors as safetensors, renamed into place."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def save_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer | None = None, **notes: str) -> None:
    """Write ``module``, the state of ``optimizer`` (any whose state is tensors or numbers) and ``notes`` to ``path``."""
    tensors = {f"module.{name}": value for name, value in module.state_dict().items()}
    if optimizer is not None:
        for index, values in optimizer.state_dict()["state"].items():
            for name, value in values.items():
                tensors[f"optimizer.{index}.{name}"] = torch.as_tensor(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".partial")
    save_file({name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}, part, metadata=notes)
    part.replace(path)


def load_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer | None = None) -> dict[str, str]:
    """Restore what `save_state` wrote; returns the notes. Raises `RuntimeError` where the weights do not fit the module."""
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
        notes = stored.metadata() or {}
    prefix = "module."
    module.load_state_dict({name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)})
    if optimizer is not None:
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, kind = name.split(".")
                state.setdefault(int(index), {})[kind] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return dict(notes)


def read_notes(path: Path) -> dict[str, str]:
    """The notes alone."""
    with safe_open(path, framework="pt") as stored:
        return dict(stored.metadata() or {})
