"""The same film with bright and dark exchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from OsteoScreenLib.radiograph.assemble import field_window
from OsteoScreenLib.radiograph.values import Polarity, PolarityBasis, Radiograph


def negative(radiograph: Radiograph) -> Radiograph:
    """The film as it would have been read had its polarity been decided the other way, from what the picture shows."""
    ends = radiograph.pixels.min() + radiograph.pixels.max()
    pixels = np.subtract(ends, radiograph.pixels, dtype=np.float32)
    return replace(
        radiograph,
        pixels=pixels,
        window=field_window(pixels, radiograph.field),
        polarity=Polarity(not radiograph.polarity.inverted, PolarityBasis.CONTENT),
    )


def with_polarity(radiograph: Radiograph, polarity: Polarity) -> Radiograph:
    """The film as ``polarity`` has it, such as that of a result, which the film's outlines may have decided."""
    if radiograph.polarity.basis is PolarityBasis.USER or radiograph.polarity.inverted == polarity.inverted:
        return radiograph
    return negative(radiograph)
