"""Simulated films measured beside their exact cortical widths, and figures written down with where they come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.radiogrammetry import LevelMeasurement, Radiogrammetry
from OsteoScreenLib.radiogrammetry.measure import measure
from OsteoScreenLib.radiograph.values import FilmSource, Polarity, PolarityBasis, Radiograph, Spacing, SpacingProvenance
from OsteoScreenLib.segmentation.values import BoneSummary, Segmentation, UncertaintyMaps
from training.segmentation.commit import commit
from training.simulation import ShaftTruth, SimulatedFilm, shaft_truth


@dataclass(frozen=True)
class Reading:
    """One measured level beside its truth.

    ``width_mm`` and ``width_px`` are the true W; ``contrast`` is the cortical peak above the soft tissue beside it, as a share
    of the film's window; ``photons`` are detected quanta per square millimetre in air.
    """

    level: LevelMeasurement
    truth: ShaftTruth
    width_mm: float
    pixels_per_mm: float
    contrast: float
    photons: float

    @property
    def error(self) -> float:
        """Error of the cortical index."""
        return self.level.mci - self.truth.mci


def radiograph_of(film: SimulatedFilm) -> Radiograph:
    """The film as the reader would hand it over, with its true spacing."""
    low, high = np.percentile(film.pixels[film.field], (0.5, 99.5))
    millimetres = 1 / film.pixels_per_mm
    return Radiograph(
        pixels=film.pixels.astype(np.float32),
        field=film.field,
        window=(float(low), float(high)),
        spacing=Spacing(millimetres, millimetres, SpacingProvenance.DETECTOR),
        laterality=film.laterality,
        polarity=Polarity(False, PolarityBasis.CONTENT),
        source=FilmSource("simulated", "0" * 64, "simulated", 16),
    )


def segmentation_of(masks: np.ndarray, radiograph: Radiograph, bundle: Path | None) -> Segmentation:
    """Exact outlines, or those of a model."""
    if bundle is not None:
        from OsteoScreenLib.bundle import load_bundle
        from OsteoScreenLib.segmentation.engine import make_engine
        from OsteoScreenLib.segmentation.inference import segment

        return segment(radiograph, load_bundle(bundle), make_engine())
    flat = np.zeros(masks.shape[1:], np.float32)
    areas = masks.sum(axis=(1, 2))
    bones = tuple(BoneSummary(bone, bool(area > 0), int(area), 0.0, 0.0) for bone, area in zip(BONES, areas, strict=True))
    return Segmentation(masks, UncertaintyMaps(flat, flat, flat), bones, None)


def measured(film: SimulatedFilm, bundle: Path | None) -> Radiogrammetry:
    """Measure a simulated film."""
    radiograph = radiograph_of(film)
    return measure(radiograph, segmentation_of(film.masks, radiograph, bundle))


def readings_of(film: SimulatedFilm, result: Radiogrammetry) -> list[Reading]:
    """Every measured level beside the truth at the place of its profile."""
    low, high = np.percentile(film.pixels[film.field], (0.5, 99.5))
    return [_reading(film, level, float(high - low)) for level in result.levels]


def _reading(film: SimulatedFilm, level: LevelMeasurement, window: float) -> Reading:
    tube = film.hand.outlined[level.bone]
    ends = film.view.placement.to_film(np.array([tube.base, tube.head]))
    middle = np.mean(level.profile, axis=0)[::-1]
    station = float((middle - ends[0]) @ (ends[1] - ends[0]) / np.sum((ends[1] - ends[0]) ** 2))
    truth = shaft_truth(film, level.bone, station)
    contrast = _contrast(film.pixels, level) / window
    width_mm = truth.outer_width_px / film.pixels_per_mm
    return Reading(level, truth, width_mm, film.pixels_per_mm, contrast, film.exposure.photons_per_mm2)


def _contrast(pixels: np.ndarray, level: LevelMeasurement) -> float:
    """Mean of both cortical peaks above the darkest place a quarter of a width beside the bone, along the middle profile."""
    start, stop = np.array(level.profile)
    place = np.linspace(-0.25, 1.25, 61)
    values = map_coordinates(pixels, (start + place[:, None] * (stop - start)).T, order=1, mode="nearest")
    left, right = values[(place >= 0) & (place < 0.5)].max(), values[(place >= 0.5) & (place <= 1)].max()
    return float((left + right) / 2 - values[(place < 0) | (place > 1)].min())


def write_figures(path: Path | None, figures: dict[str, Any]) -> None:
    """Write figures as JSON, where a path is given."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"commit": commit(), **figures}, indent=2) + "\n", encoding="utf-8")
