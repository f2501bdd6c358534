"""The eight carpal bones and the sesamoids as irregular blobs."""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.subject import Subject
from training.simulation.tubes import Blob, Tube

# Centre (x radial, y distal), half sizes (across, along) in metacarpal-3 lengths, tilt in radians, share of the wrist's
# deviation followed.
CARPALS = {
    "trapezium": ((0.345, -0.175), (0.115, 0.13), 0.45, 0.1),
    "trapezoid": ((0.195, -0.15), (0.10, 0.095), 0.2, 0.1),
    "capitate": ((0.0, -0.165), (0.10, 0.185), 0.0, 0.15),
    "hamate": ((-0.19, -0.155), (0.125, 0.15), -0.25, 0.15),
    "scaphoid": ((0.185, -0.345), (0.10, 0.165), -0.55, 0.5),
    "lunate": ((-0.005, -0.42), (0.13, 0.11), 0.1, 0.55),
    "triquetrum": ((-0.215, -0.345), (0.10, 0.12), 0.6, 0.45),
    "pisiform": ((-0.25, -0.315), (0.075, 0.09), 0.0, 0.45),
}
ANGLES = 180


def build(subject: Subject, wrist_rad: float, outlined: dict[Bone, Tube], rng: np.random.Generator) -> tuple[Blob, ...]:
    """Carpals between the metacarpal bases and the forearm, then sesamoids at the metacarpal heads."""
    unit = subject.metacarpal_3_mm
    pivot = np.array([-0.05, -0.25])
    shift = np.array([0.0, 0.015]) + rng.normal(0, 0.015, 2)
    blobs = []
    for name, (centre, size, tilt, share) in CARPALS.items():
        angle = wrist_rad * share
        turned = pivot + _turn(np.array(centre) - pivot, angle) + shift + rng.normal(0, 0.014, 2)
        blobs.append(
            Blob(
                name=name,
                centre=(float(turned[0] * unit), float(turned[1] * unit)),
                radius=_outline(size, tilt + angle + float(rng.normal(0, 0.15)), rng) * unit,
                depth=unit * 0.115 * float(np.exp(rng.normal(0, 0.1))),
                cortex=float(rng.uniform(0.4, 0.9)),
                fill=float(np.clip(subject.trabecular_fill * 1.1 * np.exp(rng.normal(0, 0.12)), 0.04, 0.6)),
            )
        )
    return (*blobs, *_sesamoids(unit, outlined, rng))


def _outline(size: tuple[float, float], tilt: float, rng: np.random.Generator) -> np.ndarray:
    """Distance of the outline at `ANGLES` angles: a tilted superellipse with smooth irregularities."""
    angle = np.arange(ANGLES) * 2 * np.pi / ANGLES - tilt
    across, along = (1.1 * s * float(np.exp(rng.normal(0, 0.07))) for s in size)
    power = float(rng.uniform(2.2, 3.4))
    radius = (np.abs(np.cos(angle) / across) ** power + np.abs(np.sin(angle) / along) ** power) ** (-1 / power)
    for wave in range(2, 6):
        radius = radius * (1 + rng.normal(0, 0.055 / np.sqrt(wave)) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi)))
    return np.asarray(radius)


def _sesamoids(unit: float, outlined: dict[Bone, Tube], rng: np.random.Generator) -> list[Blob]:
    chances = (
        (Bone.METACARPAL_1, -0.5, 0.95),
        (Bone.METACARPAL_1, 0.45, 0.85),
        (Bone.METACARPAL_2, 0.5, 0.4),
        (Bone.METACARPAL_5, -0.5, 0.5),
    )
    blobs = []
    for bone, lateral, chance in chances:
        if rng.random() > chance:
            continue
        tube = outlined[bone]
        base, head = np.array(tube.base), np.array(tube.head)
        axis = (head - base) / tube.length
        across = np.array([axis[1], -axis[0]])
        half = float(tube.radial[440] + tube.ulnar[440]) / 2
        centre = head - axis * unit * float(rng.uniform(0.02, 0.11)) + across * half * (lateral + float(rng.normal(0, 0.25)))
        size = float(rng.uniform(0.026, 0.048))
        radius = _outline((size, size * 1.2), float(rng.uniform(0, 3)), rng) * unit
        blobs.append(Blob("sesamoid", (float(centre[0]), float(centre[1])), radius, float(radius.mean()) * 0.9, 0.5, 0.35))
    return blobs


def _turn(vector: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * vector[0] - sine * vector[1], sine * vector[0] + cosine * vector[1]])
