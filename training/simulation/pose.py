"""How a hand lies: fan of the metacarpals, wrist, fingers, thumb, and its turn out of the film plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.families import Family
from training.simulation.obliquity import Attitude


@dataclass(frozen=True)
class Pose:
    """Fan of the metacarpals (1: as the mean film), wrist deviation, finger directions, thumb, and turn out of the plane."""

    fan: float
    wrist_rad: float
    finger_rad: dict[int, float]
    thumb_rad: float
    thumb_shift: tuple[float, float]
    finger_shortening: dict[int, float]
    attitude: Attitude


def sample_pose(rng: np.random.Generator, without: frozenset[Family] = frozenset()) -> Pose:
    """Draw a pose of a hand laid nearly flat, from closed to fully spread fingers, sometimes with bent fingers.

    Without `Family.SHAPE` the pose is the same every time.
    """
    if Family.SHAPE in without:
        rng = np.random.default_rng(0)
    spread = rng.uniform(-0.5, 1.4)
    bent = rng.random() < 0.12
    return Pose(
        fan=float(np.clip(rng.normal(0.93, 0.13), 0.6, 1.25)),
        wrist_rad=float(rng.normal(0.0, 0.16)),
        finger_rad={n: float(spread * step + rng.normal(0, 0.05)) for n, step in ((2, 0.08), (3, 0.0), (4, -0.07), (5, -0.16))},
        thumb_rad=float(rng.normal(-0.05, 0.2)),
        thumb_shift=(float(rng.normal(0, 0.02)), float(rng.normal(0, 0.02))),
        finger_shortening={n: float(rng.uniform(0.45, 0.95) if bent else rng.uniform(0.93, 1.0)) for n in range(1, 6)},
        attitude=_sample_attitude(rng),
    )


def _sample_attitude(rng: np.random.Generator) -> Attitude:
    """Mostly a few degrees of roll and pitch; one hand in ten lies up to 20 degrees oblique."""
    roll = rng.uniform(-20, 20) if rng.random() < 0.1 else np.clip(rng.normal(0, 7), -20, 20)
    return Attitude(float(np.deg2rad(roll)), float(np.deg2rad(np.clip(rng.normal(0, 5), -15, 15))))
