"""Whether bone is bright, decided from what the film shows; tags only where the film does not tell.

PhotometricInterpretation and PresentationLUTShape are wrong often enough that they are not followed blindly (a file already
inverted by another program keeps its tag). In a radiograph with bright bone the smooth parts (open air, soft tissue) are darker
than the structured ones (bone, skin edges), and thin lines (cortices, trabeculae) are brighter than what lies beside them.
Every measure changes its sign when the film is inverted.
"""

from __future__ import annotations

import numpy as np

from OsteoScreenLib.radiograph.overview import core_range
from OsteoScreenLib.radiograph.values import Polarity, PolarityBasis

DECISIVE = 0.35
"""Evidence at or above this overrules the tags; whole hands give .6 to 3, hard crops of a palm or wrist .2 and more."""
PERCEPTIBLE = 0.12
"""Evidence at or above this decides where no tag helps."""


def decide_polarity(small: np.ndarray, field: np.ndarray, tag_inverted: bool | None, user_invert: bool | None) -> Polarity:
    """Return whether stored values have to be inverted for bright bone, and on what grounds.

    ``small`` and ``field`` are the small copy of the film and its field. The user's word comes first, then the content where it
    is decisive, then the tags, then "bone is bright already".
    """
    if user_invert is not None:
        return Polarity(inverted=user_invert, basis=PolarityBasis.USER)
    evidence = bright_bone_evidence(small, field)
    if tag_inverted is None:
        return Polarity(inverted=evidence <= -PERCEPTIBLE, basis=PolarityBasis.CONTENT)
    if abs(evidence) >= DECISIVE:
        return Polarity(inverted=evidence < 0.0, basis=PolarityBasis.CONTENT)
    return Polarity(inverted=tag_inverted, basis=PolarityBasis.TAGS)


def bright_bone_evidence(small: np.ndarray, field: np.ndarray) -> float:
    """Return how clearly bone is bright (positive) or dark (negative) in ``small`` inside ``field``; 0 knows nothing."""
    # Here and not above: who only looks at a Radiograph, as Slicer does, need not wait for scipy.
    from scipy import ndimage

    inner = ndimage.binary_erosion(field, iterations=3, border_value=0)
    if inner.sum() < 400:
        return 0.0
    low, high = core_range(small[field])
    if high <= low:
        return 0.0
    level = np.clip((small - low) / (high - low), 0.0, 1.0)
    slope = np.hypot(ndimage.gaussian_filter(level, 1.2, order=(0, 1)), ndimage.gaussian_filter(level, 1.2, order=(1, 0)))
    slopes, levels = slope[inner], level[inner]
    smooth_end, busy_start = np.percentile(slopes, [35, 65])
    busy, smooth = slopes > busy_start, slopes <= smooth_end
    if not busy.any() or not smooth.any():
        return 0.0
    ranks = _ranks(levels)
    by_rank = ranks[busy].mean() - ranks[smooth].mean()
    by_level = np.median(levels[busy]) - np.median(levels[smooth])
    nearby_level = _ranks(ndimage.uniform_filter(level, 9)[inner])
    nearby_slope = _ranks(ndimage.uniform_filter(slope, 9)[inner])
    by_region = 12.0 * float(np.mean(nearby_level * nearby_slope))  # Spearman's rank correlation
    ridge = np.clip(-ndimage.gaussian_laplace(level, 1.0)[inner], -0.3, 0.3)
    bright, dark = float((ridge[ridge > 0] ** 2).sum()), float((ridge[ridge < 0] ** 2).sum())
    by_ridge = (bright - dark) / (bright + dark) if bright + dark > 0 else 0.0
    return float(by_rank + by_level + 0.5 * by_region + 2.0 * by_ridge)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks in -.5 .. .5; equal values share their middle rank, so that the ranks of ``-values`` are mirrored."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - 0.5 * (counts + 1)) / values.size)[inverse.reshape(-1)] - 0.5
