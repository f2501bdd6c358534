"""Swept tubes and blobs: the shapes bones are made of, and the chords that rays cut through them.

All shapes live in the hand's frame in millimetres (x towards the thumb, y towards the fingers, depth along the beam). A ray
is a film pixel, the beam is parallel; chords are exact for elliptic cross-sections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.trabeculae import Struts

STATIONS = 1024
END_KNOTS = 257


@dataclass(frozen=True)
class Placement:
    """Where the hand lies on the film.

    ``film = origin + scale * rotation @ (side * x, -y)`` with film = (column, row) in pixels; ``side`` is +1 for a left hand
    seen from the back (PA), -1 for a right hand.
    """

    origin: tuple[float, float]
    pixels_per_mm: float
    angle_rad: float
    side: int

    def to_film(self, points: np.ndarray) -> np.ndarray:
        """Hand points (n x 2, mm) to film pixels (n x 2, column and row)."""
        cosine, sine = np.cos(self.angle_rad), np.sin(self.angle_rad)
        x = np.asarray(points)[..., 0] * self.side
        y = -np.asarray(points)[..., 1]
        column = self.origin[0] + self.pixels_per_mm * (cosine * x - sine * y)
        row = self.origin[1] + self.pixels_per_mm * (sine * x + cosine * y)
        return np.stack([column, row], axis=-1)


@dataclass(frozen=True)
class Tube:
    """One bone swept along a straight axis from ``base`` (proximal) to ``head`` (distal), mm.

    Attributes
    ----------
    radial, ulnar : half widths towards the thumb and away from it at equally spaced stations, mm
    depth : half depth along the beam, mm
    cortex : thickness of the cortical shell, mm
    fill : mineral fraction of the medullary cavity (trabecular bone), 0..1
    base_end, head_ends : how far the end recedes from the axis' end, mm, over the lateral position -1 (ulnar) .. 1 (radial);
        several head ends are rims in different depths, each with its share of the chord
    base_cap, head_cap : length over which the depth rounds off at the ends, mm
    foreshortening : cosine of the axis' tilt out of the film plane
    base_z, head_z : height of both ends above the hand's plane, towards the tube, mm
    head_shares : share of the chord that each head end has; equal where not given
    radial_body, ulnar_body : share of either half width that the body of the section takes at each station; beyond it stand
        flat condyles. All body where not given
    condyle_depth : depth of the condyles relative to the section's depth
    porosity : share of the cortex that tunnels along the bone take, 0..1
    """

    name: str
    base: tuple[float, float]
    head: tuple[float, float]
    radial: np.ndarray
    ulnar: np.ndarray
    depth: np.ndarray
    cortex: np.ndarray
    fill: np.ndarray
    base_end: np.ndarray
    head_ends: tuple[np.ndarray, ...]
    base_cap: float
    head_cap: float
    end_cortex: float = 0.7
    foreshortening: float = 1.0
    base_z: float = 0.0
    head_z: float = 0.0
    head_shares: tuple[float, ...] = ()
    radial_body: np.ndarray | None = None
    ulnar_body: np.ndarray | None = None
    condyle_depth: float = 0.3
    porosity: float = 0.0

    @property
    def length(self) -> float:
        """Length in the film plane, mm."""
        return float(np.hypot(self.head[0] - self.base[0], self.head[1] - self.base[1]))


@dataclass(frozen=True)
class Blob:
    """A compact bone (carpal, sesamoid): star-shaped outline around ``centre``, mm, with a flat back and palm.

    ``radius`` holds the outline's distance at equally spaced angles, ``depth`` the half depth at the centre, ``z`` the height
    of the centre above the hand's plane.
    """

    name: str
    centre: tuple[float, float]
    radius: np.ndarray
    depth: float
    cortex: float
    fill: float
    z: float = 0.0


@dataclass(frozen=True)
class Chords:
    """What rays meet in one bone, on a window of the film: all float32 in mm, with the window's slices."""

    window: tuple[slice, slice]
    outer: np.ndarray
    mineral: np.ndarray


def cast_tube(
    tube: Tube, placement: Placement, shape: tuple[int, int], texture: np.ndarray, struts: Struts | None = None, number: int = 0
) -> Chords | None:
    """Chord lengths through a tube; ``None`` where it misses the film.

    ``texture`` (film shape, mean 1) and ``struts`` modulate the trabecular fill; ``number`` tells bones' patterns apart.
    """
    ends = placement.to_film(np.array([tube.base, tube.head]))
    widest = float(max(tube.radial.max(), tube.ulnar.max()))
    reach = placement.pixels_per_mm * widest * 1.05 + 2
    window = _window(ends.min(axis=0) - reach, ends.max(axis=0) + reach, shape)
    if window is None:
        return None
    along, across, length = _axis_coordinates(ends, placement, window)
    # Only pixels in the bone's strip: of an oblique bone's window they are a small share.
    strip = np.flatnonzero((np.abs(across) < widest) & (along > 0) & (along < length))
    if not strip.size:
        return None
    window_shape = along.shape
    along, across = along.ravel()[strip], across.ravel()[strip]
    stations = (along * np.float32((STATIONS - 1) / length)).astype(np.int16)
    outer, inner = _nested(tube, along, across, stations, np.float32(length))
    trabecular = texture[window].ravel()[strip]
    fill, tunnels = tube.fill.astype(np.float32)[stations], np.float32(0)
    if struts is not None:
        pattern = struts.at(along, across, number)
        trabecular = trabecular + np.float32(struts.contrast) * pattern
        tunnels = np.float32(tube.porosity) * np.clip(1 + pattern, 0, 2)
    cavity = inner * (1 - np.clip(fill * trabecular, 0, 1))
    mineral = outer - cavity - tunnels * (outer - inner)
    return Chords(window, _spread(outer, strip, window_shape), _spread(mineral, strip, window_shape))


def _nested(
    tube: Tube, along: np.ndarray, across: np.ndarray, stations: np.ndarray, length: np.float32
) -> tuple[np.ndarray, np.ndarray]:
    """Chords through the whole bone and through its cavity (mm) at positions along and across it."""
    radial, ulnar = tube.radial.astype(np.float32)[stations], tube.ulnar.astype(np.float32)[stations]
    half_width = np.where(across > 0, radial, ulnar)
    lateral = across / half_width
    knots = np.clip((lateral + 1) * np.float32((END_KNOTS - 1) / 2), 0, END_KNOTS - 1).astype(np.int16)
    from_base = along - tube.base_end.astype(np.float32)[knots]
    depth = tube.depth.astype(np.float32)[stations]
    cortex = np.minimum(tube.cortex.astype(np.float32)[stations], 0.95 * half_width)
    inner_depth = np.maximum(depth - cortex, 0.05 * depth)
    outer = np.zeros_like(along)
    inner = np.zeros_like(along)
    side = _half_chord(lateral)
    inner_side = _half_chord(across / (half_width - cortex))
    if tube.radial_body is not None and tube.ulnar_body is not None:
        body = np.where(across > 0, tube.radial_body.astype(np.float32)[stations], tube.ulnar_body.astype(np.float32)[stations])
        body *= half_width
        flat = np.float32(tube.condyle_depth)
        side = (1 - flat) * _half_chord(across / body) + flat * side
        inner_side = (1 - flat) * _half_chord(across / (body - np.minimum(cortex, 0.95 * body))) + flat * inner_side
    shares = tube.head_shares or (1 / len(tube.head_ends),) * len(tube.head_ends)
    base_cap, inner_base_cap = _cap(from_base, tube.base_cap), _cap(from_base - tube.end_cortex, tube.base_cap)
    for head_end, share in zip(tube.head_ends, shares, strict=True):
        to_head = length - head_end.astype(np.float32)[knots] - along
        outer += base_cap * _cap(to_head, tube.head_cap) * (side * np.float32(share))
        inner += inner_base_cap * _cap(to_head - tube.end_cortex, tube.head_cap) * (inner_side * np.float32(share))
    factor = np.float32(2.0 / tube.foreshortening)
    outer *= depth * factor
    inner *= inner_depth * factor
    return outer, np.minimum(inner, outer)


def cast_blob(
    blob: Blob, placement: Placement, shape: tuple[int, int], texture: np.ndarray, struts: Struts | None = None, number: int = 0
) -> Chords | None:
    """Chord lengths through a blob; ``None`` where its window misses the film. Parameters as in `cast_tube`."""
    centre = placement.to_film(np.array([blob.centre]))[0]
    reach = placement.pixels_per_mm * float(blob.radius.max()) * 1.05 + 2
    window = _window(centre - reach, centre + reach, shape)
    if window is None:
        return None
    x, y = _hand_offsets(centre, placement, window)
    count = len(blob.radius)
    index = ((np.arctan2(y, x) + np.float32(2 * np.pi)) * np.float32(count / (2 * np.pi))).astype(np.int32) % count
    radius = blob.radius.astype(np.float32)[index]
    distance = np.sqrt(x * x + y * y)
    outer = _flat_chord(distance / radius) * np.float32(2 * blob.depth)
    inner_depth = max(blob.depth - blob.cortex, 0.1)
    inner = _flat_chord(distance / np.maximum(radius - blob.cortex, 0.1)) * np.float32(2 * inner_depth)
    trabecular = texture[window]
    if struts is not None:
        trabecular = trabecular + np.float32(struts.contrast) * _carpal_struts(x, y, struts, number)
    fill = np.clip(np.float32(blob.fill) * trabecular, 0, 1)
    return Chords(window, outer, outer - inner * (1 - fill))


def _carpal_struts(x: np.ndarray, y: np.ndarray, struts: Struts, number: int) -> np.ndarray:
    """Struts in a direction of each carpal's own, less stretched than along shafts."""
    cosine, sine = np.float32(np.cos(2.4 * number)), np.float32(np.sin(2.4 * number))
    shorten = np.float32(struts.stretch**0.7)
    return struts.at(shorten * (cosine * x + sine * y), cosine * y - sine * x, number)


def _spread(values: np.ndarray, index: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Values at flat positions of an else empty array."""
    image = np.zeros(shape, np.float32)
    image.ravel()[index] = values
    return image


def _half_chord(lateral: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(1 - lateral * lateral, 0))


def _flat_chord(distance: np.ndarray) -> np.ndarray:
    """Chord of a body with steep sides: a superellipse with one power of 4."""
    return _half_chord(distance * distance)


def _cap(distance: np.ndarray, cap: float) -> np.ndarray:
    inside = np.clip(distance * np.float32(1 / cap), 0, 1)
    return np.sqrt(inside * (2 - inside))


def _window(low: np.ndarray, high: np.ndarray, shape: tuple[int, int]) -> tuple[slice, slice] | None:
    first = np.maximum(np.floor(low), 0).astype(int)
    last = np.minimum(np.ceil(high) + 1, [shape[1], shape[0]]).astype(int)
    if (last <= first).any():
        return None
    return slice(int(first[1]), int(last[1])), slice(int(first[0]), int(last[0]))


def _axis_coordinates(
    ends: np.ndarray, placement: Placement, window: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray, float]:
    """Millimetres along the axis from the base, and across it (positive towards the thumb), for every pixel."""
    axis = ends[1] - ends[0]
    length = float(np.hypot(*axis))
    unit = axis / length
    normal = np.array([-unit[1], unit[0]]) * placement.side
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] - np.float32(ends[0][1])
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :] - np.float32(ends[0][0])
    scale = np.float32(1 / placement.pixels_per_mm)
    along = (columns * np.float32(unit[0]) + rows * np.float32(unit[1])) * scale
    across = (columns * np.float32(normal[0]) + rows * np.float32(normal[1])) * scale
    return along, across, length / placement.pixels_per_mm


def _hand_offsets(centre: np.ndarray, placement: Placement, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] - np.float32(centre[1])
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :] - np.float32(centre[0])
    cosine, sine = np.float32(np.cos(placement.angle_rad)), np.float32(np.sin(placement.angle_rad))
    scale = np.float32(1 / placement.pixels_per_mm)
    x = (cosine * columns + sine * rows) * scale * np.float32(placement.side)
    y = (sine * columns - cosine * rows) * scale
    return x, y
