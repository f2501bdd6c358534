"""One training on several processes (torchrun): equal shares of every batch, one gradient, one writer."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from OsteoScreenLib.errors import OsteoScreenError, UsageError

Value = TypeVar("Value")


@dataclass(frozen=True)
class Processes:
    """One process among all that train together. Only the first one reads and writes the run folder."""

    rank: int = 0
    count: int = 1
    device: torch.device | None = None

    @property
    def first(self) -> bool:
        """Whether this process does what is done once."""
        return self.rank == 0

    def shared(self, read: Callable[[], Value]) -> Value:
        """What ``read`` returns in the first process, in all of them; its one-line error is raised in all as well."""
        if self.count == 1:
            return read()
        box: list[Any] = [None, None]
        if self.first:
            try:
                box[0] = read()
            except OsteoScreenError as error:
                box[1] = (type(error), error.place, error.fault, error.remedy)
        distributed.broadcast_object_list(box, src=0)
        if box[1]:
            kind, *said = box[1]
            raise kind(*said)
        return box[0]  # type: ignore[no-any-return]

    def sums(self, values: Sequence[float]) -> list[float]:
        """Sum of each value over the processes."""
        if self.count == 1:
            return list(values)
        table = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(table)
        return [float(value) for value in table]

    def refuse_unequal_shares(self, batches: Sequence[int]) -> None:
        """Raise `UsageError` where the films of a stage's batch cannot be shared evenly, as equal gradients need."""
        for stage, batch in enumerate(batches):
            if batch % self.count:
                fault = f"{batch} films are no equal shares for {self.count} processes"
                raise UsageError(f"stages.{stage}.batch", fault, f"Give a multiple of {self.count}")

    def parallel(self, network: nn.Module) -> nn.Module:
        """The same network, whose gradients are the means over the processes; its batch norms must be shared already."""
        if self.count == 1:
            return network
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the new name of this option still copies buffers at the start
            return DistributedDataParallel(network, broadcast_buffers=False)


@contextmanager
def join(device: torch.device) -> Iterator[Processes]:
    """Meet the other processes that torchrun started, if any; they talk by NCCL between GPUs and by gloo otherwise."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes(device=device)
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), count, device)
        distributed.barrier()  # a process that leaves first takes the connections of the others down with it
    finally:
        distributed.destroy_process_group()


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes together (torch's own, SyncBatchNorm, works on GPUs only).

    With statistics of its own share only, every process would normalise differently from one process with the whole batch,
    and the gradients would differ as well.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise (B, C, H, W); all processes give the same B, H and W."""
        if not self.training:
            return super().forward(x)
        # Means and variances are exchanged, not sums of squares, which would cancel.
        values = x.float()
        variance, mean = torch.var_mean(values, dim=(0, 2, 3), correction=0)
        means, variances = gathered(torch.stack([mean, variance])).unbind(1)
        mean = means.mean(0)
        variance = variances.mean(0) + (means - mean).square().mean(0)
        self._remember(mean.detach(), variance.detach(), x.numel() // x.shape[1] * len(means))
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        return (values * scale[:, None, None] + shift[:, None, None]).to(x.dtype)

    def _remember(self, mean: torch.Tensor, variance: torch.Tensor, count: int) -> None:
        """Let the running statistics follow those of a batch of ``count`` values a channel, as torch's batch norm does."""
        momentum = self.momentum or 0.0
        self.get_buffer("num_batches_tracked").add_(1)
        self.get_buffer("running_mean").lerp_(mean, momentum)
        self.get_buffer("running_var").lerp_(variance * (count / (count - 1)), momentum)


def share_batch_norms(network: nn.Module) -> None:
    """Let every batch norm of ``network`` use the batches of all processes; names and values of its weights stay."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedBatchNorm


def gathered(own: torch.Tensor) -> torch.Tensor:
    """``own`` of every process, stacked in their order, with gradients that reach every process.

    This one knows its own row: the sum over processes fills the others.
    """
    rank, count = distributed.get_rank(), distributed.get_world_size()
    return _Sum.apply(torch.stack([own if row == rank else torch.zeros_like(own) for row in range(count)]))


class _Sum(torch.autograd.Function):
    """Sum over the processes; a process's share of the sum acts in all of them, so gradients are summed as well."""

    @staticmethod
    def forward(context: Any, values: torch.Tensor) -> torch.Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total
