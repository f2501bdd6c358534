"""Endless batches of films, the same ones in the same order however many workers cast them and processes share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

Films = tuple[torch.Tensor, torch.Tensor]
"""Pixels (..., 1, H, W), float32, and annotators' coverage (..., M, 7, H / 2, W / 2), uint8."""


class FilmBatches(IterableDataset[Films]):
    """Batch ``n`` of a training holds the films ``first + n * batch`` to ``first + (n + 1) * batch - 1``.

    Workers take whole batches in turn, and the loader hands them out in the same turn, so the order of the films does not
    depend on their number. Of several processes each casts every ``processes``-th film of a batch.
    """

    def __init__(self, cast: Callable[[int], Films], batch: int, *, first: int = 0, rank: int = 0, processes: int = 1) -> None:
        self.cast = cast
        self.batch = batch
        self.first = first
        self.rank = rank
        self.processes = processes

    def __iter__(self) -> Iterator[Films]:
        worker = get_worker_info()
        own, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in count(own, workers):
            start = self.first + number * self.batch
            films = [self.cast(index) for index in range(start + self.rank, start + self.batch, self.processes)]
            yield torch.stack([pixels for pixels, _ in films]), torch.stack([coverage for _, coverage in films])


def load(batches: FilmBatches, workers: int, *, pinned: bool = False) -> Iterator[Films]:
    """Cast batches ahead in ``workers`` processes, or as they are asked for with none; ``pinned``: for copies to a GPU."""
    ahead = 3 if workers else None
    return iter(DataLoader(batches, batch_size=None, num_workers=workers, prefetch_factor=ahead, pin_memory=pinned))
