"""The measurement figure: every measured shaft enlarged and upright, with the edges that W and d were taken between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiogrammetry.values import MID_SHAFT, LevelMeasurement, Point, RadiusMeasurement
from OsteoScreenLib.radiograph.values import Radiograph, Spacing
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import percent

COLUMNS, ROWS = 220, 330
CURVE_TOP, CURVE_ROWS = 8, 80
"""Place of the curve below the picture: its highest value this far down, its lowest so much lower."""
_WIDTHS_ACROSS = 1.9
"""A picture shows this many times the widest outer width, or more where the levels lie far apart."""
_LEVELS_ALONG = 1.3
_AVERAGED = 1 / 3
"""The curve is a mean over this part of W along the shaft."""
_LINES = 9


@dataclass(frozen=True)
class ShaftLevel:
    """A measured level in picture points (x, y): outer edge, endosteal edge, endosteal edge, outer edge."""

    name: str
    points: np.ndarray
    here: bool


@dataclass(frozen=True)
class Shaft:
    """One bone's shaft with its head up, never mirrored.

    Attributes
    ----------
    grey : uint8, `ROWS` x `COLUMNS`; contrast stretched to what it shows
    levels : all measured levels; the one with ``here`` is the curve's
    curve : brightness 0..1 along that level's profile, one value for each picture column
    outer, medullary : its widths in words, such as "W 8.31 mm"
    text : the same in a sentence, for those who do not see the picture
    """

    bone: Bone
    grey: np.ndarray
    levels: tuple[ShaftLevel, ...]
    curve: np.ndarray
    outer: str
    medullary: str
    text: str

    @property
    def edges(self) -> np.ndarray:
        """X of the curve's level's four edges."""
        return next(level.points[:, 0] for level in self.levels if level.here)


@dataclass(frozen=True)
class _Measured:
    """What a metacarpal's level and a distance on the radius have in common; film points as rows and columns."""

    name: str
    points: np.ndarray
    outer: str
    medullary: str
    index: float


def shafts_of(result: ScreeningResult, radiograph: Radiograph) -> tuple[Shaft, ...]:
    """Metacarpals 2 to 4 at the level nearest to mid-shaft, and the radius at its nearest distance, as far as measured."""
    found = result.radiogrammetry
    ends = {axis.bone: np.array([axis.base, axis.head]) for axis in found.axes}
    shafts = []
    for bone in RADIOGRAMMETRY_BONES:
        levels = sorted((each for each in found.levels if each.bone is bone), key=lambda each: abs(each.level - MID_SHAFT))
        if levels:
            shafts.append(_shaft(bone, [_level(each) for each in levels], ends.get(bone), radiograph))
    if found.radius:
        shafts.append(_shaft(Bone.RADIUS, [_distance(each) for each in found.radius], None, radiograph))
    return tuple(shafts)


def _level(each: LevelMeasurement) -> _Measured:
    if each.outer_width_mm is not None and each.medullary_width_mm is not None:
        widths = (f"{each.outer_width_mm:.2f} mm", f"{each.medullary_width_mm:.2f} mm")
    else:
        widths = (f"{each.outer_width_px:.1f} px", f"{each.medullary_width_px:.1f} px")
    return _Measured(percent(each.level), _across(each.profile, each.medullary), *widths, each.mci)


def _distance(each: RadiusMeasurement) -> _Measured:
    return _Measured(
        f"{each.distance_mm:.0f} mm",
        _across(each.profile, each.medullary),
        f"{each.outer_width_mm:.2f} mm",
        f"{each.medullary_width_mm:.2f} mm",
        each.cortical_index,
    )


def _across(profile: tuple[Point, Point], medullary: tuple[Point, Point]) -> np.ndarray:
    return np.array([profile[0], medullary[0], medullary[1], profile[1]], float)


def _shaft(bone: Bone, levels: list[_Measured], ends: np.ndarray | None, radiograph: Radiograph) -> Shaft:
    """``levels``: the one to be drawn as a curve first. ``ends``: base and head, film pixels."""
    frame = _Frame.around(levels, ends, radiograph.spacing)
    points = [frame.picture(level.points) for level in levels]
    # A profile is drawn from left to right, whichever of its ends comes first on the film.
    points = [each if each[0, 0] <= each[-1, 0] else each[::-1] for each in points]
    first = levels[0]
    return Shaft(
        bone=bone,
        grey=np.rint(255 * _stretched(_sampled(radiograph, frame.film(_grid())))).astype(np.uint8),
        levels=tuple(ShaftLevel(level.name, each, level is first) for level, each in zip(levels, points, strict=True)),
        curve=_stretched(_curve(radiograph, frame, points[0])),
        outer=f"W {first.outer}",
        medullary=f"d {first.medullary}",
        text=f"{bone.title} enlarged, its head up. At {first.name}: outer width W {first.outer}, medullary width d "
        f"{first.medullary}, cortical index {first.index:.3f}. Levels drawn: {', '.join(each.name for each in levels)}.",
    )


@dataclass(frozen=True)
class _Frame:
    """Picture points to film pixels and back, by way of square units: film pixels times ``scale``.

    ``right`` and ``down`` are the picture's directions as unit vectors (row, column), ``centre`` is its middle and ``step`` the
    size of its pixel.
    """

    centre: np.ndarray
    right: np.ndarray
    down: np.ndarray
    step: float
    scale: np.ndarray

    @classmethod
    def around(cls, levels: list[_Measured], ends: np.ndarray | None, spacing: Spacing) -> _Frame:
        square = spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None
        scale = np.array([spacing.row_mm, spacing.column_mm]) if square else np.ones(2)
        edges = [level.points * scale for level in levels]
        centres = np.array([each.mean(axis=0) for each in edges])
        up = _upright(edges[0]) if ends is None else (ends[1] - ends[0]) * scale
        down = -up / np.linalg.norm(up)
        right = np.array([-down[1], down[0]])
        width = _WIDTHS_ACROSS * max(float(np.linalg.norm(each[-1] - each[0])) for each in edges)
        along, across = (centres @ down, centres @ right)
        height = max(width * ROWS / COLUMNS, _LEVELS_ALONG * float(np.ptp(along)) + 0.2 * width)
        centre = down * (along.max() + along.min()) / 2 + right * (across.max() + across.min()) / 2
        return cls(centre, right, down, height / ROWS, scale)

    def film(self, points: np.ndarray) -> np.ndarray:
        """Picture points (... x 2, x and y) to film pixels (row and column)."""
        offset = (np.asarray(points, float) - [(COLUMNS - 1) / 2, (ROWS - 1) / 2]) * self.step
        return (self.centre + offset[..., :1] * self.right + offset[..., 1:] * self.down) / self.scale

    def picture(self, points: np.ndarray) -> np.ndarray:
        """Film pixels (n x 2, row and column) to picture points (x and y)."""
        offset = points * self.scale - self.centre
        return np.stack([offset @ self.right, offset @ self.down], axis=1) / self.step + [(COLUMNS - 1) / 2, (ROWS - 1) / 2]


def _upright(edges: np.ndarray) -> np.ndarray:
    """Perpendicular to a profile, towards the film's upper side."""
    across = edges[-1] - edges[0]
    up = np.array([-across[1], across[0]])
    return up if up[0] <= 0 else -up


def _grid() -> np.ndarray:
    rows, columns = np.indices((ROWS, COLUMNS))
    return np.stack([columns, rows], axis=-1)


def _curve(radiograph: Radiograph, frame: _Frame, points: np.ndarray) -> np.ndarray:
    """Mean brightness over lines beside and along a profile, at every picture column."""
    left, right = points[0], points[-1]
    columns = np.arange(COLUMNS)
    rows = left[1] + (columns - left[0]) * (right[1] - left[1]) / max(right[0] - left[0], 1e-6)
    spread = np.linspace(-0.5, 0.5, _LINES) * _AVERAGED * (right[0] - left[0])
    lines = np.stack(np.broadcast_arrays(columns, rows + spread[:, None]), axis=-1)
    return _sampled(radiograph, frame.film(lines)).mean(axis=0)


def _sampled(radiograph: Radiograph, points: np.ndarray) -> np.ndarray:
    """Cubic-spline brightness at film points (... x 2), prefiltering only the part of the film around them."""
    low = np.clip(np.floor(points.min(axis=(0, 1))).astype(int) - 12, 0, np.array(radiograph.shape) - 1)
    high = np.clip(np.ceil(points.max(axis=(0, 1))).astype(int) + 13, low + 1, radiograph.shape)
    crop = np.asarray(radiograph.pixels[low[0] : high[0], low[1] : high[1]], np.float32)
    return ndimage.map_coordinates(crop, np.moveaxis(points - low, -1, 0), order=3, mode="nearest", output=np.float64)


def _stretched(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values, (0.5, 99.5))
    return np.clip((values - low) / max(high - low, 1e-12), 0.0, 1.0)
