"""The eight carpal bones with their joint facets, their tubercles and hook, and the sesamoids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.bones import Bone
from training.simulation.subject import Subject
from training.simulation.tubes import Blob, Tube

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Carpal:
    """Outline of one carpal in a hand laid flat, in metacarpal-3 lengths from the base of metacarpal 3.

    Attributes
    ----------
    corners : outline (x radial, y distal)
    z, depth : height above the plane through metacarpal 3 (towards the tube) and half depth
    follows : weights of the metacarpals whose bases the bone keeps its joints with
    turns : share of the wrist's deviation that the bone follows
    """

    corners: Points
    z: float
    depth: float
    follows: tuple[tuple[int, float], ...]
    turns: float


def _ring(x: float, y: float, across: float, along: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    return tuple((x + across * float(np.cos(a)), y + along * float(np.sin(a))) for a in angle)


# fmt: off
CARPALS = {
    "capitate": Carpal(
        (
            (-0.105, -0.02), (-0.03, -0.012), (0.07, -0.025), (0.095, -0.075), (0.10, -0.15), (0.122, -0.22), (0.108, -0.29),
            (0.06, -0.345), (0.0, -0.365), (-0.06, -0.345), (-0.095, -0.285), (-0.09, -0.20), (-0.085, -0.11),
        ),
        0.0, 0.115, ((3, 1.0),), 0.15,
    ),
    "hamate": Carpal(
        (
            (-0.315, -0.105), (-0.26, -0.062), (-0.19, -0.03), (-0.12, -0.025), (-0.098, -0.08), (-0.10, -0.20), (-0.105, -0.285),
            (-0.13, -0.315), (-0.17, -0.285), (-0.225, -0.235), (-0.29, -0.175), (-0.33, -0.14),
        ),
        -0.02, 0.11, ((4, 0.5), (5, 0.5)), 0.15,
    ),
    "hook": Carpal(_ring(-0.16, -0.105, 0.042, 0.065), -0.19, 0.05, ((4, 0.5), (5, 0.5)), 0.15),
    "trapezoid": Carpal(
        (
            (0.112, -0.065), (0.15, -0.045), (0.205, -0.035), (0.255, -0.055), (0.265, -0.11), (0.245, -0.18), (0.20, -0.205),
            (0.14, -0.20), (0.115, -0.165), (0.108, -0.11),
        ),
        -0.03, 0.10, ((2, 1.0),), 0.1,
    ),
    "trapezium": Carpal(
        (
            (0.235, -0.05), (0.275, -0.01), (0.325, -0.01), (0.352, -0.05), (0.368, -0.10), (0.395, -0.14), (0.42, -0.165),
            (0.418, -0.21), (0.38, -0.25), (0.32, -0.268), (0.25, -0.258), (0.20, -0.225), (0.205, -0.175), (0.225, -0.11),
        ),
        -0.12, 0.10, ((1, 0.6), (2, 0.4)), 0.1,
    ),
    "scaphoid": Carpal(
        (
            (0.15, -0.25), (0.20, -0.222), (0.255, -0.24), (0.285, -0.295), (0.29, -0.35), (0.265, -0.40), (0.21, -0.44),
            (0.14, -0.485), (0.06, -0.505), (0.005, -0.485), (0.0, -0.44), (0.04, -0.398), (0.09, -0.35), (0.125, -0.29),
        ),
        -0.04, 0.10, ((3, 0.5), (2, 0.3)), 0.5,
    ),
    "tubercle": Carpal(_ring(0.205, -0.325, 0.06, 0.065), -0.12, 0.04, ((3, 0.5), (2, 0.3)), 0.45),
    "lunate": Carpal(
        (
            (-0.13, -0.345), (-0.10, -0.34), (-0.05, -0.362), (0.01, -0.372), (0.035, -0.39), (0.045, -0.43), (0.03, -0.49),
            (-0.02, -0.522), (-0.08, -0.535), (-0.15, -0.537), (-0.215, -0.51), (-0.24, -0.475), (-0.21, -0.425),
            (-0.165, -0.375),
        ),
        -0.01, 0.12, ((3, 0.7),), 0.55,
    ),
    "triquetrum": Carpal(
        (
            (-0.315, -0.20), (-0.26, -0.22), (-0.215, -0.275), (-0.165, -0.345), (-0.18, -0.39), (-0.23, -0.43), (-0.28, -0.45),
            (-0.325, -0.43), (-0.345, -0.375), (-0.355, -0.31), (-0.375, -0.26), (-0.36, -0.215),
        ),
        -0.03, 0.09, ((3, 0.4), (5, 0.3)), 0.45,
    ),
    "pisiform": Carpal(_ring(-0.265, -0.345, 0.07, 0.085), -0.19, 0.06, ((3, 0.4), (5, 0.3)), 0.4),
}
# fmt: on
PIVOT = np.array([-0.05, -0.25])
ANGLES = 360


def build(
    subject: Subject, wrist_rad: float, outlined: dict[Bone, Tube], shifts: dict[int, np.ndarray], rng: np.random.Generator
) -> tuple[Blob, ...]:
    """Carpals between the metacarpal bases and the forearm, then sesamoids at the metacarpal heads.

    ``shifts`` holds how far the base of each metacarpal lies from its mean place (metacarpal-3 lengths): the distal row goes
    along, so that joint gaps stay as narrow as joints are.
    """
    unit = subject.metacarpal_3_mm
    # Larger than drawn: rounding the corners takes some, and joint gaps are 1 to 2 mm, less with age.
    worn = 0.02 * float(np.clip((subject.age_years - 40) / 50, 0, 1))
    grown = float(np.exp(rng.normal(0.09 + worn, 0.025)))
    row = rng.normal(0, 0.008, 2)
    blobs = []
    for name, carpal in CARPALS.items():
        own = rng.spawn(1)[0]
        if name == "tubercle" and own.random() < 0.4:
            continue
        shift = row + sum((weight * shifts[number] for number, weight in carpal.follows), np.zeros(2)) + own.normal(0, 0.007, 2)
        blobs.append(_carpal(name, carpal, unit, grown, wrist_rad * carpal.turns, shift, subject, own))
    return (*blobs, *_sesamoids(unit, outlined, rng))


def _carpal(
    name: str,
    carpal: Carpal,
    unit: float,
    grown: float,
    turned_rad: float,
    shift: np.ndarray,
    subject: Subject,
    rng: np.random.Generator,
) -> Blob:
    corners = np.array(carpal.corners)
    centre = (corners.min(0) + corners.max(0)) / 2
    offsets = (corners - centre) * grown * np.exp(rng.normal(0, 0.03, 2))
    turn = turned_rad + float(rng.normal(0, 0.05))
    offsets = np.array([_turn(offset, turn) for offset in offsets])
    place = PIVOT + _turn(centre - PIVOT, turned_rad) + shift
    small = name in {"hook", "tubercle", "pisiform"}
    if small:
        place = place + rng.normal(0, 0.012, 2)
        offsets = offsets * float(np.exp(rng.normal(0, 0.12)))
    return Blob(
        name=name,
        centre=(float(place[0] * unit), float(place[1] * unit)),
        radius=_facetted(offsets, rng, 0.05 if small else 0.02) * unit,
        depth=unit * carpal.depth * float(np.exp(rng.normal(0, 0.08))),
        cortex=float(rng.uniform(0.3, 0.7) * (1.6 if name in {"hook", "tubercle"} else 1.0)),
        fill=float(np.clip(subject.trabecular_fill * 1.4 * np.exp(rng.normal(0, 0.12)), 0.04, 0.6)),
        z=carpal.z * unit,
    )


def _facetted(offsets: np.ndarray, rng: np.random.Generator, uneven: float) -> np.ndarray:
    """Distance of a polygon's outline from its centre at `ANGLES` angles, corners rounded, slightly uneven."""
    closed = np.concatenate([offsets, offsets[:1]])
    steps = np.linspace(0, len(offsets), 16 * len(offsets), endpoint=False)
    edge = np.stack([np.interp(steps, np.arange(len(closed)), closed[:, axis]) for axis in (0, 1)])
    angle = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radius = np.interp(angle, np.arctan2(edge[1], edge[0]) % (2 * np.pi), np.hypot(*edge), period=2 * np.pi)
    kernel = np.hanning(27)[1:-1] / np.hanning(27).sum()
    radius = np.convolve(np.concatenate([radius[-12:], radius, radius[:12]]), kernel, mode="valid")
    return np.asarray(radius * _uneven(angle, uneven, rng))


def _uneven(angle: np.ndarray, amplitude: float, rng: np.random.Generator) -> np.ndarray:
    waves = np.arange(2, 7)
    sizes, phases = rng.normal(0, amplitude, 5) / np.sqrt(waves), rng.uniform(0, 2 * np.pi, 5)
    return np.asarray(1 + (sizes[:, None] * np.cos(waves[:, None] * angle + phases[:, None])).sum(0))


def _sesamoids(unit: float, outlined: dict[Bone, Tube], rng: np.random.Generator) -> list[Blob]:
    # Lateral place in half widths of the head (radial +), chance: of the thumb's pair one mostly lies beside the head.
    chances = (
        (Bone.METACARPAL_1, -1.0, 0.95),
        (Bone.METACARPAL_1, -0.2, 0.75),
        (Bone.METACARPAL_2, 0.9, 0.35),
        (Bone.METACARPAL_5, -0.9, 0.45),
    )
    blobs = []
    for bone, lateral, chance in chances:
        if rng.random() > chance:
            continue
        tube = outlined[bone]
        base, head = np.array(tube.base), np.array(tube.head)
        axis = (head - base) / tube.length
        across = np.array([axis[1], -axis[0]])
        near_head = int(0.86 * len(tube.radial))
        half = float(tube.radial[near_head] + tube.ulnar[near_head]) / 2
        centre = head - axis * unit * float(rng.uniform(-0.01, 0.1)) + across * half * (lateral + float(rng.normal(0, 0.2)))
        size = float(rng.uniform(0.026, 0.048))
        stretch = float(rng.uniform(1.0, 1.35))
        corners = np.array(_ring(0, 0, size, size * stretch))
        turn = float(rng.uniform(0, 3))
        radius = _facetted(np.array([_turn(c, turn) for c in corners]), rng, 0.03) * unit
        place = (float(centre[0]), float(centre[1]))
        blobs.append(Blob("sesamoid", place, radius, float(radius.mean()) * 0.8, 0.5, 0.35, tube.head_z - 0.15 * unit))
    return blobs


def _turn(vector: np.ndarray, angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([cosine * vector[0] - sine * vector[1], sine * vector[0] + cosine * vector[1]])
