"""Turn bones out of the film plane: where they project to, and how wide their sections then appear."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.simulation.tubes import Blob, Tube

NEARLY_FLAT_ROLL, NEARLY_FLAT_PITCH = np.deg2rad(20.5), np.deg2rad(15.5)
"""Turns within which a hand counts as laid flat (rad): its soft tissue narrows by at most 5 %."""


@dataclass(frozen=True)
class Attitude:
    """How the hand lies on the film: ``roll_rad`` about its long axis, ``pitch_rad`` about the axis across it.

    Positive roll lifts the thumb's side towards the tube, positive pitch the fingers; both turn about the hand's origin.
    """

    roll_rad: float = 0.0
    pitch_rad: float = 0.0

    @property
    def nearly_flat(self) -> bool:
        """Whether the hand is turned no further than one laid flat carelessly."""
        return abs(self.roll_rad) <= NEARLY_FLAT_ROLL and abs(self.pitch_rad) <= NEARLY_FLAT_PITCH

    def turn(self, points: np.ndarray) -> np.ndarray:
        """Rotate points (n x 3: radial, distal, towards the tube)."""
        x, y, z = np.asarray(points, float).T
        cosine, sine = np.cos(self.roll_rad), np.sin(self.roll_rad)
        x, z = cosine * x - sine * z, sine * x + cosine * z
        cosine, sine = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        y, z = cosine * y - sine * z, sine * y + cosine * z
        return np.stack([x, y, z], axis=-1)


def projected_half_width(half_width: np.ndarray, half_depth: np.ndarray, angle_rad: float) -> np.ndarray:
    """Half width of an ellipse's shadow when the ellipse is turned about its centre: sqrt((w cos)^2 + (d sin)^2)."""
    return np.hypot(half_width * np.cos(angle_rad), half_depth * np.sin(angle_rad))


def turn_tube(tube: Tube, attitude: Attitude) -> Tube:
    """The tube as its turned self projects: ends, half widths, depth, cortex and tilt of the axis.

    The section keeps its area, each side its exact shadow; the shell is the mean of both sides' shells.
    """
    ends = np.array([[*tube.base, tube.base_z], [*tube.head, tube.head_z]])
    turned = attitude.turn(ends)
    axis = ends[1] - ends[0]
    # A small turn about the hand's axes splits into one about the bone's own axis and a tilt of that axis.
    own = (attitude.roll_rad * axis[1] + attitude.pitch_rad * axis[0]) / float(np.hypot(axis[0], axis[1]))
    radial = projected_half_width(tube.radial, tube.depth, own)
    ulnar = projected_half_width(tube.ulnar, tube.depth, own)
    mean_width = (tube.radial + tube.ulnar) / 2
    cavity = projected_half_width(np.maximum(mean_width - tube.cortex, 0), np.maximum(tube.depth - tube.cortex, 0), own)
    flat, spatial = float(np.hypot(*(turned[1] - turned[0])[:2])), float(np.linalg.norm(axis))
    return replace(
        tube,
        base=(float(turned[0, 0]), float(turned[0, 1])),
        head=(float(turned[1, 0]), float(turned[1, 1])),
        base_z=float(turned[0, 2]),
        head_z=float(turned[1, 2]),
        radial=radial,
        ulnar=ulnar,
        depth=tube.depth * (tube.radial + tube.ulnar) / (radial + ulnar),
        cortex=projected_half_width(mean_width, tube.depth, own) - cavity,
        foreshortening=flat / spatial,
    )


def turn_blob(blob: Blob, attitude: Attitude) -> Blob:
    """The blob as its turned self projects: an ellipsoid's shadow in each direction, with its volume kept."""
    x, y, z = attitude.turn(np.array([[*blob.centre, blob.z]]))[0]
    angle = np.arange(len(blob.radius)) * 2 * np.pi / len(blob.radius)
    points = blob.radius * np.array([np.cos(angle), np.sin(angle)])
    half = np.ptp(points, axis=1) / 2
    depth = np.full(2, blob.depth)
    wide = projected_half_width(half, depth, attitude.roll_rad)[0] / half[0]
    long = projected_half_width(half, depth, attitude.pitch_rad)[1] / half[1]
    points = points * np.array([[wide], [long]])
    radius = np.interp(angle, *_by_angle(points), period=2 * np.pi)
    return replace(blob, centre=(float(x), float(y)), z=float(z), radius=radius, depth=blob.depth / float(wide * long))


def _by_angle(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.arctan2(points[1], points[0]) % (2 * np.pi), np.hypot(points[0], points[1])
