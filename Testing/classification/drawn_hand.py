"""A hand of seven bars with cortex, a bright thumb side and a bright distal end, drawn exactly anyhow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.segmentation.values import BoneSummary, GridMapping, Hypotheses, Segmentation, UncertaintyMaps

# Base, head (x towards the thumb, y towards the fingers) and width, in metacarpal-3 lengths.
BARS: dict[Bone, tuple[tuple[float, float], tuple[float, float], float]] = {
    Bone.RADIUS: ((0.10, -1.9), (0.12, -0.55), 0.30),
    Bone.ULNA: ((-0.32, -1.9), (-0.30, -0.60), 0.22),
    Bone.METACARPAL_1: ((0.44, -0.17), (0.86, 0.38), 0.18),
    Bone.METACARPAL_2: ((0.20, -0.06), (0.38, 0.98), 0.16),
    Bone.METACARPAL_3: ((0.00, 0.00), (0.00, 1.00), 0.16),
    Bone.METACARPAL_4: ((-0.19, 0.00), (-0.32, 0.88), 0.15),
    Bone.METACARPAL_5: ((-0.36, -0.08), (-0.62, 0.70), 0.15),
}
SOFT_TISSUE = 0.15


@dataclass(frozen=True)
class DrawnHand:
    """``pixels`` float32 and ``masks`` bool (7 x rows x columns)."""

    pixels: np.ndarray
    masks: np.ndarray


def draw_hand(
    *,
    turn_deg: float = 0.0,
    size: float = 130.0,
    side: int = 1,
    shape: tuple[int, int] = (620, 620),
    bones: tuple[Bone, ...] = BONES,
) -> DrawnHand:
    """Draw the bars: cortex .9, marrow .45 rising to .75 distally, all .1 brighter on the thumb side.

    ``size`` is a metacarpal-3 length in pixels; ``side`` -1 mirrors the hand.
    """
    rows, columns = np.indices(shape, dtype=np.float64)
    angle = np.deg2rad(turn_deg)
    right, up = columns - (shape[1] - 1) / 2, (shape[0] - 1) / 2 - rows
    x = (np.cos(angle) * right + np.sin(angle) * up) / size * side
    y = (-np.sin(angle) * right + np.cos(angle) * up) / size - 0.4
    pixels = np.full(shape, SOFT_TISSUE)
    masks = np.zeros((len(BONES), *shape), bool)
    for bone in bones:
        base, head, width = (np.array(part) for part in BARS[bone])
        axis = head - base
        length = float(np.hypot(*axis))
        axis = axis / length
        along = (x - base[0]) * axis[0] + (y - base[1]) * axis[1]
        across = (x - base[0]) * axis[1] - (y - base[1]) * axis[0]  # positive towards the thumb
        inside = (along >= 0) & (along <= length) & (np.abs(across) <= width / 2)
        marrow = 0.45 + 0.3 * along / length
        value = np.where(np.abs(across) > 0.3 * width, 0.9, marrow) + 0.1 * (across > 0)
        pixels[inside] = value[inside]
        masks[bone.channel] = inside
    # Blurred as a film is, in proportion to the hand, so that sampling on another grid can give the same picture.
    return DrawnHand(gaussian_filter(pixels, 0.01 * size).astype(np.float32), masks)


def as_segmentation(masks: np.ndarray, hypotheses: Hypotheses | None = None) -> Segmentation:
    """Masks as a segmentation in which every bone with a pixel was found."""
    zero = np.zeros(masks.shape[1:], np.float32)
    bones = tuple(BoneSummary(bone, bool(masks[bone.channel].any()), int(masks[bone.channel].sum()), 0.0, 0.0) for bone in BONES)
    return Segmentation(masks, UncertaintyMaps(zero, zero, zero), bones, hypotheses)


def as_hypotheses(variants: list[np.ndarray], weights: list[float], stride: int = 2) -> Hypotheses:
    """Masks (each 7 x rows x columns) as hypotheses on a grid ``stride`` times coarser; every second one of another expert."""
    rows, columns = variants[0].shape[1:]
    small = (rows // stride, columns // stride)
    maps = [
        mask[:, : small[0] * stride, : small[1] * stride].reshape(len(BONES), small[0], stride, small[1], stride).mean((2, 4))
        for mask in variants
    ]
    mapping = GridMapping(np.eye(2) * stride, np.full(2, (stride - 1) / 2), small, (rows, columns))
    return Hypotheses(np.stack(maps).astype(np.float32), np.array(weights), np.arange(len(variants)) % 2, mapping)
