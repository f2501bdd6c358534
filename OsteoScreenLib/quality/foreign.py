"""Things on the bones that are no bone: metal, and the edge of a cast or splint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.quality.picture import Picture
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.quality.values import QualityFinding, Severity


@dataclass(frozen=True)
class MetalLimit:
    """``level``: brightness above soft tissue, as a multiple of what is usual; ``area`` in squares of metacarpal 3."""

    level: float
    area: float


AMONG_ALL = MetalLimit(1.3, 0.005)
"""Against what 85 of 100 places of all bones do not exceed. One of 108 real films passes one of both limits."""
WITHIN_ONE = MetalLimit(2.0, 0.011)
"""Against the median of the same bone."""
METAL_SLOPE = 0.3
"""Metal ends sharply: slope per half millimetre at most of its rim, in the usual brightness above soft tissue."""
CAST_STEP = 0.25
"""Fall of brightness at a line across the palm, in contrasts of bone against soft tissue."""
_LINES = 31


def metal_on_bone(picture: Picture | None) -> QualityFinding | None:
    """A plate, screw, wire or piece of jewellery over an outlined bone."""
    if picture is None or not metal_on_film(picture):
        return None
    return QualityFinding(
        "metal_on_bone",
        Severity.INDETERMINATE,
        "Something much brighter than bone with sharp edges, probably metal, lies over an outlined bone.",
    )


def cast_or_splint(picture: Picture | None, shapes: Mapping[Bone, BoneShape]) -> QualityFinding | None:
    """Plaster or fibreglass that ends at a line across the palm."""
    if picture is None or cast_step(picture, shapes) < CAST_STEP:
        return None
    return QualityFinding(
        "cast_or_splint",
        Severity.INDETERMINATE,
        "A sharp line crosses the palm with a brighter side towards the wrist, as the end of a cast or splint does: "
        "it hides the bone's own pattern.",
    )


def metal_on_film(picture: Picture) -> bool:
    """Whether a bright, sharply bounded place inside an outlined bone stands out among all bones, or within its own bone.

    Places where bones cross and the bones' own margins are left out.
    """
    rim = max(1, int(0.02 * picture.unit))
    alone = (picture.masks.sum(0) == 1) & picture.field
    bones = [inside for mask in picture.masks if (inside := ndimage.binary_erosion(mask, iterations=rim) & alone).any()]
    if not bones:
        return False
    bright = max(float(np.quantile(picture.pixels[picture.masks.any(0)], 0.85)) - picture.soft, 1e-6)
    if _largest_place(picture, np.any(bones, axis=0), bright, AMONG_ALL.level) >= AMONG_ALL.area:
        return True
    own = [max(float(np.median(picture.pixels[inside])) - picture.soft, picture.contrast / 2) for inside in bones]
    return any(
        _largest_place(picture, inside, usual, WITHIN_ONE.level) >= WITHIN_ONE.area
        for inside, usual in zip(bones, own, strict=True)
    )


def _largest_place(picture: Picture, inside: np.ndarray, usual: float, level: float) -> float:
    """Area (squares of metacarpal 3) of the largest connected place above ``level`` times ``usual`` with a mostly steep rim."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    pixels = picture.pixels[box]
    # The darker neighbour counts, so that a line of one pixel does not.
    labels, _ = ndimage.label((ndimage.minimum_filter(pixels, size=2) > picture.soft + level * usual) & inside[box])
    steep = ndimage.maximum_filter(ndimage.gaussian_gradient_magnitude(pixels, 0.7), 3) > METAL_SLOPE * usual
    largest = 0
    for number, part in enumerate(ndimage.find_objects(labels), start=1):
        place = np.pad(labels[part] == number, 1)
        edge = (place & ~ndimage.binary_erosion(place))[1:-1, 1:-1]
        if steep[part][edge].mean() > 0.5:
            largest = max(largest, int(place.sum()))
    return largest / picture.unit**2


def cast_step(picture: Picture, shapes: Mapping[Bone, BoneShape]) -> float:
    """Sharpest lasting fall of brightness towards the fingers that most of the palm's breadth shows at one level.

    In contrasts of bone against soft tissue; 0 where palm or direction cannot be seen. A gap between two bones is no lasting
    fall, and a bone's end falls on its own breadth only.
    """
    fingers = [shapes[bone] for bone in METACARPALS[1:] if bone in shapes]
    forearm = [shapes[bone].centroid for bone in FOREARM_BONES if bone in shapes]
    if len(fingers) < 2 or not forearm:
        return 0.0
    middle = np.mean([one.centroid for one in fingers], axis=0) / picture.step
    doubled = sum(complex(*one.axis) ** 2 for one in fingers)
    root = np.sqrt(doubled)
    distal = np.array([root.real, root.imag]) / max(abs(root), 1e-9)
    if float(distal @ (middle - np.mean(forearm, axis=0) / picture.step)) < 0:
        distal = -distal
    across = np.array([-distal[1], distal[0]])
    unit = picture.unit
    breadth = float(np.ptp([one.centroid @ across for one in fingers])) / picture.step / 2 + 0.1 * unit
    levels, sides = np.arange(-0.1 * unit, 0.55 * unit), np.linspace(-breadth, breadth, _LINES)
    places = middle[:, None, None] + distal[:, None, None] * levels[None, :, None] + across[:, None, None] * sides[None, None, :]
    values = ndimage.map_coordinates(picture.pixels, places, order=1, mode="nearest")
    shown = ndimage.map_coordinates(picture.field.astype(np.float32), places, order=0, cval=0) > 0.5
    shown &= values > picture.dark + 0.5 * (picture.soft - picture.dark)
    return max((_fall(values, shown, level) for level in range(8, len(values) - 8)), default=0.0) / picture.contrast


def _fall(values: np.ndarray, shown: np.ndarray, level: int) -> float:
    """Median over the palm's breadth of the fall at one level, both within two pixels and between the means of eight."""
    both = shown[level - 8] & shown[level + 8]
    if both.sum() < 2 * _LINES // 3:
        return 0.0
    sharp = (values[level - 2] + values[level - 1] - values[level + 1] - values[level + 2]) / 2
    lasting = np.median(values[level - 8 : level], axis=0) - np.median(values[level + 1 : level + 9], axis=0)
    return float(np.median(np.minimum(sharp, lasting)[both]))
