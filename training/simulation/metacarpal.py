"""One metacarpal: where it stands, how wide it is along its length, its cortex, and its ends."""

from __future__ import annotations

import numpy as np

from training.simulation.ends import body_share, metacarpal_base, metacarpal_head
from training.simulation.pose import Pose
from training.simulation.shapes import S, cortical_thickness, metaphyseal_fill, through, wavy
from training.simulation.subject import Subject
from training.simulation.tubes import Tube

# Base and head of each metacarpal (x radial, y distal) in metacarpal-3 lengths: mean of the films.
ENDS = {
    1: ((0.442, -0.168), (0.910, 0.379)),
    2: ((0.201, -0.065), (0.400, 0.992)),
    3: ((0.0, 0.0), (0.0, 1.0)),
    4: ((-0.170, -0.005), (-0.308, 0.876)),
    5: ((-0.302, -0.082), (-0.617, 0.705)),
}
# Height of base and head above the plane of metacarpal 3, towards the tube: the palm is hollow, the thumb stands before it.
HEIGHTS = {1: (-0.17, -0.25), 2: (-0.05, -0.02), 3: (0.0, 0.0), 4: (-0.02, -0.07), 5: (-0.09, -0.18)}


def _length(thousandths: str) -> np.ndarray:
    return np.array(thousandths.split(), float) / 1000


# Half widths from the base and from the head, each towards the thumb and away from it, at distances from that end; all in
# metacarpal-3 lengths, means of the films. Wide ends turn into a slender shaft within a quarter of the length.
_FROM_END = _length("0 100 140 180 220 270 330 400 500")
HALF_WIDTHS = {
    1: (
        (_length("106 106 104 100 96 96 97 97 97"), _length("133 132 120 99 82 70 64 63 77")),
        (_length("108 108 106 101 99 98 97 96 95"), _length("132 132 128 102 80 67 63 64 81")),
    ),
    2: (
        (_length("134 134 132 113 90 74 66 64 65"), _length("137 126 113 104 84 67 57 54 57")),
        (_length("115 115 124 121 102 85 79 72 67"), _length("113 113 120 113 99 89 79 71 62")),
    ),
    3: (
        (_length("94 94 100 94 82 68 59 54 54"), _length("86 86 92 87 73 63 61 62 70")),
        (_length("123 123 132 130 104 79 66 58 54"), _length("108 108 115 112 102 92 85 79 70")),
    ),
    4: (
        (_length("96 95 90 82 69 52 44 42 47"), _length("99 99 87 72 56 48 49 54 64")),
        (_length("108 108 111 96 71 59 52 46 42"), _length("92 92 99 91 79 73 69 64 54")),
    ),
    5: (
        (_length("124 117 110 95 79 60 50 46 47"), _length("96 96 97 90 83 78 75 73 71")),
        (_length("109 109 105 77 60 51 47 46 48"), _length("81 81 87 83 77 73 72 73 73")),
    ),
}
# Half depth over half width at mid-shaft; the ends are flatter.
DEPTH_RATIO = {1: 0.95, 2: 0.98, 3: 0.98, 4: 1.05, 5: 0.95}
# Cortical index of each metacarpal relative to the second.
CORTICAL_RATIO = {1: 0.82, 2: 1.0, 3: 0.97, 4: 0.90, 5: 0.84}


def build(number: int, subject: Subject, pose: Pose, width: float, rng: np.random.Generator) -> Tube:
    """Metacarpal ``number`` (1..5) of a subject in a pose; ``width`` is the breadth of all the subject's bones, mean 1."""
    unit = subject.metacarpal_3_mm
    base, head = _placed(number, pose, width, rng)
    radial, ulnar = _half_widths(number, float(np.hypot(*(head - base))), rng)
    radial, ulnar = radial * unit * width, ulnar * unit * width
    full = radial + ulnar
    w_base, w_mid, w_head = (float(np.interp(at, S, full)) for at in (0.1, 0.5, 0.87))
    base_z, head_z = (unit * height for height in HEIGHTS[number])
    if number == 1:
        # The thumb points more or less out of the plane.
        head_z = base_z - float(np.hypot(*(head - base))) * unit * float(np.tan(np.arccos(rng.uniform(0.8, 1.0))))
    cortical_index = float(np.clip(subject.cortical_index * CORTICAL_RATIO[number] * np.exp(rng.normal(0, 0.05)), 0.1, 0.85))
    cortex = cortical_thickness(
        w_mid * cortical_index / 2,
        float(rng.uniform(0.35, 0.8)),
        plateau=(float(rng.uniform(0.3, 0.38)), float(rng.uniform(0.6, 0.7))),
    )
    flat = np.interp(S, [0.1, 0.3, 0.7, 0.9], [0.82, 1.0, 1.0, 0.82])
    return Tube(
        name=f"metacarpal_{number}",
        base=(float(base[0] * unit), float(base[1] * unit)),
        head=(float(head[0] * unit), float(head[1] * unit)),
        radial=radial,
        ulnar=ulnar,
        depth=full / 2 * flat * DEPTH_RATIO[number] * float(np.exp(rng.normal(0, 0.06))),
        cortex=cortex * wavy(rng, 0.05, 8),
        fill=metaphyseal_fill(float(rng.uniform(0.0, 0.08)), subject.trabecular_fill * float(np.exp(rng.normal(-0.3, 0.35)))),
        base_end=metacarpal_base(number, w_base / 2, rng),
        head_ends=(metacarpal_head(number, w_head / 2, rng),),
        base_cap=float(rng.uniform(1.2, 3.0)),
        head_cap=float(w_head / 2 * rng.uniform(0.6, 1.0)),
        end_cortex=float(rng.uniform(0.4, 0.9)),
        base_z=base_z,
        head_z=head_z,
        radial_body=body_share(float(rng.uniform(0.8, 1.0)), float(rng.uniform(0.62, 0.95)), float(rng.uniform(0.2, 0.32))),
        ulnar_body=body_share(float(rng.uniform(0.8, 1.0)), float(rng.uniform(0.65, 0.98)), float(rng.uniform(0.2, 0.32))),
        condyle_depth=float(rng.uniform(0.15, 0.5)),
    )


def _placed(number: int, pose: Pose, width: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Base and head in metacarpal-3 lengths."""
    base, head = (np.array(p, float) for p in ENDS[number])
    # Wide bones need a wide palm.
    base = base * np.array([pose.fan**0.5 * width**0.7, 1.0]) + rng.normal(0, 0.012, 2)
    head = head * np.array([pose.fan, 1.0]) + rng.normal(0, 0.02, 2)
    if number == 1:
        base += pose.thumb_shift
        cosine, sine = np.cos(pose.thumb_rad), np.sin(pose.thumb_rad)
        turned = np.array([[cosine, -sine], [sine, cosine]]) @ (head - base)
        head = base + turned * float(np.clip(rng.normal(0.98, 0.05), 0.8, 1.08))
    return base, head


def _half_widths(number: int, length: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Half widths along the bone in metacarpal-3 lengths: the means, each level, flare and side varied, the shaft bowed."""
    levels = np.interp(S, [0.1, 0.5, 0.87], np.exp(rng.normal(0, 0.07, 3))) * wavy(rng, 0.02)
    flares = np.exp(rng.normal(0, 0.17, 2))
    lopsided = np.interp(S, [0.05, 0.5, 0.9], rng.normal(0, 0.06, 3))
    sides = []
    for side, sign in ((0, 1), (1, -1)):
        knots = []
        for from_end, end, flare in ((0, HALF_WIDTHS[number][0], flares[0]), (1, HALF_WIDTHS[number][1], flares[1])):
            at = _FROM_END * flare / length
            # Both tables are of the whole film means; where they meet at mid-shaft the shaft runs straight from one to the other.
            knots += [(abs(from_end - float(a)), float(v)) for a, v in zip(at, end[side], strict=True) if a < 0.44]
        sides.append(through(sorted(knots)) * levels * (1 + sign * lopsided))
    radial, ulnar = sides
    full = radial + ulnar
    radial = np.clip(radial + rng.normal(0.0, 0.012) * np.sin(np.pi * S), 0.25 * full, 0.75 * full)
    return radial, full - radial
