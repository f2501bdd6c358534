"""Bones cut out of the film: turned upright, in their own scale, grey values relative to the bone, zero outside its mask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS, Frame, bone_frames
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.segmentation.sampling import sample
from OsteoScreenLib.segmentation.values import Hypotheses

CUTOUT_VERSION = 2
"""Raised when cut-outs change. Version 1 had every bone in its own scale; since 2 millimetres count where they are trusted."""
FEWEST_PIXELS = 600
"""Pixels of a cut-out that the mask must cover; a whole metacarpal covers about 5000."""
REACH = 6
"""How far, in cut-out pixels, a hypothesis may lie outside the consensus: beyond it is another bone or a speck."""
LOWEST, HIGHEST = 0.02, 1.5
"""Grey values of bone after normalisation, so that bone is never mistaken for the zero background."""


@dataclass(frozen=True)
class Cutout:
    """One bone on the cut-out grid.

    ``pixels`` (float32, `CUT_ROWS` x `CUT_COLUMNS`) are normalised by the bone and not yet masked; ``mask`` is the consensus
    (bool).
    """

    frame: Frame
    pixels: np.ndarray
    mask: np.ndarray

    @property
    def bone(self) -> Bone:
        """Which bone this is."""
        return self.frame.bone

    def masked(self, mask: np.ndarray | None = None) -> np.ndarray:
        """What the classifier sees: ``pixels`` inside ``mask`` (its own where not given), exactly zero outside; float32."""
        return np.where(self.mask if mask is None else mask, self.pixels, np.float32(0))


def cut_out(pixels: np.ndarray, masks: np.ndarray, bones: Iterable[Bone], spacing: Spacing | None = None) -> tuple[Cutout, ...]:
    """Cut ``bones`` out of a film by their consensus masks, in channel order.

    ``pixels`` (float, rows x columns) are the film's own values with bright bone in any unit, ``masks`` bool, 7 x rows x
    columns. Where ``spacing`` is trusted the cut-outs have constant millimetres per pixel, else each bone its own scale. A bone
    whose mask is empty or too small to be turned upright is left out.
    """
    shape = (int(pixels.shape[0]), int(pixels.shape[1]))
    frames = bone_frames(masks, bones, None if spacing is None else pixel_mm(spacing))
    cutouts = []
    for bone, frame in sorted(frames.items(), key=lambda item: item[0].channel):
        grid = frame.grid(shape)
        mask = sample(masks[bone.channel], grid) >= 0.5
        if int(mask.sum()) < FEWEST_PIXELS:
            continue
        cutouts.append(Cutout(frame, normalise(sample(pixels, grid), mask), mask))
    return tuple(cutouts)


def pixel_mm(spacing: Spacing) -> float | None:
    """Millimetres per film pixel (geometric mean of rows and columns); ``None`` where they are not trusted."""
    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return None
    return float(np.sqrt(spacing.row_mm * spacing.column_mm))


def normalise(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Grey values relative to the bone: its mean becomes .5, its standard deviation .25; float32, same shape.

    Exposure and window shift and stretch the film's values, and neither says anything of the bone; contrast between cortex and
    medulla relative to the bone's own spread does. Values are clipped to `LOWEST`..`HIGHEST`.
    """
    inside = pixels[mask]
    mean, spread = float(inside.mean()), float(inside.std())
    scaled = (pixels - np.float32(mean)) * np.float32(0.25 / max(spread, 1e-6)) + np.float32(0.5)
    return np.clip(scaled, np.float32(LOWEST), np.float32(HIGHEST)).astype(np.float32)


def hypothesis_masks(
    cutout: Cutout, hypotheses: Hypotheses, threshold: float, chosen: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Masks of the ``chosen`` hypotheses on the cut-out grid (bool, n x `CUT_ROWS` x `CUT_COLUMNS`).

    Probabilities are interpolated bilinearly and cut at ``threshold``, within `REACH` of the consensus. A hypothesis that does
    not see the bone at all gives an empty mask.
    """
    maps = hypotheses.probabilities[chosen, cutout.bone.channel]
    inverse = np.linalg.inv(hypotheses.mapping.matrix)
    matrix = inverse @ cutout.frame.matrix
    offset = inverse @ (cutout.frame.offset - hypotheses.mapping.offset)
    near = ndimage.binary_dilation(cutout.mask, structure=np.ones((3, 3)), iterations=REACH)
    row, column = np.nonzero(near)
    grid_row = matrix[0, 0] * row + matrix[0, 1] * column + offset[0]
    grid_column = matrix[1, 0] * row + matrix[1, 1] * column + offset[1]
    values = _bilinear(maps, grid_row, grid_column)
    masks = np.zeros((len(maps), CUT_ROWS, CUT_COLUMNS), bool)
    masks[:, row, column] = values >= np.float32(threshold)
    return masks


def _bilinear(maps: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """``maps`` (N x rows x columns) at points (n) of their grid: N x n, 0 outside."""
    height, width = maps.shape[1:]
    inside = (row >= -0.5) & (row <= height - 0.5) & (column >= -0.5) & (column <= width - 0.5)
    row, column = np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)
    top, left = np.minimum(row.astype(int), max(height - 2, 0)), np.minimum(column.astype(int), max(width - 2, 0))
    below, right = (row - top).astype(np.float32), (column - left).astype(np.float32)
    flat = maps.reshape(len(maps), -1)
    base = top * width + left
    next_row, next_column = (width if height > 1 else 0), (1 if width > 1 else 0)
    upper = flat[:, base] * (1 - right) + flat[:, base + next_column] * right
    lower = flat[:, base + next_row] * (1 - right) + flat[:, base + next_row + next_column] * right
    return np.where(inside, upper * (1 - below) + lower * below, np.float32(0))
