"""Where each bone is cut out: a frame along its long axis, distal end up, thumb side left, in millimetres or its own scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from OsteoScreenLib.bones import FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.segmentation.sampling import InputGrid

CUT_ROWS, CUT_COLUMNS = 192, 80
"""Pixels of a cut-out. A metacarpal's shaft is 20 to 40 of them wide, a healthy cortex 6 to 10."""
MARGIN = 8
"""Rows and columns kept free around the bone, so that a wider hypothesis still fits."""
FOREARM_WIDTH = 48.0
"""Columns that the widest part of a forearm bone fills, where millimetres are not trusted."""
METACARPAL_MM, FOREARM_MM = 0.42, 0.60
"""Millimetres per pixel of a cut-out where they are trusted: 74 mm of a metacarpal, 30 mm of width of an average radius."""
WIDEST = 0.9
"""Quantile of the widths of the cross-sections that is taken for the widest part: a spike in the outline is not."""
FEWEST_POINTS = 60
"""Points of a (thinned) mask below which a bone has no direction."""
LONG_ENOUGH = 1.6
"""Length over width from which the principal axis of a forearm bone is believed; a stump is wider than long."""
IN_LINE = 0.7
"""Least cosine between a forearm bone and the hand's direction; a principal axis further off lies across a short piece."""
_THINNED_ROWS = 500


@dataclass(frozen=True)
class Frame:
    """A cut-out laid over the film.

    ``film_(row, column) = matrix @ cut_(row, column) + offset``, pixel centres at whole numbers on both; ``matrix`` is a
    rotation, where ``mirrored`` with a reflection, times film pixels per cut-out pixel.
    """

    bone: Bone
    matrix: np.ndarray
    offset: np.ndarray
    mirrored: bool

    @property
    def film_pixels_per_pixel(self) -> float:
        """Length of one cut-out pixel in film pixels."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    def grid(self, film_shape: tuple[int, int]) -> InputGrid:
        """The frame as a grid that ``segmentation.sampling.sample`` takes."""
        return InputGrid(self.matrix, self.offset, (CUT_ROWS, CUT_COLUMNS), film_shape)


def bone_frames(masks: np.ndarray, bones: Iterable[Bone], pixel_mm: float | None = None) -> dict[Bone, Frame]:
    """Frames of ``bones`` from their masks (bool, 7 x rows x columns); bones without a clear outline are left out.

    Scale: with trusted ``pixel_mm`` (millimetres per film pixel) a pixel of the cut-out is `METACARPAL_MM` or `FOREARM_MM`, so
    that a cortex keeps its thickness; bones are anchored at their distal end. Most films have none, and then each bone has its
    own scale: a metacarpal's length fills the rows; a forearm bone, of which films show any length, is scaled by the width
    of its widest part. So a cortex is seen relative to its own bone, as the cortical index sees it; both scales agree for a
    bone of average size.

    Distal is away from the forearm; without forearm where the metacarpals diverge. The thumb side is known from the order of
    the bones (radius before ulna, metacarpal 1 to 5), not from the laterality tag; where one bone stands alone nothing is
    mirrored.
    """
    step = max(1, masks.shape[1] // _THINNED_ROWS)
    points = {}
    for bone in bones:
        found = np.argwhere(masks[bone.channel, ::step, ::step]) * float(step)
        if len(found) >= FEWEST_POINTS:
            points[bone] = found
    if not points:
        return {}
    distal = _distal(points)
    to_thumb = _to_thumb(points)
    frames = {}
    for bone, found in points.items():
        frame = _frame(bone, found, step, distal, to_thumb, pixel_mm)
        if frame is not None:
            frames[bone] = frame
    return frames


def _frame(
    bone: Bone, points: np.ndarray, step: int, distal: np.ndarray, to_thumb: np.ndarray | None, pixel_mm: float | None
) -> Frame | None:
    axis = _axis(bone, points, distal)
    left = np.array([-axis[1], axis[0]])
    # (row, column): a quarter turn to the left of "up" (-1, 0) is (0, -1).
    mirrored = to_thumb is not None and float(left @ to_thumb) < 0
    if mirrored:
        left = -left
    along, across = points @ axis, points @ left
    tip, end = float(along.max()) + step / 2, float(along.min()) - step / 2
    length = max(tip - end, 1.0)
    width = _widest(along, across, step)
    if pixel_mm is not None:
        scale = (FOREARM_MM if bone in FOREARM_BONES else METACARPAL_MM) / pixel_mm
    elif bone in FOREARM_BONES:
        scale = width / FOREARM_WIDTH
    else:
        scale = max(length / (CUT_ROWS - 2 * MARGIN), width / (CUT_COLUMNS - 2 * MARGIN))
    if not np.isfinite(scale) or scale <= 0:
        return None
    shown = across[along > tip - scale * CUT_ROWS]
    middle = (float(shown.max()) + float(shown.min())) / 2
    # Cut-out row r lies at along = tip - scale * (r - MARGIN), column c at across = middle - scale * (c - centre).
    matrix = np.stack([-scale * axis, -scale * left], axis=1)
    centre = (CUT_COLUMNS - 1) / 2
    offset = (tip + scale * (MARGIN - 0.5)) * axis + (middle + scale * centre) * left
    return Frame(bone, matrix, offset, mirrored)


def _axis(bone: Bone, points: np.ndarray, distal: np.ndarray) -> np.ndarray:
    """Unit vector along the bone towards its distal end."""
    variances, vectors = np.linalg.eigh(np.cov(points.T))
    axis = vectors[:, 1]
    if bone in FOREARM_BONES and (variances[1] < LONG_ENOUGH**2 * variances[0] or abs(float(axis @ distal)) < IN_LINE):
        axis = distal
    return axis if float(axis @ distal) >= 0 else -axis


def _widest(along: np.ndarray, across: np.ndarray, step: int) -> float:
    section = ((along - along.min()) / max(2.0 * step, 2.0)).astype(int)
    order = np.argsort(section, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(section[order]) > 0])
    widths = np.maximum.reduceat(across[order], starts) - np.minimum.reduceat(across[order], starts) + step
    return float(np.quantile(widths, WIDEST))


def _distal(points: Mapping[Bone, np.ndarray]) -> np.ndarray:
    """Unit vector from the elbow's side to the fingers' side; upwards where nothing tells."""
    centres = {bone: found.mean(0) for bone, found in points.items()}
    forearm = [centres[bone] for bone in FOREARM_BONES if bone in centres]
    hand = [bone for bone in METACARPALS if bone in centres]
    if forearm and hand:
        return _unit(np.mean([centres[bone] for bone in hand], axis=0) - np.mean(forearm, axis=0))
    if len(hand) >= 2:
        return _diverging([points[bone] for bone in hand])
    return np.array([-1.0, 0.0])


def _diverging(bones: list[np.ndarray]) -> np.ndarray:
    """Mean axis of the metacarpals, towards the side on which their ends lie further apart."""
    doubled, ends = 0j, []
    for points in bones:
        _, vectors = np.linalg.eigh(np.cov(points.T))
        doubled += complex(*vectors[:, 1]) ** 2
    mean = np.sqrt(doubled)
    axis = _unit(np.array([mean.real, mean.imag]))
    for points in bones:
        along = points @ axis
        ends.append((points[along <= np.quantile(along, 0.1)].mean(0), points[along >= np.quantile(along, 0.9)].mean(0)))
    across = np.array([-axis[1], axis[0]])
    low, high = (np.ptp([float(end[side] @ across) for end in ends]) for side in (0, 1))
    return axis if high >= low else -axis


def _to_thumb(points: Mapping[Bone, np.ndarray]) -> np.ndarray | None:
    """Vector towards the thumb side from the order of the bones; ``None`` where no two bones tell."""
    total = np.zeros(2)
    for row in (FOREARM_BONES, METACARPALS):
        centres = [points[bone].mean(0) for bone in row if bone in points]
        for one, other in pairwise(centres):
            total += one - other
    return total if float(np.linalg.norm(total)) > 1.0 else None


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else np.array([-1.0, 0.0])
