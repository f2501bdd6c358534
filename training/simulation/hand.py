"""One posed hand and forearm: 29 bones and sesamoids as tubes and blobs, in millimetres in the film plane.

Proportions are relative to the length of the third metacarpal: positions, lengths and widths of metacarpals, radius and ulna from
measurements on hand films, carpals and phalanges from bone meshes (MyoHub myo_sim, Apache-2.0) corrected for their known
deviations; see ``docs/simulation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation import carpus, forearm, metacarpal
from training.simulation.families import Family
from training.simulation.findings import with_findings
from training.simulation.obliquity import Attitude, turn_blob, turn_tube
from training.simulation.pose import Pose
from training.simulation.shapes import S, base_end, cortical_thickness, metaphyseal_fill, rounded_end, waisted, wavy
from training.simulation.subject import Subject
from training.simulation.tubes import Blob, Tube

# Lengths (proximal, middle, distal) and widths (base, waist, head of the proximal one) of the phalanges, in metacarpal-3 lengths.
PHALANX_LENGTHS = {
    1: (0.50, 0.0, 0.35),
    2: (0.635, 0.37, 0.25),
    3: (0.70, 0.44, 0.27),
    4: (0.65, 0.42, 0.275),
    5: (0.52, 0.30, 0.245),
}
PHALANX_WIDTHS = {
    1: (0.225, 0.13, 0.18),
    2: (0.245, 0.135, 0.165),
    3: (0.255, 0.14, 0.175),
    4: (0.235, 0.125, 0.16),
    5: (0.205, 0.105, 0.14),
}
# Mean log breadth of the bones at equal length: men's bones are sturdier.
BREADTH = {"F": -0.02, "M": 0.03}


@dataclass(frozen=True)
class CorticalTruth:
    """Exact geometry of a shaft: stations as fractions of the bone's length, widths in mm."""

    bone: Bone
    stations: np.ndarray
    outer_width_mm: np.ndarray
    medullary_width_mm: np.ndarray


@dataclass(frozen=True)
class Hand:
    """All bones of one subject in one pose; ``outlined`` maps the seven outlined bones to their tubes, turned by ``attitude``."""

    tubes: tuple[Tube, ...]
    blobs: tuple[Blob, ...]
    outlined: dict[Bone, Tube]
    fingertips: dict[int, tuple[float, float]]
    unit_mm: float
    attitude: Attitude = field(default_factory=Attitude)


def build_hand(subject: Subject, pose: Pose, rng: np.random.Generator, without: frozenset[Family] = frozenset()) -> Hand:
    """Build every bone of a subject in a pose. Equal inputs and generator state give equal hands.

    Without `Family.SHAPE` all hands have the proportions of one; without `Family.FINDINGS` bones bear no mark of growth, age or
    disease; without `Family.CORTEX` they are solid.
    """
    marks = rng.spawn(1)[0]
    if Family.SHAPE in without:
        rng = np.random.default_rng(0)
    unit = subject.metacarpal_3_mm
    sturdy = 0.0 if Family.SHAPE in without else BREADTH[subject.sex]
    width = float(np.exp(rng.normal(sturdy, 0.065)))
    flat: dict[Bone, Tube] = {}
    fingers: dict[int, list[Tube]] = {}
    shifts: dict[int, np.ndarray] = {}
    for number in range(1, 6):
        tube = metacarpal.build(number, subject, pose, width, rng)
        flat[Bone(f"metacarpal_{number}")] = tube
        fingers[number] = _finger(number, tube, subject, pose, width, rng)
        shifts[number] = np.array(tube.base) / unit - np.array(metacarpal.ENDS[number][0])
    flat[Bone.RADIUS], flat[Bone.ULNA] = forearm.build(subject, pose.wrist_rad, width, rng)
    blobs = carpus.build(subject, pose.wrist_rad, flat, shifts, rng)
    if Family.FINDINGS not in without:
        flat = {bone: with_findings(bone, tube, subject, marks) for bone, tube in flat.items()}
    outlined = {bone: turn_tube(tube, pose.attitude) for bone, tube in flat.items()}
    turned = {number: [turn_tube(tube, pose.attitude) for tube in finger] for number, finger in fingers.items()}
    hand = Hand(
        tubes=(*outlined.values(), *(tube for finger in turned.values() for tube in finger)),
        blobs=tuple(turn_blob(blob, pose.attitude) for blob in blobs),
        outlined=outlined,
        fingertips={number: finger[-1].head for number, finger in turned.items()},
        unit_mm=unit,
        attitude=pose.attitude,
    )
    return solid(hand) if Family.CORTEX in without else hand


def solid(hand: Hand) -> Hand:
    """The hand with all cavities filled with mineral."""
    outlined = {bone: replace(tube, fill=np.ones_like(tube.fill), porosity=0.0) for bone, tube in hand.outlined.items()}
    fingers = tuple(replace(tube, fill=np.ones_like(tube.fill)) for tube in hand.tubes[len(outlined) :])
    return replace(
        hand,
        tubes=(*outlined.values(), *fingers),
        blobs=tuple(replace(blob, fill=1.0) for blob in hand.blobs),
        outlined=outlined,
    )


def cortical_truth(hand: Hand, bone: Bone) -> CorticalTruth:
    """Outer and medullary width along a bone, exactly as built."""
    tube = hand.outlined[bone]
    outer = tube.radial + tube.ulnar
    # Each side's shell is cut where that side of the axis is too narrow for it, as the rays do.
    inner = outer - np.minimum(tube.cortex, 0.95 * tube.radial) - np.minimum(tube.cortex, 0.95 * tube.ulnar)
    return CorticalTruth(bone, S, outer, inner)


def _finger(number: int, behind: Tube, subject: Subject, pose: Pose, width: float, rng: np.random.Generator) -> list[Tube]:
    unit = subject.metacarpal_3_mm
    start = np.array(behind.head)
    direction = start - np.array(behind.base)
    direction = direction / np.hypot(*direction)
    # Fingers converge again beyond the fanned metacarpals.
    straight = 0.0 if number == 1 else 0.55
    direction = direction * (1 - straight) + np.array([0.0, 1.0]) * straight
    angle = pose.finger_rad.get(number, float(rng.normal(0.1, 0.25)))
    direction = _rotate(direction / np.hypot(*direction), -angle if number != 1 else angle)
    lengths = [length for length in PHALANX_LENGTHS[number] if length > 0]
    base_width, waist, head_width = PHALANX_WIDTHS[number]
    tubes = []
    point = start
    for index, length in enumerate(lengths):
        distal = index == len(lengths) - 1
        shrink = (1.0, 0.84, 0.72)[index] if number != 1 else (1.0, 0.8)[index]
        point = point + direction * unit * float(rng.uniform(-0.01, 0.018))
        direction = _rotate(direction, float(rng.normal(0, 0.05)))
        end = point + direction * unit * length * pose.finger_shortening[number] * float(np.exp(rng.normal(0, 0.03)))
        sizes = [
            unit * width * shrink * w * float(np.exp(rng.normal(0, 0.05)))
            for w in (base_width, waist, head_width * (0.75 if distal else 1.0))
        ]
        bone = _phalanx(f"phalanx_{number}_{index + 1}", point, end, sizes, subject, distal, rng)
        tubes.append(replace(bone, base_z=behind.head_z, head_z=behind.head_z))
        point = end
    return tubes


def _phalanx(
    name: str, base: np.ndarray, head: np.ndarray, sizes: list[float], subject: Subject, distal: bool, rng: np.random.Generator
) -> Tube:
    full = waisted(*sizes, base_at=0.12, waist_at=0.6, head_at=0.9, flare=float(rng.uniform(1.2, 2.0))) * wavy(rng, 0.02)
    index = float(np.clip(subject.cortical_index * 0.85 + rng.normal(0, 0.05), 0.15, 0.8))
    return Tube(
        name=name,
        base=tuple(base),
        head=tuple(head),
        radial=full / 2,
        ulnar=full / 2,
        depth=full / 2 * (0.62 if distal else 0.72),
        cortex=cortical_thickness(sizes[1] * index / 2, 0.5, plateau=(0.4, 0.7)),
        fill=metaphyseal_fill(0.05, subject.trabecular_fill * float(np.exp(rng.normal(-0.2, 0.3)))),
        base_end=base_end(sizes[0] / 2, 0.35, 0.12, 0.0),
        head_ends=(rounded_end(sizes[2] / 2, 0.8 if distal else 0.45, 2.2 if distal else 3.0, dip=0.0 if distal else 0.1),),
        base_cap=1.5,
        head_cap=2.5,
        end_cortex=0.6,
    )


def _rotate(vector: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * vector[0] - sine * vector[1], sine * vector[0] + cosine * vector[1]])
