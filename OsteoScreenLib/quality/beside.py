"""Is there another hand on the film, whether or not its bones were outlined?"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OsteoScreenLib.quality.picture import Picture
from OsteoScreenLib.quality.values import QualityFinding, Severity

SKIN = 0.5
"""A body is brighter than this share of the way from air to the soft tissue beside the bones."""
NECK = 0.05
"""Bridges, letters and lines narrower than twice this (lengths of metacarpal 3) are no body."""
AREA, HALF_WIDTH = 0.5, 0.25
"""A part of a hand has this area (squares of metacarpal 3) and this half width at its thickest; a finger has .15."""
PATTERN = (0.4, 2.2)
"""Slope of grey values inside it relative to that inside the outlined hand: plates and uneven beams have less, writing more."""
_PER_UNIT = 40


def another_hand(picture: Picture | None) -> QualityFinding | None:
    """A second body of a hand's size and pattern beside the outlined one."""
    if picture is None or not bodies_beside(picture):
        return None
    return QualityFinding(
        "two_hands",
        Severity.INDETERMINATE,
        "There seem to be two hands on this film, and only one of them was outlined: screen each hand on a film of its own.",
    )


def bodies_beside(picture: Picture) -> int:
    """How many bodies of a hand's size and pattern lie apart from the outlined bones."""
    step = max(1, int(picture.unit / _PER_UNIT))
    unit = picture.unit / step
    thin = (slice(None, None, step),) * 2
    pixels = ndimage.uniform_filter(picture.pixels, step)[thin]
    field, bones = picture.field[thin], np.asarray(picture.masks.any(0))[thin]
    body = (pixels > picture.dark + SKIN * (picture.soft - picture.dark)) & field
    body = ndimage.binary_opening(body, iterations=max(1, int(NECK * unit)))
    labels, count = ndimage.label(body)
    own = np.isin(labels, np.unique(labels[bones & body]))
    slope = ndimage.gaussian_gradient_magnitude(pixels, 1.0)
    inside = ndimage.binary_erosion(own & body, iterations=2)
    if not inside.any():
        return 0
    usual = float(slope[inside].mean())
    return sum(
        _like_a_hand(labels == number, slope / usual, unit) for number in range(1, count + 1) if not own[labels == number].any()
    )


def _like_a_hand(body: np.ndarray, slope: np.ndarray, unit: float) -> bool:
    if body.sum() < AREA * unit**2:
        return False
    core = ndimage.binary_erosion(body, iterations=2)
    half_width = float(ndimage.distance_transform_edt(np.pad(body, 1)).max())
    return bool(half_width >= HALF_WIDTH * unit and core.any() and PATTERN[0] <= slope[core].mean() <= PATTERN[1])
