"""What a film becomes: pixels with bright bone, and where everything about them came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np


class SpacingProvenance(str, Enum):
    """Where the pixel spacing came from; printed beside every millimetre."""

    CALIBRATED = "calibrated"
    DETECTOR = "detector"
    DETECTOR_OVER_MAGNIFICATION = "detector_over_magnification"
    USER = "user"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Spacing:
    """Pixel spacing in millimetres (row = distance between rows); ``None`` where unknown."""

    row_mm: float | None = None
    column_mm: float | None = None
    provenance: SpacingProvenance = SpacingProvenance.UNKNOWN

    @property
    def trusted(self) -> bool:
        """Whether millimetres may be printed (any provenance but unknown)."""
        return self.provenance is not SpacingProvenance.UNKNOWN and self.row_mm is not None and self.column_mm is not None


class Laterality(str, Enum):
    """Side of the body, from tags or the user; never guessed here."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = "unknown"


class PolarityBasis(str, Enum):
    """On what grounds the pixels were inverted or left alone."""

    TAGS = "tags"
    CONTENT = "content"
    USER = "user"


@dataclass(frozen=True)
class Polarity:
    """Whether stored values were inverted so that bone is bright, and why."""

    inverted: bool
    basis: PolarityBasis


@dataclass(frozen=True)
class FilmSource:
    """Identity of the input. ``name`` is the file's name without folders; ``sha256`` is of the file's bytes."""

    name: str
    sha256: str
    file_format: str
    bits_stored: int
    modality: str | None = None
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    study_instance_uid: str | None = None
    series_instance_uid: str | None = None
    view_position: str | None = None
    body_part: str | None = None
    patient_age_years: float | None = None
    patient_sex: str | None = None


@dataclass(frozen=True)
class Patient:
    """Who was filmed, for a report that was asked to say so; never part of a `Radiograph` or a result."""

    name: str | None
    patient_id: str | None
    birth_date: str | None


@dataclass(frozen=True)
class Radiograph:
    """One film on its own grid.

    Attributes
    ----------
    pixels : float32 array, rows x columns
        Values after rescale, inverted where needed so that bone is bright. Arbitrary units.
    field : bool array, rows x columns
        True inside the collimated field.
    window : (low, high)
        Robust percentiles of ``pixels`` inside the field; ``normalised`` maps them to 0 and 1.
    """

    pixels: np.ndarray
    field: np.ndarray
    window: tuple[float, float]
    spacing: Spacing
    laterality: Laterality
    polarity: Polarity
    source: FilmSource

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return (int(self.pixels.shape[0]), int(self.pixels.shape[1]))

    def normalised(self) -> np.ndarray:
        """Pixels mapped so that ``window`` becomes 0..1, clipped; float32, rows x columns."""
        low, high = self.window
        scale = np.float32(1.0 / max(high - low, 1e-12))
        return np.clip((self.pixels - np.float32(low)) * scale, 0.0, 1.0)
