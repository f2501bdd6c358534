"""How well the averaged weights outline simulated films that no training film shares a seed with."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from training.segmentation.device import Device
from training.segmentation.distribution import Processes
from training.segmentation.films import training_film
from training.segmentation.metrics import dice
from training.segmentation.network import StochasticExperts, draw_latents
from training.segmentation.settings import SegmentationSettings
from training.segmentation.state import CPU

SEED_OFFSET = 1_000_003
SMALLEST_AREA = 30
"""Output pixels up to which a bone, mostly cut by the film's edge, says nothing about its outline."""


@dataclass(frozen=True)
class Reading:
    """One validation film and how it was read.

    Attributes
    ----------
    pixels : H x W, 0..1
    coverage : annotators x 7 x H / 2 x W / 2, 0..1
    hypotheses : N x 7 x H / 2 x W / 2, probabilities
    weights : N, summing to 1
    """

    pixels: torch.Tensor
    coverage: torch.Tensor
    hypotheses: torch.Tensor
    weights: torch.Tensor

    @property
    def mean(self) -> torch.Tensor:
        """Weighted mean of the hypotheses, 7 x H / 2 x W / 2."""
        return (self.hypotheses * self.weights[:, None, None, None]).sum(0)


@torch.no_grad()
def read_film(
    settings: SegmentationSettings, network: StochasticExperts, size: int, index: int, latents: torch.Tensor, device: Device = CPU
) -> Reading:
    """Cast validation film ``index`` and outline it with ``network``, whose batch norms use their running statistics."""
    network.eval()
    pixels, coverage = training_film(size, settings.seed + SEED_OFFSET, index)
    with device.autocast():
        logits, gate = network(pixels[None].to(device.device), latents.to(device.device))
    weights = gate.float().softmax(1).repeat_interleave(latents.shape[2], 1) / latents.shape[2]
    return Reading(pixels[0], coverage.float() / 255, logits[0].float().sigmoid().cpu(), weights[0].cpu())


def validate(
    settings: SegmentationSettings,
    network: StochasticExperts,
    size: int,
    device: Device = CPU,
    processes: Processes | None = None,
) -> float:
    """Mean Dice, over bones and films, of the weighted mean at .5 and the annotators' mean; processes share the films."""
    processes = processes or Processes()
    generator = torch.Generator().manual_seed(settings.seed)
    total, bones = 0.0, 0
    for index in range(settings.validation_films):
        latents = draw_latents(network.settings, settings.samples, generator, 1)
        if index % processes.count != processes.rank:
            continue
        scores = _dice(read_film(settings, network, size, index, latents, device))
        total, bones = total + sum(scores), bones + len(scores)
    total, count = processes.sums([total, bones])
    return total / max(count, 1)


def _dice(reading: Reading) -> list[float]:
    scores = []
    for found, true in zip(reading.mean > 0.5, reading.coverage.mean(0) > 127 / 255, strict=True):
        if int(true.sum()) > SMALLEST_AREA:
            scores.append(dice(found.numpy(), true.numpy()))
    return scores
