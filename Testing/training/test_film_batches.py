"""Batches hold the same films in the same order however many workers cast them, processes share them, or resumes interrupt."""

from __future__ import annotations

from itertools import islice

import pytest
import torch

from training.segmentation.batches import FilmBatches, load


def numbered(index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A stand-in for a film that says which one it is."""
    return torch.full((1, 2, 2), float(index)), torch.full((1, 7, 1, 1), index % 256, dtype=torch.uint8)


def films(count: int, workers: int, **options: int) -> list[list[int]]:
    """Film numbers of the first ``count`` batches."""
    return [[int(n) for n in pixels[:, 0, 0, 0]] for pixels, _ in islice(load(FilmBatches(numbered, **options), workers), count)]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_the_number_of_workers_changes_nothing(workers: int) -> None:
    assert films(5, workers, batch=3, first=4) == [[4 + 3 * batch + i for i in range(3)] for batch in range(5)]


@pytest.mark.parametrize("workers", [0, 2])
def test_processes_share_every_batch_evenly(workers: int) -> None:
    shares = [films(4, workers, batch=6, rank=rank, processes=3) for rank in range(3)]
    for batch in range(4):
        assert sorted(number for share in shares for number in share[batch]) == list(range(6 * batch, 6 * batch + 6))
        assert {len(share[batch]) for share in shares} == {2}


def test_pixels_and_outlines_stay_together() -> None:
    pixels, coverage = next(load(FilmBatches(numbered, 4, first=8), 0))
    assert pixels.shape == (4, 1, 2, 2)
    assert coverage.shape == (4, 1, 7, 1, 1)
    assert torch.equal(pixels[:, 0, 0, 0].to(torch.uint8), coverage[:, 0, 0, 0, 0])
