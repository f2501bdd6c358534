"""Casts and splints of plaster or fibreglass."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.body import Limb, add_limb
from training.simulation.hand import Hand
from training.simulation.objects.material import FIBREGLASS, PLASTER, Layer
from training.simulation.objects.plane import along_and_across, cover
from training.simulation.objects.worn import wrist_line
from training.simulation.resample import enlarge, smooth_noise
from training.simulation.tubes import Placement


def cast(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A closed cast from the palm to the forearm over 2 to 6 mm of padding: 4 to 8 mm of plaster or 2 to 4 mm of fibreglass."""
    fibre = bool(rng.random() < 0.5)
    wall = float(rng.uniform(2, 4) if fibre else rng.uniform(4, 8))
    padding = float(rng.uniform(2, 6))
    outer, inner = (_sleeve(hand, placement, shape, padding + thick) for thick in (wall, 0.0))
    material, texture = (FIBREGLASS, mesh) if fibre else (PLASTER, wraps)
    end = _distal_end(hand, placement, shape, float(rng.uniform(0.6, 0.95)))
    return Layer(material, (outer - inner) * end * texture(hand, placement, shape, rng))


def splint(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A slab of 4 to 7 mm of plaster under palm and forearm, narrower than they are."""
    narrower = -hand.unit_mm * float(rng.uniform(0.1, 0.25))
    slab = np.clip(_sleeve(hand, placement, shape, narrower) * np.float32(1 / 3), 0, 1)
    end = _distal_end(hand, placement, shape, float(rng.uniform(0.6, 1.1)))
    return Layer(PLASTER, slab * end * np.float32(rng.uniform(4, 7)) * wraps(hand, placement, shape, rng))


def wraps(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Uneven plaster: turns of the bandage every 20 to 45 mm, and clouds of some millimetres; mean about 1."""
    start, direction = wrist_line(hand, 0.0)
    along, across = along_and_across(start, direction, placement, shape)
    turns = np.sin((along + across * np.float32(rng.uniform(-0.4, 0.4))) * np.float32(2 * np.pi / rng.uniform(20, 45)))
    clouds = smooth_noise(shape, float(rng.uniform(1.5, 5)) * placement.pixels_per_mm, rng)
    return np.asarray(np.maximum(1 + np.float32(0.06) * turns + np.float32(0.04) * clouds, 0.2), dtype=np.float32)


def mesh(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Knitted fibreglass: a mesh of 1.6 to 3 mm in several turns that blur it, over clouds; mean about 1."""
    start, direction = wrist_line(hand, 0.0)
    along, across = along_and_across(start, direction, placement, shape)
    knit = np.float32(2 * np.pi / rng.uniform(1.6, 3))
    weave = np.cos((along + across) * knit) * np.cos((along - across) * knit)
    clouds = smooth_noise(shape, float(rng.uniform(2, 6)) * placement.pixels_per_mm, rng)
    return np.asarray(np.maximum(1 + np.float32(0.3) * weave + np.float32(0.12) * clouds, 0.1), dtype=np.float32)


def _sleeve(hand: Hand, placement: Placement, shape: tuple[int, int], beyond_mm: float) -> np.ndarray:
    """Path through a solid sleeve around palm, wrist and forearm that stands ``beyond_mm`` off the skin, mm."""
    half = Placement(
        (placement.origin[0] / 2 - 0.25, placement.origin[1] / 2 - 0.25),
        placement.pixels_per_mm / 2,
        placement.angle_rad,
        placement.side,
    )
    small = np.zeros(((shape[0] + 1) // 2, (shape[1] + 1) // 2), np.float32)
    rows = np.arange(small.shape[0], dtype=np.float32)[:, None]
    columns = np.arange(small.shape[1], dtype=np.float32)[None, :]
    for limb in _sleeve_limbs(hand, beyond_mm):
        add_limb(small, limb, half, rows, columns)
    return enlarge(small, 2, shape)


def _sleeve_limbs(hand: Hand, beyond: float) -> list[Limb]:
    unit = hand.unit_mm
    wrist, direction = wrist_line(hand, 0.0)
    metacarpals = [hand.outlined[Bone(f"metacarpal_{n}")] for n in range(2, 6)]
    heads = np.mean([tube.head for tube in metacarpals], axis=0)
    carpus = np.asarray(np.mean([tube.base for tube in metacarpals], axis=0))
    knuckles = np.asarray(heads + (heads - carpus) * 0.15)
    elbow = wrist + direction * unit * 4
    thick = 0.32 * unit + beyond
    return [
        (knuckles, carpus, (0.58 * unit + beyond, 0.5 * unit + beyond), (thick, thick)),
        (carpus, wrist, (0.5 * unit + beyond, 0.47 * unit + beyond), (thick, thick)),
        (wrist, elbow, (0.47 * unit + beyond, 0.85 * unit + beyond), (thick, thick * 1.8)),
    ]


def _distal_end(hand: Hand, placement: Placement, shape: tuple[int, int], share: float) -> np.ndarray:
    """Cover of what lies below a straight edge across the palm, at a share of metacarpal 3 from its base."""
    tube = hand.outlined[Bone.METACARPAL_3]
    base, head = np.array(tube.base), np.array(tube.head)
    along, _ = along_and_across(base + (head - base) * share, base - head, placement, shape)
    return cover(along, placement.pixels_per_mm)
