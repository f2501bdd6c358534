"""Radius and ulna: flared ends, styloid processes, and the two rims of the radius' joint surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.simulation.shapes import V, through, wavy, with_scar
from training.simulation.subject import Subject
from training.simulation.tubes import Tube

LENGTH = 5.0
"""Simulated length of both bones in metacarpal-3 lengths: further than a hand film reaches."""

# Full width at distances below the tip, both in metacarpal-3 lengths (films to .9, beyond from meshes).
RADIUS_WIDTHS = (
    (0.0, 0.40),
    (0.1, 0.47),
    (0.2, 0.49),
    (0.3, 0.45),
    (0.4, 0.39),
    (0.5, 0.33),
    (0.6, 0.28),
    (0.9, 0.225),
    (1.6, 0.22),
    (5.0, 0.24),
)
ULNA_WIDTHS = ((0.0, 0.25), (0.08, 0.265), (0.16, 0.235), (0.26, 0.185), (0.4, 0.16), (0.9, 0.17), (1.8, 0.19), (5.0, 0.22))
# Share of the width on the radial side of the straight axis.
RADIUS_SHARE = ((0.0, 0.46), (0.2, 0.43), (0.4, 0.45), (0.7, 0.50), (5.0, 0.5))
ULNA_SHARE = ((0.0, 0.52), (0.12, 0.55), (0.3, 0.5), (0.6, 0.46), (5.0, 0.5))


def build(subject: Subject, wrist_rad: float, width: float, rng: np.random.Generator) -> tuple[Tube, Tube]:
    """Radius and ulna below the carpus, turned together by the wrist's deviation."""
    unit = subject.metacarpal_3_mm
    lean = wrist_rad + float(rng.normal(0, 0.03))
    gap = float(rng.normal(0.0, 0.04))
    radius_tip = np.array([0.085 + rng.normal(0, 0.04), -0.44 - gap + rng.normal(0, 0.03)])
    ulna_tip = np.array([-0.355 + rng.normal(0, 0.03), -0.475 - gap + rng.normal(0, 0.055)])
    pivot = np.array([-0.05, -0.25])
    radius = _bone(
        "radius", radius_tip, lean + float(rng.normal(0.0, 0.025)), pivot, RADIUS_WIDTHS, RADIUS_SHARE, subject, width, rng
    )
    ulna = _bone("ulna", ulna_tip, lean + float(rng.normal(0.03, 0.025)), pivot, ULNA_WIDTHS, ULNA_SHARE, subject, width, rng)
    half_radius, half_ulna = 0.235 * unit * width, 0.13 * unit * width
    return _with_end(radius, _radius_rims(half_radius, rng)), _with_end(ulna, (_ulna_end(half_ulna, unit, rng),))


def _bone(
    name: str,
    tip: np.ndarray,
    lean: float,
    pivot: np.ndarray,
    widths: tuple[tuple[float, float], ...],
    shares: tuple[tuple[float, float], ...],
    subject: Subject,
    width: float,
    rng: np.random.Generator,
) -> Tube:
    unit = subject.metacarpal_3_mm
    cosine, sine = np.cos(lean), np.sin(lean)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    head = pivot + turn @ (tip - pivot)
    base = head - turn @ np.array([0.0, LENGTH])
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
    fill = with_scar(
        fill, 1 - float(rng.uniform(0.1, 0.26)) / LENGTH, float(rng.uniform(0.01, 0.05)) / LENGTH, float(abs(rng.normal(0, 0.6)))
    )
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


def _radius_rims(half_width: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    inclination = float(rng.uniform(0.0, 0.32))
    corner = float(rng.uniform(0.4, 1.0))
    hollow = float(rng.uniform(0.0, 0.12))
    tilt = half_width * float(rng.uniform(0.0, 0.2))
    return (
        _wrist_rim(half_width, inclination, corner, hollow, 0.0),
        _wrist_rim(half_width, inclination + float(rng.uniform(0, 0.15)), corner, hollow + float(rng.uniform(0.0, 0.1)), tilt),
    )


def _wrist_rim(half_width: float, inclination: float, corner: float, hollow: float, recede: float) -> np.ndarray:
    slope = inclination * (0.7 - V).clip(0)
    styloid = corner * np.clip((V - 0.55) / 0.45, 0, 1) ** 2
    ulnar_corner = 0.5 * corner * np.clip((-V - 0.7) / 0.3, 0, 1) ** 2
    end = half_width * (slope + styloid + ulnar_corner + hollow * np.exp(-((V / 0.4) ** 2)))
    return np.asarray(end - end.min() + recede)


def _ulna_end(half_width: float, unit: float, rng: np.random.Generator) -> np.ndarray:
    styloid_at = float(rng.uniform(-0.85, -0.4))
    styloid = unit * float(rng.uniform(0.02, 0.10))
    dome = half_width * 0.45 * np.abs(V) ** 2.5
    return np.asarray(dome + styloid * (1 - np.exp(-(((V - styloid_at) / float(rng.uniform(0.16, 0.3))) ** 2))))


def _with_end(tube: Tube, ends: tuple[np.ndarray, ...]) -> Tube:
    return replace(tube, head_ends=ends)
