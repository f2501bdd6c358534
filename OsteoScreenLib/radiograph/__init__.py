"""A film file, or an array with its tags, becomes a `Radiograph`; `exchange` hands films from process to process."""

from OsteoScreenLib.radiograph.array import radiograph_from_array
from OsteoScreenLib.radiograph.read import read_radiograph
from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Radiograph,
    Spacing,
    SpacingProvenance,
)

__all__ = [
    "FilmSource",
    "Laterality",
    "Polarity",
    "PolarityBasis",
    "Radiograph",
    "Spacing",
    "SpacingProvenance",
    "radiograph_from_array",
    "read_radiograph",
]
