"""One posed hand and forearm: 29 bones and sesamoids as tubes and blobs, in millimetres in the film plane.

Proportions are relative to the length of the third metacarpal: positions, lengths and widths of metacarpals, radius and ulna from
measurements on hand films, carpals and phalanges from bone meshes (MyoHub myo_sim, Apache-2.0) corrected for their known
deviations; see ``docs/simulation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation import carpus, forearm
from training.simulation.ends import metacarpal_base, metacarpal_head
from training.simulation.obliquity import Attitude, turn_blob, turn_tube
from training.simulation.shapes import S, base_end, cortical_thickness, metaphyseal_fill, rounded_end, waisted, wavy, with_scar
from training.simulation.subject import Subject
from training.simulation.tubes import Blob, Tube

# Base and head of each metacarpal (x radial, y distal) in metacarpal-3 lengths: mean of the films.
METACARPAL_ENDS = {
    1: ((0.442, -0.168), (0.910, 0.379)),
    2: ((0.201, -0.065), (0.400, 0.992)),
    3: ((0.0, 0.0), (0.0, 1.0)),
    4: ((-0.170, -0.005), (-0.308, 0.876)),
    5: ((-0.302, -0.082), (-0.617, 0.705)),
}
# Height of base and head above the plane of metacarpal 3, towards the tube: the palm is hollow, the thumb stands before it.
METACARPAL_HEIGHTS = {1: (-0.17, -0.25), 2: (-0.05, -0.02), 3: (0.0, 0.0), 4: (-0.02, -0.07), 5: (-0.09, -0.18)}
# Full widths at base, mid-shaft and head, in metacarpal-3 lengths, and the share of the width on the radial side at each.
METACARPAL_WIDTHS = {
    1: ((0.241, 0.160, 0.243), (0.46, 0.55, 0.48)),
    2: ((0.270, 0.128, 0.246), (0.51, 0.58, 0.50)),
    3: ((0.197, 0.126, 0.250), (0.54, 0.50, 0.50)),
    4: ((0.199, 0.104, 0.211), (0.50, 0.45, 0.52)),
    5: ((0.218, 0.119, 0.197), (0.52, 0.40, 0.52)),
}
# Half depth over half width at mid-shaft.
DEPTH_RATIO = {1: 0.95, 2: 0.98, 3: 0.98, 4: 1.05, 5: 0.95}
# Cortical index of each metacarpal relative to the second.
CORTICAL_RATIO = {1: 0.82, 2: 1.0, 3: 0.97, 4: 0.90, 5: 0.84}
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


@dataclass(frozen=True)
class CorticalTruth:
    """Exact geometry of a shaft: stations as fractions of the bone's length, widths in mm."""

    bone: Bone
    stations: np.ndarray
    outer_width_mm: np.ndarray
    medullary_width_mm: np.ndarray


@dataclass(frozen=True)
class Hand:
    """All bones of one subject in one pose; ``outlined`` maps the seven outlined bones to their tubes."""

    tubes: tuple[Tube, ...]
    blobs: tuple[Blob, ...]
    outlined: dict[Bone, Tube]
    fingertips: dict[int, tuple[float, float]]
    unit_mm: float


@dataclass(frozen=True)
class Pose:
    """How the hand lies: fan of the metacarpals, wrist deviation, finger directions, thumb, and its turn out of the plane."""

    fan: float
    wrist_rad: float
    finger_rad: dict[int, float]
    thumb_rad: float
    thumb_shift: tuple[float, float]
    finger_shortening: dict[int, float]
    attitude: Attitude


def sample_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose of a hand laid nearly flat, from closed to fully spread fingers, sometimes with bent fingers."""
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


def build_hand(subject: Subject, pose: Pose, rng: np.random.Generator) -> Hand:
    """Build every bone of a subject in a pose. Equal inputs and generator state give equal hands."""
    unit = subject.metacarpal_3_mm
    width = float(np.exp(rng.normal(0.0, 0.07)))
    flat: dict[Bone, Tube] = {}
    fingers: dict[int, list[Tube]] = {}
    shifts: dict[int, np.ndarray] = {}
    for number in range(1, 6):
        tube = _metacarpal(number, subject, pose, width, rng)
        flat[Bone(f"metacarpal_{number}")] = tube
        fingers[number] = _finger(number, tube, subject, pose, width, rng)
        shifts[number] = np.array(tube.base) / unit - np.array(METACARPAL_ENDS[number][0])
    flat[Bone.RADIUS], flat[Bone.ULNA] = forearm.build(subject, pose.wrist_rad, width, rng)
    blobs = carpus.build(subject, pose.wrist_rad, flat, shifts, rng)
    outlined = {bone: turn_tube(tube, pose.attitude) for bone, tube in flat.items()}
    turned = {number: [turn_tube(tube, pose.attitude) for tube in finger] for number, finger in fingers.items()}
    return Hand(
        tubes=(*outlined.values(), *(tube for finger in turned.values() for tube in finger)),
        blobs=tuple(turn_blob(blob, pose.attitude) for blob in blobs),
        outlined=outlined,
        fingertips={number: finger[-1].head for number, finger in turned.items()},
        unit_mm=unit,
    )


def cortical_truth(hand: Hand, bone: Bone) -> CorticalTruth:
    """Outer and medullary width along a bone, exactly as built."""
    tube = hand.outlined[bone]
    outer = tube.radial + tube.ulnar
    # Each side's shell is cut where that side of the axis is too narrow for it, as the rays do.
    inner = outer - np.minimum(tube.cortex, 0.95 * tube.radial) - np.minimum(tube.cortex, 0.95 * tube.ulnar)
    return CorticalTruth(bone, S, outer, inner)


def _metacarpal(number: int, subject: Subject, pose: Pose, width: float, rng: np.random.Generator) -> Tube:
    unit = subject.metacarpal_3_mm
    base, head = (np.array(p, float) for p in METACARPAL_ENDS[number])
    # Wide bones need a wide palm.
    base = base * np.array([pose.fan**0.5 * width**0.7, 1.0]) + rng.normal(0, 0.012, 2)
    head = head * np.array([pose.fan, 1.0]) + rng.normal(0, 0.02, 2)
    if number == 1:
        base += pose.thumb_shift
        head = base + _rotate(head - base, pose.thumb_rad) * float(np.clip(rng.normal(0.98, 0.05), 0.8, 1.08))
    widths, shares = METACARPAL_WIDTHS[number]
    w_base, w_mid, w_head = (unit * width * w * float(np.exp(rng.normal(0, 0.07))) for w in widths)
    full = waisted(
        w_base,
        w_mid,
        w_head,
        base_at=float(rng.uniform(0.07, 0.14)),
        waist_at=float(rng.uniform(0.42, 0.55)),
        head_at=float(rng.uniform(0.84, 0.9)),
        flare=float(rng.uniform(1.5, 2.6)),
    ) * wavy(rng, 0.02)
    share = np.interp(S, [0.05, 0.5, 0.9], [s + rng.normal(0, 0.04) for s in shares])
    radial = full * share
    bow = unit * rng.normal(0.0, 0.012) * np.sin(np.pi * S)
    radial = np.clip(radial + bow, 0.25 * full, 0.75 * full)
    ulnar = full - radial
    base_z, head_z = (unit * height for height in METACARPAL_HEIGHTS[number])
    if number == 1:
        # The thumb points more or less out of the plane.
        head_z = base_z - float(np.hypot(*(head - base))) * unit * float(np.tan(np.arccos(rng.uniform(0.8, 1.0))))
    cortical_index = float(np.clip(subject.cortical_index * CORTICAL_RATIO[number] * np.exp(rng.normal(0, 0.05)), 0.1, 0.85))
    mid_cortex = w_mid * cortical_index / 2
    cortex = cortical_thickness(
        mid_cortex, float(rng.uniform(0.35, 0.8)), plateau=(float(rng.uniform(0.3, 0.38)), float(rng.uniform(0.6, 0.7)))
    )
    depth = full / 2 * DEPTH_RATIO[number] * float(np.exp(rng.normal(0, 0.06)))
    return Tube(
        name=f"metacarpal_{number}",
        base=tuple(base * unit),
        head=tuple(head * unit),
        radial=radial,
        ulnar=ulnar,
        depth=depth,
        cortex=cortex * wavy(rng, 0.05, 8),
        fill=with_scar(
            metaphyseal_fill(float(rng.uniform(0.0, 0.08)), subject.trabecular_fill * float(np.exp(rng.normal(-0.3, 0.35)))),
            float(rng.uniform(0.12, 0.2) if number == 1 else rng.uniform(0.8, 0.9)),
            float(rng.uniform(0.006, 0.025)),
            float(abs(rng.normal(0, 0.5))),
        ),
        base_end=metacarpal_base(number, w_base / 2, rng),
        head_ends=(metacarpal_head(number, w_head / 2, rng),),
        base_cap=float(rng.uniform(1.2, 3.0)),
        head_cap=float(w_head / 2 * rng.uniform(0.6, 1.0)),
        end_cortex=float(rng.uniform(0.4, 0.9)),
        base_z=base_z,
        head_z=head_z,
    )


def _finger(number: int, metacarpal: Tube, subject: Subject, pose: Pose, width: float, rng: np.random.Generator) -> list[Tube]:
    unit = subject.metacarpal_3_mm
    start = np.array(metacarpal.head)
    direction = start - np.array(metacarpal.base)
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
        tubes.append(replace(bone, base_z=metacarpal.head_z, head_z=metacarpal.head_z))
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
