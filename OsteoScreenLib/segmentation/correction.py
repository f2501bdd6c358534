"""What is left of the plausible outlines when a person has drawn some bones anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses, Segmentation


def correct(segmentation: Segmentation, masks: np.ndarray) -> Segmentation:
    """The segmentation with ``masks`` (bool, 7 x rows x columns of the film) in place of its own.

    A bone that was drawn anew has no disagreement: every hypothesis shows it as it was drawn. Of the other bones the hypotheses
    go on to speak, so that the interval of the score holds what is still unsure. The uncertainty maps stay the model's view.
    """
    summaries, changed = [], []
    for summary in segmentation.bones:
        mask = masks[summary.bone.channel]
        if np.array_equal(mask, segmentation.mask(summary.bone)):
            summaries.append(summary)
            continue
        area = int(np.count_nonzero(mask))
        summaries.append(replace(summary, found=area > 0, area_px=area, disagreement=0.0, drawn=True))
        changed.append(summary.bone)
    return replace(
        segmentation,
        masks=masks.copy(),
        bones=tuple(summaries),
        hypotheses=_drawn_into(segmentation.hypotheses, masks, changed),
    )


def _drawn_into(hypotheses: Hypotheses | None, masks: np.ndarray, changed: list[Bone]) -> Hypotheses | None:
    if hypotheses is None or not changed:
        return hypotheses
    probabilities = hypotheses.probabilities.copy()
    for bone in changed:
        probabilities[:, bone.channel] = _coverage(masks[bone.channel], hypotheses.mapping)
    return replace(hypotheses, probabilities=probabilities)


def _coverage(mask: np.ndarray, mapping: GridMapping) -> np.ndarray:
    """Share of each network-grid pixel that a mask on the film covers (float32, 0..1)."""
    from scipy import ndimage

    rows, columns = np.indices(mapping.grid_shape)
    places = mapping.to_film(np.stack([rows.ravel(), columns.ravel()], axis=1)).T
    # The mean over a grid pixel's own square, wherever the film is finer than the grid.
    side = max(1, round(mapping.film_pixels_per_grid_pixel))
    averaged = ndimage.uniform_filter(mask.astype(np.float32), side, mode="constant")
    covered = ndimage.map_coordinates(averaged, places, order=1, mode="constant", prefilter=False)
    return np.asarray(covered.reshape(mapping.grid_shape), np.float32)
