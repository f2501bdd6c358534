"""Where a run computes, and how precisely."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from OsteoScreenLib.errors import UsageError

_KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Device:
    """A torch device and the number format of the network's products; weights, cost and optimiser stay float32."""

    device: torch.device
    kind: torch.dtype

    def autocast(self) -> torch.autocast:
        """Context in which the network computes in `kind`."""
        return torch.autocast(self.device.type, self.kind, enabled=self.kind != torch.float32)

    def loss_autocast(self) -> torch.autocast:
        """Context of the loss: sums over a whole film overflow float16, which bfloat16 and float32 hold."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.kind == torch.bfloat16)

    @property
    def loss_kind(self) -> torch.dtype:
        """Number format in which the loss takes logits and targets."""
        return torch.float32 if self.kind == torch.float16 else self.kind

    def scaler(self) -> torch.amp.GradScaler:
        """Scale losses so that small gradients survive float16; does nothing for the other formats."""
        return torch.amp.GradScaler(self.device.type, enabled=self.kind == torch.float16)


def choose_device(name: str, precision: str) -> Device:
    """Device and number format of the settings ``device`` and ``precision``.

    "auto" takes the GPU where there is one, and of the formats the first that it has in hardware: bfloat16; float16 on a GPU;
    float32. Of several processes on a machine (torchrun) each takes a GPU of its own.

    Raises
    ------
    UsageError
        If the machine does not have what is asked for.
    """
    device = _device(name)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if precision == "float16" and device.type == "cpu":
        raise UsageError("precision", "float16 needs a GPU, and this run computes on the CPU", "Take bfloat16 or float32")
    return Device(device, _KINDS.get(precision) or _fastest(device))


def _device(name: str) -> torch.device:
    available = torch.cuda.device_count()
    if name == "cpu" or (name == "auto" and not available):
        return torch.device("cpu")
    if ":" in name and "LOCAL_RANK" in os.environ:
        raise UsageError("device", f"{name} names one GPU, but torchrun gives each process its own", "Take cuda")
    index = int(name.partition(":")[2] or os.environ.get("LOCAL_RANK", "0"))
    if index >= available:
        raise UsageError("device", f"{name} needs GPU number {index}, and torch sees {available}", "Take cpu or another GPU")
    return torch.device("cuda", index)


def _fastest(device: torch.device) -> torch.dtype:
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    native = any(present is True and "bf16" in name for name, present in torch.cpu.get_capabilities().items())
    return torch.bfloat16 if native else torch.float32
