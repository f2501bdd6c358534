"""Jewellery and watches."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.hand import Hand
from training.simulation.objects.material import GOLD, SILVER, STEEL, TITANIUM, Layer
from training.simulation.objects.plane import along_and_across, cover, hoop, turned
from training.simulation.tubes import Placement

_FINGER_HALF_WIDTHS = {2: 0.145, 3: 0.149, 4: 0.140, 5: 0.125}
"""Of the soft tissue around proximal phalanges, in metacarpal-3 lengths."""


def ring(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator, finger: int | None = None) -> Layer:
    """A band 2 to 7 mm wide with a wall of 1 to 2.2 mm around a proximal phalanx, mostly of the ring finger."""
    number = finger or int(rng.choice([2, 3, 4, 5], p=[0.1, 0.2, 0.55, 0.15]))
    phalanx = next(tube for tube in hand.tubes if tube.name.startswith(f"phalanx_{number}"))
    base, head = np.array(phalanx.base), np.array(phalanx.head)
    start = base + (head - base) * rng.uniform(0.25, 0.6)
    direction = turned(head - base, float(np.deg2rad(rng.normal(0, 5))))
    along, across = along_and_across(start, direction, placement, shape)
    inner = hand.unit_mm * _FINGER_HALF_WIDTHS[number] * float(rng.uniform(0.95, 1.08))
    band = cover(np.float32(rng.uniform(1.0, 3.5)) - np.abs(along), placement.pixels_per_mm)
    material = (GOLD, SILVER, STEEL, TITANIUM)[int(rng.choice(4, p=[0.55, 0.25, 0.12, 0.08]))]
    return Layer(material, hoop(across, inner, inner * 0.92, float(rng.uniform(1.0, 2.2))) * band)


def bracelet(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A metal band or chain around the wrist, 2 to 8 mm wide, wall 1 to 2.5 mm."""
    start, direction = wrist_line(hand, float(rng.uniform(0.05, 0.5)))
    along, across = along_and_across(start, turned(direction, float(np.deg2rad(rng.normal(0, 10)))), placement, shape)
    path = hoop(across, hand.unit_mm * float(rng.uniform(0.48, 0.6)), hand.unit_mm * 0.38, float(rng.uniform(1.0, 2.5)))
    if rng.random() < 0.5:
        # Links of a chain.
        path = path * (np.cos(across * np.float32(2 * np.pi / rng.uniform(3, 8))) > -0.4)
    band = cover(np.float32(rng.uniform(1.0, 4.0)) - np.abs(along), placement.pixels_per_mm)
    return Layer((GOLD, SILVER, STEEL)[int(rng.integers(3))], path * band)


def watch(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A round case 26 to 42 mm across with a strap of steel around the wrist."""
    start, direction = wrist_line(hand, float(rng.uniform(0.2, 0.6)))
    along, across = along_and_across(start, direction, placement, shape)
    case = cover(np.float32(rng.uniform(13, 21)) - np.hypot(along, across), placement.pixels_per_mm) * np.float32(4.0)
    half = hand.unit_mm * float(rng.uniform(0.46, 0.52))
    strap = cover(np.float32(rng.uniform(7, 10)) - np.abs(along), placement.pixels_per_mm)
    links = 0.55 + 0.45 * (np.cos(across * np.float32(2 * np.pi / rng.uniform(5, 9))) > -0.7)
    thin = float(rng.choice([0.05, 1.0], p=[0.5, 0.5]))  # leather with its buckle, or steel
    return Layer(STEEL, np.asarray(np.maximum(case, hoop(across, half, half * 0.75, 1.5) * strap * links * thin), np.float32))


def wrist_line(hand: Hand, below: float) -> tuple[np.ndarray, np.ndarray]:
    """A point amid the forearm, ``below`` metacarpal-3 lengths from the wrist joint, and the direction to the elbow."""
    radius, ulna = hand.outlined[Bone.RADIUS], hand.outlined[Bone.ULNA]
    wrist = (np.array(radius.head) + np.array(ulna.head)) / 2
    direction = (np.array(radius.base) + np.array(ulna.base)) / 2 - wrist
    direction = direction / np.hypot(*direction)
    return wrist + direction * below * hand.unit_mm, direction
