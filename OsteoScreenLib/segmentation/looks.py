"""Where to look: the whole film first, turned upright where needed, then closer at the region with bones. Pure geometry."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from OsteoScreenLib.bones import FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.bundle.values import SecondLook
from OsteoScreenLib.segmentation.parts import Part
from OsteoScreenLib.segmentation.sampling import InputGrid
from OsteoScreenLib.segmentation.values import GridMapping

MULTIPLE = 32
"""Both sides of a network input are multiples of this."""

UPRIGHT_TOLERANCE_DEG = 10.0
"""A hand tilted by less is left as it lies: the network saw such tilts in training."""

MARGIN_FOR_MISSING = 0.3
"""Rim around the bones, as a fraction of the region's longer side, where not all were found."""

NARROWEST = 0.58
"""Least shorter side of a look, as a fraction of its size: a long, narrow film is shown larger, or the hand is lost in it."""

LONGEST = 1.67
"""Most that a narrow film's longer side may exceed the look's size for that."""

WORTHWHILE_ZOOM = 1.15
"""A second look must show the bones at least this much larger than the first, or upright instead of tilted."""


def whole_film(film_shape: tuple[int, int], input_size: int, quarter_turns: int = 0) -> InputGrid:
    """Grid over the whole film, its longest side ``input_size``, turned by ``quarter_turns`` x 90 degrees.

    A film more than 1 / `NARROWEST` as long as wide is shown larger, by up to `LONGEST`. The grid is padded to multiples of 32
    on all sides alike; the padding lies outside the film.
    """
    return part_of_film((np.zeros(2), np.array(film_shape, float) - 1), film_shape, input_size, quarter_turns)


def part_of_film(
    box: tuple[np.ndarray, np.ndarray], film_shape: tuple[int, int], input_size: int, quarter_turns: int = 0
) -> InputGrid:
    """Grid like `whole_film`'s over the part of the film between the first and last (row, column) of ``box``."""
    low, high = box
    extent = high - low + 1
    enlarged = min(max(NARROWEST * float(extent.max() / extent.min()), 1.0), LONGEST)
    scale = float(extent.max()) / (input_size * enlarged)
    turned = extent if quarter_turns % 2 == 0 else extent[::-1]
    shape = (_padded(float(turned[0]) / scale), _padded(float(turned[1]) / scale))
    return _centred((low + high) / 2, scale, quarter_turns * math.pi / 2, shape, film_shape)


def closer_look(parts: Sequence[Part], mapping: GridMapping, first: InputGrid, settings: SecondLook) -> InputGrid | None:
    """Grid for the second look: upright, around all found parts; ``None`` where it would show no more than the first.

    ``parts`` are those of the first look, ``mapping`` leads from their grid to the film. Hands tilted by at most
    `UPRIGHT_TOLERANCE_DEG` from upright (forearm below, fingers above) are not turned. The scale brings the third metacarpal to
    ``settings.metacarpal_3_px`` or the region's longer side to ``settings.input_size``, whichever is smaller, and never
    magnifies the film.
    """
    if not any(part.found for part in parts):
        return None
    turned = math.atan2(first.matrix[1, 0], first.matrix[0, 0])
    tilt = _tilt(parts)
    angle = turned + tilt if abs(tilt) > math.radians(UPRIGHT_TOLERANCE_DEG) else turned
    points = mapping.to_film(np.concatenate([_outline_points(part.mask) for part in parts if part.found]))
    upright = _rotation(angle)
    along = points @ upright  # coordinates along the new grid's axes, in film pixels
    low, high = along.min(0), along.max(0)
    # A bone that is still missing may lie beside those found.
    margin = settings.margin if found_count(parts) == len(parts) else max(settings.margin, MARGIN_FOR_MISSING)
    rim = margin * float((high - low).max()) + mapping.film_pixels_per_grid_pixel
    corners = np.array([(r, c) for r in (0, first.film_shape[0] - 1) for c in (0, first.film_shape[1] - 1)], float) @ upright
    low, high = np.maximum(low - rim, corners.min(0)), np.minimum(high + rim, corners.max(0))
    extent = high - low + 1
    scale = max(float(extent.max()) / settings.input_size, 1.0)
    length = _length(parts[Bone.METACARPAL_3.channel]) * mapping.film_pixels_per_grid_pixel
    if settings.metacarpal_3_px is not None and length > 0:
        scale = max(scale, length / settings.metacarpal_3_px)
    if first.scale / scale < WORTHWHILE_ZOOM and angle == turned:
        return None
    shape = (_padded(extent[0] / scale), _padded(extent[1] / scale))
    return _centred(upright @ ((low + high) / 2), scale, angle, shape, first.film_shape)


def agreement(first: Sequence[Part], first_map: GridMapping, second: Sequence[Part], second_map: GridMapping) -> float:
    """Median over the bones found in both looks of the share of the second's part that the first look's part holds too.

    Measured both ways on a few hundred points per bone, the smaller share counts; 0 where no bone was found in both.
    """
    shares = [
        min(_share(one.mask, first_map, other.mask, second_map), _share(other.mask, second_map, one.mask, first_map))
        for one, other in zip(first, second, strict=True)
        if one.found and other.found
    ]
    return float(np.median(shares)) if shares else 0.0


def found_count(parts: Sequence[Part]) -> int:
    """How many bones were found."""
    return sum(part.found for part in parts)


def _padded(length: float) -> int:
    return max(MULTIPLE, math.ceil(length / MULTIPLE - 1e-6) * MULTIPLE)


def _rotation(angle: float) -> np.ndarray:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _centred(centre: np.ndarray, scale: float, angle: float, shape: tuple[int, int], film_shape: tuple[int, int]) -> InputGrid:
    matrix = _rotation(angle) * scale
    middle = (np.array(shape, float) - 1) / 2
    return InputGrid(matrix, centre - matrix @ middle, shape, film_shape)


def _tilt(parts: Sequence[Part]) -> float:
    """Angle that turns the grid so that the hand stands upright in it, in radians; 0 where too little is known.

    Taken from the metacarpals' own axes where two are found (a bent wrist does not turn them), else from the forearm's.
    Their direction along the hand comes from forearm to metacarpals where both are found; else a hand that is less than
    90 degrees off upright is assumed.
    """
    metacarpals = [parts[bone.channel] for bone in METACARPALS[1:] if parts[bone.channel].found]
    forearm = [parts[bone.channel] for bone in FOREARM_BONES if parts[bone.channel].found]
    shown = metacarpals if len(metacarpals) >= 2 else forearm
    axes = [axis for axis in (_axis(part.mask) for part in shown) if axis is not None]
    if not axes:
        return 0.0
    # Axes have no sign: doubling the angle makes opposite directions equal before they are averaged.
    doubled = np.mean([complex(*axis) ** 2 for axis in axes])
    if abs(doubled) < 0.5:
        return 0.0
    half = np.sqrt(doubled)
    direction = np.array([half.real, half.imag])
    upwards = np.array([-1.0, 0.0])
    if metacarpals and forearm:
        upwards = np.mean([_centroid(p.mask) for p in metacarpals], 0) - np.mean([_centroid(p.mask) for p in forearm], 0)
    if direction @ upwards < 0:
        direction = -direction
    # The new grid's "up", (-1, 0), is to map to this direction: rotation(angle) @ (-1, 0) = (-cos, -sin).
    return math.atan2(-direction[1], -direction[0])


def _centroid(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask).mean(0)


def _axis(mask: np.ndarray) -> np.ndarray | None:
    """Unit vector (row, column) along an elongated mask; ``None`` where it is not elongated."""
    points = np.argwhere(mask)
    if len(points) < 8:
        return None
    values, vectors = np.linalg.eigh(np.cov(points.T))
    return vectors[:, 1] if values[1] > 3 * max(values[0], 1e-9) else None


def _length(part: Part) -> float:
    """Extent of a found part along its axis in its grid's pixels, 0 where it is not elongated."""
    axis = _axis(part.mask) if part.found else None
    if axis is None:
        return 0.0
    along = np.argwhere(part.mask) @ axis
    return float(along.max() - along.min()) + 1


def _outline_points(mask: np.ndarray) -> np.ndarray:
    """First and last pixel of every row and of every column of a mask (n x 2): enough for any bounding box."""
    points = np.argwhere(mask)
    rows, columns = points[:, 0], points[:, 1]
    by_column = points[np.lexsort((rows, columns))]
    first = np.r_[True, np.diff(rows) > 0]
    first_c = np.r_[True, np.diff(by_column[:, 1]) > 0]
    return np.concatenate([points[first | np.roll(first, -1)], by_column[first_c | np.roll(first_c, -1)]])


def _share(mask: np.ndarray, mapping: GridMapping, other: np.ndarray, other_map: GridMapping) -> float:
    points = np.argwhere(mask)
    points = points[:: max(1, len(points) // 400)]
    there = np.round(other_map.to_grid(mapping.to_film(points))).astype(int)
    inside = ((there >= 0) & (there < other.shape)).all(1)
    return float(other[there[inside, 0], there[inside, 1]].sum()) / len(points)
