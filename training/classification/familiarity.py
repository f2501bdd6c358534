"""What the training films look like to the encoder, and from which distance on a film is unlike them."""

from __future__ import annotations

import numpy as np
import torch

from training.classification.classifier import Familiarity
from training.classification.heads import Features

ACCEPTED = 0.99
"""Share of held-out films of the training kind that the threshold accepts."""


def fit_familiarity(train: Features, channels: int) -> Familiarity:
    """Centres by bone and their common spread, shrunk towards a sphere (Ledoit and Wolf, J Multivar Anal 2004;88:365)."""
    from sklearn.covariance import LedoitWolf

    features = train.values.shape[1]
    centre = np.zeros((channels, features))
    residual = np.asarray(train.values, float).copy()
    for channel in range(channels):
        rows = train.bone == channel
        if rows.any():
            centre[channel] = residual[rows].mean(0)
            residual[rows] -= centre[channel]
    values, vectors = np.linalg.eigh(LedoitWolf(assume_centered=True).fit(residual).covariance_)
    whitening = vectors / np.sqrt(np.maximum(values, 1e-9))
    familiarity = Familiarity(features, channels)
    state = {"centre": centre, "whitening": whitening}
    familiarity.load_state_dict({name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in state.items()})
    return familiarity


@torch.no_grad()
def film_distances(familiarity: Familiarity, features: Features) -> np.ndarray:
    """Mean distance over each subject's bones, for the subjects that have any, in ascending order of their rows."""
    distance = familiarity(torch.from_numpy(features.values), torch.from_numpy(features.bone)).numpy()
    _, place = np.unique(features.subject, return_inverse=True)
    return np.asarray(np.bincount(place, distance) / np.bincount(place))


def familiarity_section(held_out: np.ndarray) -> dict[str, float | int]:
    """The ``familiarity`` object of ``bundle.json`` from the distances of held-out films."""
    return {"threshold": float(np.quantile(held_out, ACCEPTED)), "accepted": ACCEPTED, "films": len(held_out)}
