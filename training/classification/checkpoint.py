"""Training state on disk without pickle: weights and AdamW moments as safetensors, renamed into place."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def save_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer | None = None, **notes: str) -> None:
    """Write ``module``, the moments of ``optimizer`` and ``notes`` to ``path``."""
    tensors = {f"module.{name}": value.detach().clone().contiguous() for name, value in module.state_dict().items()}
    if optimizer is not None:
        for index, values in optimizer.state_dict()["state"].items():
            for name in _MOMENTS:
                tensors[f"optimizer.{index}.{name}"] = torch.as_tensor(values[name]).detach().clone().contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata=notes)
    part.replace(path)


def load_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer | None = None) -> dict[str, str]:
    """Restore what `save_state` wrote; returns the notes. Raises `RuntimeError` where the weights do not fit the module."""
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
        notes = stored.metadata() or {}
    prefix = "module."
    module.load_state_dict({name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)})
    if optimizer is not None:
        state = optimizer.state_dict()
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, kind = name.split(".")
                moments.setdefault(int(index), {})[kind] = value
        optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
    return dict(notes)
