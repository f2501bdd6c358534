"""The other hand on the same film. Masks are those of the hand that lies nearest the film's centre, which is the outlined one."""

from __future__ import annotations

import numpy as np

from training.simulation.body import body_thickness
from training.simulation.cast import cast_bones
from training.simulation.families import Family
from training.simulation.field import View
from training.simulation.hand import Hand, build_hand
from training.simulation.pose import sample_pose
from training.simulation.subject import Subject
from training.simulation.tubes import Placement


def other_hand_paths(
    hand: Hand,
    view: View,
    shape: tuple[int, int],
    subject: Subject,
    rng: np.random.Generator,
    without: frozenset[Family] = frozenset(),
) -> tuple[np.ndarray, np.ndarray]:
    """Mineral and soft tissue (mm) of the subject's other hand, beside the outlined one on the side of its thumb.

    ``without`` leaves out families of effects from its bones as from the outlined ones.
    """
    other = build_hand(subject, sample_pose(rng, without), rng, without)
    placement = beside(hand, other, view.placement, float(rng.uniform(4, 25)), float(rng.normal(0, 8)), float(rng.normal(0, 0.1)))
    bone_mm, solid_mm, *_ = cast_bones(other, placement, shape, subject, rng, without)
    return bone_mm, np.maximum(body_thickness(other, placement, shape, rng) - solid_mm, 0)


def beside(hand: Hand, other: Hand, placement: Placement, gap_mm: float, shift_mm: float, turn_rad: float) -> Placement:
    """Where the other hand lies: mirrored, thumb towards thumb, ``gap_mm`` apart, moved along the fingers and turned a little."""
    ppm = placement.pixels_per_mm
    away = np.array([np.cos(placement.angle_rad), np.sin(placement.angle_rad)]) * placement.side
    along = np.array([-away[1], away[0]])
    origin = Placement((0.0, 0.0), ppm, placement.angle_rad + turn_rad, -placement.side)
    own, others = placement.to_film(_outline(hand)), origin.to_film(_outline(other))
    move = (own @ away).max() + gap_mm * ppm - (others @ away).min()
    level = placement.to_film(np.zeros((1, 2)))[0] @ along + shift_mm * ppm
    column, row = away * move + along * level
    return Placement((float(column), float(row)), ppm, origin.angle_rad, origin.side)


def _outline(hand: Hand) -> np.ndarray:
    """Points around the hand (mm): ends of all long bones but the forearm's lower ones, with soft tissue to both sides."""
    ends = [np.array(end) for tube in hand.tubes for end in (tube.head, tube.base) if tube.name not in ("radius", "ulna")]
    points = np.array(ends)
    beside_bone = np.array([hand.unit_mm * 0.25, 0.0])
    return np.concatenate([points - beside_bone, points + beside_bone])
