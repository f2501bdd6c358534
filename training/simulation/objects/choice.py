"""Which things lie on a film, and how often."""

from __future__ import annotations

import numpy as np

from training.simulation.field import View
from training.simulation.hand import Hand
from training.simulation.objects.aids import acrylic_plate, blocker, foam_wedge, ruler, tubing
from training.simulation.objects.immobilisation import cast, splint
from training.simulation.objects.implants import metacarpal_plate, radius_plate, wires
from training.simulation.objects.material import Layer
from training.simulation.objects.worn import bracelet, ring, watch

ON_THE_HAND = {
    ring: 0.06,
    bracelet: 0.006,
    watch: 0.004,
    radius_plate: 0.01,
    metacarpal_plate: 0.007,
    wires: 0.012,
    cast: 0.018,
    splint: 0.008,
    acrylic_plate: 0.02,
    foam_wedge: 0.015,
    tubing: 0.008,
}
"""Chance of each on a film. Assumed: films of hospitals, where rings should come off and most injured hands are filmed bare."""
BLOCKER_CHANCE = 0.03
RULER_CHANCE = 0.01


def sample_objects(hand: Hand, view: View, masks: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> list[Layer]:
    """Draw what lies on, in and beside the hand. ``masks`` (7 x rows x columns) keep a blocker off the outlined bones."""
    layers = [draw(hand, view.placement, shape, rng) for draw, chance in ON_THE_HAND.items() if rng.random() < chance]
    if rng.random() < RULER_CHANCE:
        layers.append(ruler(view, shape, rng))
    plate = blocker(view, masks, shape, rng) if rng.random() < BLOCKER_CHANCE else None
    return [*layers, plate] if plate is not None else layers
