"""What is laid around and over a film before it is stored: collimator frame, padding, markers."""

from __future__ import annotations

import numpy as np

from training.simulation.collimator import collimate
from training.simulation.field import View
from training.simulation.markers import add_markers


def add_nuisances(grey: np.ndarray, view: View, bones: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Frame and markers, in either order; returns the film (float32) and the exposed field (bool).

    ``bones`` (bool, the film's shape) is where few markers lie.
    """
    if rng.random() < 0.5:
        return collimate(add_markers(grey, view.placement.side, bones, rng), view, rng)
    framed, exposed = collimate(grey, view, rng)
    return add_markers(framed, view.placement.side, bones, rng), exposed
