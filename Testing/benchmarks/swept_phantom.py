"""Bones of known shape in a limb, as the simulation's tubes and as closed triangle meshes of the same surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.simulation.tubes import END_KNOTS, STATIONS, Placement, Tube

FILM_MM = 64.0
SEGMENTS = 360
Mesh = tuple[np.ndarray, np.ndarray]
"""Vertices (mm on the film from its centre, z along the beam) and triangles that face outwards."""


@dataclass(frozen=True)
class Phantom:
    """One bone in one limb of soft tissue, both swept along straight axes, at a place on a square film."""

    name: str
    bone: Tube
    limb: Tube
    placement: Placement
    size: int

    @property
    def fill(self) -> float:
        """Share of compact bone in the cavity; the rest is soft tissue."""
        return float(self.bone.fill[0])


def phantoms(size: int) -> tuple[Phantom, ...]:
    """Both phantoms on a film of ``size`` pixels."""
    station = np.linspace(-1, 1, STATIONS)
    flare = 1 + 0.5 * station**2
    limb = straight_tube("limb", 90.0, 14.0, 14.0, 12.0, 1.0, 0.0)
    cylinder = straight_tube("cylinder", 50.0, 4.5, 4.5, 4.0, 1.8, 0.0)
    shaft = straight_tube("shaft", 54.0, 4.6 * flare, 3.6 * flare, 4.2 * flare, 2.0 - 1.3 * station**2, 0.25)
    centre, scale = ((size - 1) / 2, (size - 1) / 2), size / FILM_MM
    return (
        Phantom("cylinder", cylinder, limb, Placement(centre, scale, 0.0, 1), size),
        Phantom("shaft", shaft, limb, Placement(centre, scale, 0.4, -1), size),
    )


def straight_tube(name: str, length: float, radial: Any, ulnar: Any, depth: Any, cortex: Any, fill: float) -> Tube:
    """A tube around the origin along y with flat ends; half widths, half depth and cortex in mm, constant or per station."""

    def per_station(value: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, dtype=float), STATIONS)

    return Tube(
        name=name,
        base=(0.0, -length / 2),
        head=(0.0, length / 2),
        radial=per_station(radial),
        ulnar=per_station(ulnar),
        depth=per_station(depth),
        cortex=per_station(cortex),
        fill=per_station(fill),
        base_end=np.zeros(END_KNOTS),
        head_ends=(np.zeros(END_KNOTS),),
        base_cap=1e-3,
        head_cap=1e-3,
    )


def meshes(phantom: Phantom) -> dict[str, Mesh]:
    """Closed meshes that do not overlap: soft tissue around the bone, compact bone around the cavity, and the cavity."""
    bone, place = phantom.bone, phantom.placement
    limb, outer = (swept(tube, place, phantom.size, 0.0, np.zeros(STATIONS)) for tube in (phantom.limb, bone))
    cavity = swept(bone, place, phantom.size, bone.end_cortex, bone.cortex)
    return {"soft": hollow(limb, outer), "bone": hollow(outer, cavity), "cavity": cavity}


def hollow(around: Mesh, inside: Mesh) -> Mesh:
    """What lies between two surfaces: the inner one faces inwards."""
    vertices, triangles = inside
    return np.concatenate([around[0], vertices]), np.concatenate([around[1], triangles[:, ::-1] + len(around[0])])


def swept(tube: Tube, placement: Placement, size: int, from_end: float, inwards: np.ndarray) -> Mesh:
    """Mesh of the tube's surface, ``inwards`` mm below it and ``from_end`` mm short of its ends."""
    ends = (placement.to_film(np.array([tube.base, tube.head])) - (size - 1) / 2) / placement.pixels_per_mm
    axis = (ends[1] - ends[0]) / tube.length
    across = np.array([-axis[1], axis[0]]) * placement.side
    along = np.linspace(from_end, tube.length - from_end, STATIONS)

    def at(values: np.ndarray) -> np.ndarray:
        return np.interp(along, np.linspace(0, tube.length, STATIONS), values - inwards)[:, None]

    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    lateral = np.where(np.cos(angle) > 0, at(tube.radial), at(tube.ulnar)) * np.cos(angle)
    depth = at(tube.depth) * np.sin(angle)
    flat = ends[0] + along[:, None, None] * axis + lateral[..., None] * across
    rings = np.concatenate([flat, depth[..., None]], axis=2)
    middles = np.concatenate([rings[[0, -1]].mean(axis=1)])
    vertices = np.concatenate([rings.reshape(-1, 3), middles])
    index = np.arange(STATIONS * SEGMENTS).reshape(STATIONS, SEGMENTS)
    after = np.roll(index, -1, axis=1)
    a, b, c, d = index[:-1], after[:-1], index[1:], after[1:]
    first, last = np.full(SEGMENTS, len(vertices) - 2), np.full(SEGMENTS, len(vertices) - 1)
    corners = [(a, b, c), (b, d, c), (first, after[0], index[0]), (last, index[-1], after[-1])]
    triangles = np.concatenate([np.stack(np.broadcast_arrays(*each), axis=-1).reshape(-1, 3) for each in corners])
    points = vertices[triangles] - vertices.mean(axis=0)
    volume = np.einsum("ij,ij->", points[:, 0], np.cross(points[:, 1], points[:, 2]))
    return vertices, triangles if volume > 0 else triangles[:, ::-1]
