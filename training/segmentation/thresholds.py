"""The probability at which a pixel belongs to a bone, chosen on simulated films that no training film shares a seed with."""

from __future__ import annotations

import numpy as np
import torch

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.values import BoneThreshold
from OsteoScreenLib.errors import UsageError
from training.segmentation.annotators import PLAIN, annotate
from training.segmentation.export import Deployed
from training.segmentation.films import network_input
from training.simulation import cast_film

CANDIDATES = np.arange(0.30, 0.87, 0.02)
SEED_OFFSET = 2_000_003
FOUND = 0.8
"""Dice at the best threshold below which a bone was missed or taken for another: that says nothing of where outlines lie."""
SMALLEST_AREA = 60
"""Output pixels below which a bone, mostly cut by the film's edge, says nothing about its outline."""


def choose_thresholds(network: Deployed, *, films: int, size: int, seed: int) -> dict[str, BoneThreshold]:
    """Threshold of the weighted mean with the largest mean Dice against plain drawings of the bones, per bone.

    The mean is over the films on which the bone was found, or over all where it was found on none. The Dice that is reported
    is over all films.

    Raises
    ------
    UsageError
        If no film shows enough of a bone.
    """
    settings = network.network.settings
    scores: list[list[np.ndarray]] = [[] for _ in BONES]
    for index in range(films):
        rng = np.random.default_rng([seed + SEED_OFFSET, index])
        film = cast_film(rng, (size, size))
        pixels = torch.from_numpy(network_input(film, rng))[None, None]
        latents = rng.standard_normal((settings.experts, 4, settings.latent)).astype(np.float32)
        with torch.inference_mode():
            mean = network(pixels, torch.from_numpy(latents))[2].numpy()
        # Shares, not masks: to call half-covered pixels outside (or inside) would draw every outline half a pixel too tight.
        covered = annotate(film, rng, (PLAIN,))[0] / 255
        for channel, (probability, share) in enumerate(zip(mean, covered, strict=True)):
            if share.sum() >= SMALLEST_AREA:
                scores[channel].append(_dice(probability, share))
    chosen = {}
    for bone, rows in zip(BONES, scores, strict=True):
        if not rows:
            fault = f"none of the {films} films of {size} pixels shows enough of it"
            raise UsageError(f"threshold of {bone.value}", fault, "Cast more or larger films")
        curves = np.array(rows)
        found = curves.max(axis=1) >= FOUND
        curve = curves[found].mean(axis=0) if found.any() else curves.mean(axis=0)
        best = int(curve.argmax())
        dice = float(curves[:, best].mean())
        chosen[bone.value] = BoneThreshold(round(float(CANDIDATES[best]), 2), len(rows), round(dice, 4))
    return chosen


def _dice(probability: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Dice at every candidate threshold with the covered share of each pixel."""
    found = probability[None] > CANDIDATES[:, None, None]
    return np.asarray(2 * (found * share).sum(axis=(1, 2)) / (found.sum(axis=(1, 2)) + share.sum()))
