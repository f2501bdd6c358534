"""The one result that every scene, report and file is written from."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.classification.values import Score
from OsteoScreenLib.quality.values import QualityFinding
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Polarity, Radiograph, Spacing
from OsteoScreenLib.segmentation.values import Segmentation


@dataclass(frozen=True)
class FilmDescription:
    """A `Radiograph` without its pixels."""

    shape: tuple[int, int]
    window: tuple[float, float]
    spacing: Spacing
    laterality: Laterality
    polarity: Polarity
    source: FilmSource

    @classmethod
    def of(cls, radiograph: Radiograph) -> FilmDescription:
        """Describe a film without keeping its pixels."""
        return cls(
            shape=radiograph.shape,
            window=radiograph.window,
            spacing=radiograph.spacing,
            laterality=radiograph.laterality,
            polarity=radiograph.polarity,
            source=radiograph.source,
        )


@dataclass(frozen=True)
class BundleIdentity:
    """Which model produced the result and what it was trained on."""

    name: str
    version: str
    sha256: str
    training_data: str
    intended_use: str
    limits: tuple[str, ...]


@dataclass(frozen=True)
class ScreeningResult:
    """Everything that was found on one film.

    ``timings`` are seconds by stage name; ``created`` is an ISO 8601 UTC time; ``seed`` reproduces the hypotheses.
    """

    film: FilmDescription
    bundle: BundleIdentity
    quality: tuple[QualityFinding, ...]
    segmentation: Segmentation
    radiogrammetry: Radiogrammetry
    score: Score
    timings: dict[str, float]
    seed: int
    samples: int
    software_version: str
    created: str
