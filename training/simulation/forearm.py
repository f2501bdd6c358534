"""Radius and ulna: flared ends, styloid processes, and the two rims of the radius' joint surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.simulation.carpus import PIVOT
from training.simulation.ends import radius_end
from training.simulation.shapes import V, through, wavy
from training.simulation.subject import Subject
from training.simulation.tubes import Tube

LENGTH = 5.0
"""Simulated length of both bones in metacarpal-3 lengths: further than a hand film reaches."""

LEAN = -0.13
"""Mean direction of the forearm against metacarpal 3, rad: on films the elbow lies towards the little finger's side."""

# Full width at distances below the tip, both in metacarpal-3 lengths (films to .9, beyond from meshes).
RADIUS_WIDTHS = (
    (0.0, 0.455),
    (0.1, 0.465),
    (0.2, 0.475),
    (0.3, 0.453),
    (0.4, 0.40),
    (0.5, 0.336),
    (0.6, 0.28),
    (0.9, 0.225),
    (1.6, 0.22),
    (5.0, 0.24),
)
ULNA_WIDTHS = (
    (0.0, 0.24),
    (0.08, 0.25),
    (0.15, 0.256),
    (0.2, 0.232),
    (0.25, 0.204),
    (0.3, 0.181),
    (0.4, 0.158),
    (0.9, 0.166),
    (1.8, 0.19),
    (5.0, 0.22),
)
# Share of the width on the radial side of the shaft's axis: the head of the ulna stands out towards the radius.
RADIUS_SHARE = ((0.0, 0.49), (0.2, 0.495), (0.4, 0.495), (0.7, 0.50), (5.0, 0.5))
ULNA_SHARE = ((0.0, 0.55), (0.15, 0.57), (0.25, 0.54), (0.4, 0.50), (5.0, 0.5))
# Height above the plane of metacarpal 3, towards the tube: the pronated ulna lies behind the radius.
RADIUS_HEIGHT, ULNA_HEIGHT = -0.02, 0.05


def build(subject: Subject, wrist_rad: float, width: float, rng: np.random.Generator) -> tuple[Tube, Tube]:
    """Radius and ulna below the carpus, turned together by the wrist's deviation."""
    unit = subject.metacarpal_3_mm
    gap = float(rng.normal(0.0, 0.025))
    radius_tip = np.array([0.05 + rng.normal(0, 0.03), -0.42 - gap + rng.normal(0, 0.02)])
    ulna_tip = np.array([-0.35 + rng.normal(0, 0.03), -0.48 - gap + rng.normal(0, 0.05)])
    lean = LEAN + wrist_rad + float(rng.normal(0, 0.03))
    leans = lean + rng.normal(0, 0.025, 2)
    tips = [PIVOT + _turn(wrist_rad) @ (tip - PIVOT) for tip in (radius_tip, ulna_tip)]
    radius = _bone("radius", tips[0], leans[0], RADIUS_WIDTHS, RADIUS_SHARE, subject, width, rng)
    ulna = _bone("ulna", tips[1], leans[1], ULNA_WIDTHS, ULNA_SHARE, subject, width, rng)
    half_radius, half_ulna = 0.235 * unit * width, 0.128 * unit * width
    lip = float(rng.uniform(0.3, 0.5))
    return (
        replace(
            radius,
            head_ends=_radius_rims(half_radius, rng),
            head_shares=(lip, 1 - lip),
            head_cap=float(rng.uniform(1.2, 3.0)),
            end_cortex=float(rng.uniform(0.8, 1.7)),
            base_z=RADIUS_HEIGHT * unit,
            head_z=RADIUS_HEIGHT * unit,
        ),
        replace(ulna, head_ends=(_ulna_end(half_ulna, unit, rng),), base_z=ULNA_HEIGHT * unit, head_z=ULNA_HEIGHT * unit),
    )


def _turn(angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def _bone(
    name: str,
    head: np.ndarray,
    lean: float,
    widths: tuple[tuple[float, float], ...],
    shares: tuple[tuple[float, float], ...],
    subject: Subject,
    width: float,
    rng: np.random.Generator,
) -> Tube:
    unit = subject.metacarpal_3_mm
    base = head - _turn(lean) @ np.array([0.0, LENGTH])
    stretch = float(np.exp(rng.normal(0, 0.10)))
    sizes = [(1 - min(d * stretch, LENGTH) / LENGTH, w * float(np.exp(rng.normal(0, 0.035)))) for d, w in reversed(widths)]
    sizes[0] = (0.0, sizes[0][1])
    full = through(sizes) * unit * width * wavy(rng, 0.012)
    share = through([(1 - d / LENGTH, s + float(rng.normal(0, 0.02))) for d, s in reversed(shares)])
    cortex_scale = subject.cortical_index / 0.55
    shaft_cortex = unit * 0.047 * cortex_scale * float(np.exp(rng.normal(0, 0.1)))
    near_wrist = _below_tip((0.0, 0.18), (0.17, 0.22), (0.34, 0.38), (0.61, 0.75), (0.95, 1.0))
    fill = _below_tip((0.0, 1.0), (0.2, 0.95), (0.51, 0.35), (0.95, 0.04), (LENGTH, 0.02))
    fill = fill * subject.trabecular_fill * float(np.exp(rng.normal(0, 0.15)))
    if name == "radius":
        depth_ratio = _below_tip((0.0, 0.6), (0.24, 0.62), (0.68, 0.8))
    else:
        depth_ratio = _below_tip((0.0, 0.75), (0.34, 0.9), (LENGTH, 0.85))
    return Tube(
        name=name,
        base=(float(base[0] * unit), float(base[1] * unit)),
        head=(float(head[0] * unit), float(head[1] * unit)),
        radial=full * share,
        ulnar=full * (1 - share),
        depth=full / 2 * depth_ratio * float(np.exp(rng.normal(0, 0.05))),
        cortex=np.maximum(shaft_cortex * near_wrist, 0.45) * wavy(rng, 0.05, 8),
        fill=fill,
        base_end=np.zeros_like(V),
        head_ends=(np.zeros_like(V),),
        base_cap=1.0,
        head_cap=float(rng.uniform(2.0, 5.0)),
        end_cortex=float(rng.uniform(0.6, 1.3)),
    )


def _below_tip(*knots: tuple[float, float]) -> np.ndarray:
    """Curve along the bone through (distance below the tip in metacarpal-3 lengths, value) knots."""
    return through([(1 - distance / LENGTH, value) for distance, value in reversed(knots)])


def _radius_rims(half_width: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Dorsal lip, and the joint surface that lies proximal of it towards the ulna by up to 4 mm (palmar tilt)."""
    lip = radius_end(half_width, rng)
    tilt = float(rng.uniform(0.0, 0.27)) * half_width
    falls = 0.5 - 0.5 * np.tanh((V - float(rng.uniform(0.2, 0.7))) / float(rng.uniform(0.15, 0.5)))
    hollow = half_width * float(rng.uniform(0.0, 0.06)) * np.exp(-(((V - 0.1) / 0.4) ** 2))
    return lip, np.asarray(lip + tilt * falls + hollow)


def _ulna_end(half_width: float, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Dome of the head with rounded corners, and the styloid process as a finger on its ulnar side."""
    styloid_at = float(np.clip(rng.normal(-0.66, 0.1), -0.8, -0.3))
    styloid = unit * float(np.clip(rng.normal(0.05, 0.022), 0.0, 0.095))
    thick = float(rng.uniform(0.24, 0.36))
    dome = half_width * (0.06 * V**2 + float(rng.uniform(0.25, 0.6)) * np.clip((V - 0.45) / 0.55, 0, 1) ** 2)
    process = np.exp(-(np.abs((V - styloid_at) / thick) ** float(rng.uniform(3.0, 6.0))))
    edge = half_width * 0.5 * np.clip((-V - 0.9) / 0.1, 0, 1) ** 2
    end = dome + styloid * (1 - process) + edge
    return np.asarray(end - end.min())
