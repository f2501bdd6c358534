"""What every reader hands over: one grey image with what its file says about it, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing


@dataclass(frozen=True)
class DecodedFilm:
    """One decoded image.

    Attributes
    ----------
    values : real array, rows x columns, as the file means them (after rescale and tables), not yet inverted
    ends : lowest and highest value the file could hold; inversion maps one end to the other
    tag_inverted : whether the file's tags say that its low values are bright; ``None`` without (consistent) tags
    padding : pixels that carry no image (bool, rows x columns), or ``None``
    """

    values: np.ndarray
    ends: tuple[float, float]
    tag_inverted: bool | None
    padding: np.ndarray | None
    spacing: Spacing
    laterality: Laterality
    source: FilmSource
