"""A film file, or an array with its tags, becomes a `Radiograph`."""

from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Radiograph,
    Spacing,
    SpacingProvenance,
)

__all__ = ["FilmSource", "Laterality", "Polarity", "PolarityBasis", "Radiograph", "Spacing", "SpacingProvenance"]
