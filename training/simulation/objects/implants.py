"""Plates with screws, and wires."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.hand import Hand
from training.simulation.objects.material import STEEL, TITANIUM, Layer
from training.simulation.objects.plane import along_and_across, bar, cover, turned
from training.simulation.tubes import Placement, Tube


def radius_plate(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """A T-shaped plate on the distal radius, 1.8 to 2.5 mm thick, with screws of 14 to 22 mm along the beam."""
    along, across = _down_the_shaft(hand.outlined[Bone.RADIUS], placement, shape, rng)
    first, length, half = float(rng.uniform(4, 8)), float(rng.uniform(40, 68)), float(rng.uniform(4.0, 5.5))
    head_half = hand.unit_mm * float(rng.uniform(0.13, 0.18))
    shaft = bar(along, across, first, first + length, half)
    head = np.minimum(head_half - np.abs(across), np.minimum(along - first, first + float(rng.uniform(11, 15)) - along))
    plate = cover(np.maximum(shaft, head.astype(np.float32)), placement.pixels_per_mm) * np.float32(rng.uniform(1.8, 2.5))
    spots = [(first + 3.5, x) for x in np.linspace(-0.75, 0.75, 4) * head_half]
    spots += [(first + 8.5, x) for x in np.linspace(-0.5, 0.5, 3) * head_half]
    spots += [(a, 0.0) for a in np.arange(first + 19, first + length - 3, float(rng.uniform(8, 12)))]
    return _with_screws(plate, spots, along, across, placement, rng, core_mm=(2.2, 3.0), length_mm=(14, 22))


def metacarpal_plate(
    hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator, number: int | None = None
) -> Layer:
    """A straight plate on a metacarpal's shaft, 1 to 1.6 mm thick, with screws of 9 to 13 mm along the beam."""
    tube = hand.outlined[Bone(f"metacarpal_{number or int(rng.integers(1, 6))}")]
    along, across = _down_the_shaft(tube, placement, shape, rng)
    length = tube.length * float(rng.uniform(0.45, 0.7))
    first = tube.length * float(rng.uniform(0.15, 0.3))
    half = float(rng.uniform(2.3, 3.1))
    plate = cover(bar(along, across, first, first + length, half), placement.pixels_per_mm) * np.float32(rng.uniform(1.0, 1.6))
    spots = [(a, 0.0) for a in np.arange(first + half, first + length - 2, float(rng.uniform(5.5, 7.5)))]
    return _with_screws(plate, spots, along, across, placement, rng, core_mm=(1.6, 2.2), length_mm=(9, 13))


def wires(hand: Hand, placement: Placement, shape: tuple[int, int], rng: np.random.Generator) -> Layer:
    """One to three smooth steel wires (1.1 to 1.8 mm) through the distal radius or a metacarpal, 35 to 75 mm long."""
    at_radius = rng.random() < 0.6
    bone = Bone.RADIUS if at_radius else Bone(f"metacarpal_{int(rng.integers(1, 6))}")
    tube = hand.outlined[bone]
    head, base = np.array(tube.head), np.array(tube.base)
    down = (base - head) / np.hypot(*(base - head))
    across_bone = np.array([-down[1], down[0]])
    total = np.zeros(shape, np.float32)
    half_width = hand.unit_mm * (0.2 if at_radius else 0.1)
    for _ in range(int(rng.integers(1, 4))):
        side = 1 if rng.random() < 0.5 else -1
        start = head - down * rng.uniform(4, 12) + across_bone * side * half_width * rng.uniform(0.6, 1.1)
        slant = rng.uniform(18, 45) if at_radius else rng.uniform(3, 15)
        # From one side of the bone's end down and through to the other side.
        direction = down * np.cos(np.deg2rad(slant)) - across_bone * side * np.sin(np.deg2rad(slant))
        along, across = along_and_across(start, direction, placement, shape)
        thick = float(rng.uniform(1.1, 1.8)) / 2
        length = float(rng.uniform(35, 75))
        ends = cover(np.minimum(along, np.float32(length) - along), placement.pixels_per_mm)
        total += wire(across, thick, placement.pixels_per_mm) * ends / np.float32(rng.uniform(0.85, 1))
    return Layer(STEEL, total)


def wire(across: np.ndarray, radius_mm: float, pixels_per_mm: float) -> np.ndarray:
    """Mean path through a round wire over each pixel's width, mm: exact also for wires thinner than a pixel."""
    half_pixel = np.float32(0.5 / pixels_per_mm)
    return np.asarray((_area(across + half_pixel, radius_mm) - _area(across - half_pixel, radius_mm)) * pixels_per_mm, np.float32)


def _area(x: np.ndarray, radius: float) -> np.ndarray:
    """Integral of the chord 2 sqrt(r^2 - x^2) from the middle to ``x``."""
    share = np.clip(x * np.float32(1 / radius), -1, 1)
    return np.asarray(np.float32(radius**2) * (share * np.sqrt(1 - share * share) + np.arcsin(share)))


def _down_the_shaft(
    tube: Tube, placement: Placement, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates from a bone's head towards its base, slightly turned and beside the middle."""
    head, base = np.array(tube.head), np.array(tube.base)
    along, across = along_and_across(head, turned(base - head, float(np.deg2rad(rng.normal(0, 3)))), placement, shape)
    return along, across + np.float32(rng.normal(0, 1.0))


def _with_screws(
    plate: np.ndarray,
    spots: list[tuple[float, float]],
    along: np.ndarray,
    across: np.ndarray,
    placement: Placement,
    rng: np.random.Generator,
    core_mm: tuple[float, float],
    length_mm: tuple[float, float],
) -> Layer:
    """Screws in most holes of a plate, leaning by up to ten degrees; empty holes let the beam through."""
    ppm = placement.pixels_per_mm
    core = float(rng.uniform(*core_mm)) / 2
    path = plate
    for at, beside in spots:
        if rng.random() < 0.2:
            path = path * (1 - cover(np.float32(core * 1.3) - np.hypot(along - at, across - beside), ppm))
            continue
        length, lean = float(rng.uniform(*length_mm)), float(np.deg2rad(abs(rng.normal(0, 5))))
        smear = length * np.sin(lean)
        stretch = np.clip(along - np.float32(at), 0, np.float32(smear))
        inside = cover(np.float32(core) - np.hypot(along - np.float32(at) - stretch, across - np.float32(beside)), ppm)
        # The shaft's volume over the area that it covers.
        path = path + inside * np.float32(length * np.pi * core / (np.pi * core + 2 * smear))
        path = path + cover(np.float32(core * 1.6) - np.hypot(along - at, across - beside), ppm) * np.float32(1.2)
    return Layer(TITANIUM if rng.random() < 0.7 else STEEL, np.asarray(path, np.float32))
