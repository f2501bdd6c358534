"""The film at a common scale, with the grey levels that findings about the picture are measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import METACARPALS, Bone
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.values import Segmentation

WIDTHS_PER_UNIT = 6.4
"""Length of a finger metacarpal in its mean widths, which the film's edge does not cut; 5.2 to 7.3 on 108 real films."""
PIXELS_PER_UNIT = 128
"""Larger films are thinned to this many pixels per length of metacarpal 3: half a millimetre each."""


@dataclass(frozen=True)
class Picture:
    """A film thinned to about `PIXELS_PER_UNIT`.

    Attributes
    ----------
    pixels : float32, rows x columns, in the film's own values
    field : bool, rows x columns: exposed
    masks : bool, 7 x rows x columns
    unit : length of metacarpal 3 in these pixels, estimated from the metacarpals' widths
    step : film pixels per pixel
    soft, bone : median grey value of soft tissue beside the bones, and of bone
    dark : grey value that the darkest twentieth of the field does not exceed: air
    """

    pixels: np.ndarray
    field: np.ndarray
    masks: np.ndarray
    unit: float
    step: int
    soft: float
    bone: float
    dark: float

    @property
    def contrast(self) -> float:
        """Grey values between soft tissue and bone; never 0."""
        return max(self.bone - self.soft, 1e-6)


def picture_of(radiograph: Radiograph, segmentation: Segmentation, shapes: Mapping[Bone, BoneShape]) -> Picture | None:
    """Thin a film and take its levels; ``None`` where no finger metacarpal gives the scale or no soft tissue is seen."""
    widths = [shapes[bone].width for bone in METACARPALS[1:] if bone in shapes]
    if not widths:
        return None
    unit = WIDTHS_PER_UNIT * float(np.median(widths))
    step = max(1, round(unit / PIXELS_PER_UNIT))
    thin = (slice(step // 2, None, step),) * 2
    pixels = radiograph.pixels[thin] if step == 1 else ndimage.uniform_filter(radiograph.pixels, step)[thin]
    masks, field = segmentation.masks[(slice(None), *thin)], radiograph.field[thin]
    bones = np.asarray(masks.any(0))
    beside = _within(bones, 0.1 * unit / step) & ~_within(bones, 0.03 * unit / step) & field
    if not beside.any() or not bones.any():
        return None
    return Picture(
        pixels=pixels,
        field=field,
        masks=masks,
        unit=unit / step,
        step=step,
        soft=float(np.median(pixels[beside])),
        bone=float(np.median(pixels[bones])),
        dark=float(np.quantile(pixels[field], 0.05)),
    )


def _within(mask: np.ndarray, distance: float) -> np.ndarray:
    """Pixels within ``distance`` of a mask, itself included; a square of that half width."""
    return np.asarray(ndimage.maximum_filter(mask, size=2 * max(1, round(distance)) + 1))
