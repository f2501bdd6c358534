"""How well a trained network's hypotheses stand for the annotators, on simulated films of a seed that no training has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from training.segmentation.export import Deployed
from training.segmentation.metrics import calibration, dice, generalised_energy_distance, hausdorff_95, matched_iou
from training.segmentation.thresholds import SMALLEST_AREA

SAMPLES = 4


@dataclass(frozen=True)
class SimulatedScores:
    """Means over the test films; Dice and Hausdorff distance compare the weighted mean at .5 with the annotators' majority.

    Attributes
    ----------
    energy_distance, matched_iou, calibration_error : see `training.segmentation.metrics`
    dice : mean over bones
    hausdorff_percent : 95 % Hausdorff distance, mean over bones, in percent of the film's height
    """

    energy_distance: float
    matched_iou: float
    calibration_error: float
    dice: float
    hausdorff_percent: float


def simulated_scores(
    network: Deployed, film: Callable[[int], tuple[torch.Tensor, torch.Tensor]], count: int, seed: int
) -> SimulatedScores:
    """Measure on films 0 .. count - 1; ``seed`` draws the latents."""
    generator = torch.Generator().manual_seed(seed)
    rows: list[tuple[float, float]] = []
    overlaps: list[float] = []
    distances: list[float] = []
    means, references = [], []
    for index in range(count):
        pixels, coverage = film(index)
        hypotheses, weights, mean = outlines(network, pixels, generator)
        annotators = coverage.numpy() >= 128
        rows.append(
            (
                generalised_energy_distance(hypotheses, weights, annotators),
                matched_iou(hypotheses, weights, annotators),
            )
        )
        reference = annotators.mean(0, dtype=np.float32)
        means.append(mean)
        references.append(reference)
        for channel in range(len(BONES)):
            found, true = mean[channel] > 0.5, reference[channel] > 0.5
            if np.count_nonzero(true) >= SMALLEST_AREA:
                overlaps.append(dice(found, true))
                distances.append(100 * hausdorff_95(found, true) / true.shape[0])
    energy, matched = np.mean(rows, axis=0)
    error = calibration(np.clip(np.stack(means), 0, 1), np.stack(references)).error
    return SimulatedScores(float(energy), float(matched), error, float(np.mean(overlaps)), float(np.mean(distances)))


def outlines(network: Deployed, pixels: torch.Tensor, generator: torch.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hypotheses (N, 7, H / 2, W / 2), their weights (N) and their weighted mean for a film (1, H, W)."""
    settings = network.network.settings
    samples = SAMPLES if settings.stochastic else 1
    latents = torch.randn(settings.experts, samples, settings.latent, generator=generator)
    with torch.inference_mode():
        hypotheses, gate, mean, _ = network(pixels[None], latents)
    weights = np.repeat(gate.numpy().astype(np.float64) / samples, samples)
    return hypotheses.numpy(), weights / weights.sum(), mean.numpy()
