"""Where on the film something was exposed behind tissue: a rough box around the hand, by brightness alone."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_LONGEST = 128
"""Longest side of the coarse film that is looked at, pixels."""
_MARGIN = 0.06
"""Rim around the content as a fraction of the box's longer side."""


def content_box(film: np.ndarray, field: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """First and last (row, column) of the largest bright region inside the field, with a margin, in film pixels.

    ``film`` is normalised (0..1, bright bone), ``field`` the exposed field. ``None`` where nothing stands out. Soft tissue
    counts: the threshold (Otsu's) separates the body from air, not bone from soft tissue.
    """
    step = max(1, round(max(film.shape) / _LONGEST))
    coarse = np.where(field[::step, ::step], film[::step, ::step], 0.0)
    bright = ndimage.binary_opening(ndimage.median_filter(coarse, 3) > otsu(coarse[coarse > 0]), iterations=1)
    labels, count = ndimage.label(bright)
    if count == 0:
        return None
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    rows, columns = np.nonzero(labels == largest)
    low = np.array([rows.min(), columns.min()], float) * step
    high = np.array([rows.max() + 1, columns.max() + 1], float) * step
    rim = _MARGIN * float((high - low).max())
    return np.maximum(low - rim, 0), np.minimum(high + rim, np.array(film.shape) - 1.0)


def otsu(values: np.ndarray, bins: int = 64) -> float:
    """Threshold with the largest variance between two classes (Otsu, 1979); 0 for fewer than two values."""
    if values.size < 2:
        return 0.0
    counts, edges = np.histogram(values, bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(centres[int(np.nanargmax(between))]) if np.isfinite(between).any() else 0.0
