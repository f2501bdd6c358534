"""A result as the document ``result.json`` (schema: docs/result.schema.json)."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.classification.values import Score
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, Radiogrammetry, RadiusMeasurement
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.screening.storage_hypotheses import describe_hypotheses
from OsteoScreenLib.screening.storage_uncertainty import CHANNELS, STEPS_PER_BIT
from OsteoScreenLib.screening.values import FilmDescription, ScreeningResult
from OsteoScreenLib.segmentation.values import Segmentation

FORMAT = "osteoscreen-result"
SCHEMA_VERSION = 1
"""Raised when an older reader could misread a newer document; added keys alone do not raise it."""

SEGMENTATION_FILE = "segmentation.seg.nrrd"
UNCERTAINTY_FILE = "uncertainty.nrrd"
HYPOTHESES_FILE = "hypotheses.nrrd"


def describe_result(result: ScreeningResult) -> dict[str, Any]:
    """Everything about a result but its arrays, in plain JSON types."""
    hypotheses = result.segmentation.hypotheses
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "notice": RESEARCH_USE_NOTICE,
        "software_version": result.software_version,
        "created": result.created,
        "seed": int(result.seed),
        "samples": int(result.samples),
        "film": _film(result.film),
        "bundle": plain(asdict(result.bundle)),
        "quality": [plain(asdict(finding)) for finding in result.quality],
        "segmentation": _segmentation(result.segmentation, result.film.spacing),
        "uncertainty": {
            "file": UNCERTAINTY_FILE,
            "components": list(CHANNELS),
            "unit": "bit",
            "step": 1 / STEPS_PER_BIT,
        },
        "hypotheses": None if hypotheses is None else describe_hypotheses(hypotheses, HYPOTHESES_FILE),
        "radiogrammetry": [_level(level) for level in result.radiogrammetry.levels],
        "radiogrammetry_rejected": [plain(asdict(level)) for level in result.radiogrammetry.rejected],
        "radiogrammetry_axes": [plain(asdict(axis)) for axis in result.radiogrammetry.axes],
        "radiogrammetry_radius": [_radius(each) for each in result.radiogrammetry.radius],
        "radiogrammetry_radius_rejected": [plain(asdict(each)) for each in result.radiogrammetry.radius_rejected],
        "radiogrammetry_summary": _summary(result.radiogrammetry),
        "score": _score(result.score),
        "timings": {stage: float(seconds) for stage, seconds in result.timings.items()},
    }


def plain(value: Any) -> Any:
    """Turn tuples, enums and numpy scalars inside a value into what JSON knows."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return value.item()
    return value


def _film(film: FilmDescription) -> dict[str, Any]:
    return {
        **plain(asdict(film.source)),
        "rows": int(film.shape[0]),
        "columns": int(film.shape[1]),
        "window": [float(film.window[0]), float(film.window[1])],
        "spacing": {**plain(asdict(film.spacing)), "trusted": film.spacing.trusted},
        "laterality": film.laterality.value,
        "polarity": plain(asdict(film.polarity)),
    }


def _segmentation(segmentation: Segmentation, spacing: Spacing) -> dict[str, Any]:
    """Per bone; ``weights`` are those of the hypotheses that the consensus was made of."""
    hypotheses = segmentation.hypotheses
    weights = [] if hypotheses is None else [float(weight) for weight in hypotheses.weights]
    return {
        summary.bone.value: {
            "found": bool(summary.found),
            "area_px": int(summary.area_px),
            "area_mm2": _area_mm2(int(summary.area_px), spacing),
            "disagreement": float(summary.disagreement),
            "mean_uncertainty": float(summary.mean_uncertainty),
            "drawn": bool(summary.drawn),
            "renamed": summary.bone in segmentation.renamed,
            "weights": weights,
            "file": SEGMENTATION_FILE,
            "segment_id": summary.bone.value,
        }
        for summary in segmentation.bones
    }


def _area_mm2(area_px: int, spacing: Spacing) -> float | None:
    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return None
    return area_px * spacing.row_mm * spacing.column_mm


def _level(level: LevelMeasurement) -> dict[str, Any]:
    """What was measured, and what follows from it; a reader computes the latter again."""
    return {
        **plain(asdict(level)),
        "thickness_mm": level.thickness_mm,
        "combined_thickness_mm": level.combined_thickness_mm,
        "cortical_area_mm2": level.cortical_area_mm2,
        "volume_per_area_mm": level.volume_per_area_mm,
        "exton_smith": level.exton_smith,
        "bone_health_index": level.bone_health_index,
    }


def _radius(each: RadiusMeasurement) -> dict[str, Any]:
    derived = {"combined_thickness_mm": each.combined_thickness_mm, "cortical_index": each.cortical_index}
    return {**plain(asdict(each)), **derived}


def _summary(radiogrammetry: Radiogrammetry) -> dict[str, Any]:
    mean = radiogrammetry.mean_mci
    return {
        "mean_mci": None if mean is None else float(mean),
        "mean_pca": radiogrammetry.mean_pca,
        "second_metacarpal_index": radiogrammetry.second_metacarpal_index,
        "bone_health_index": radiogrammetry.bone_health_index,
        "levels": len(radiogrammetry.levels),
        "rejected": len(radiogrammetry.rejected),
    }


def _score(score: Score) -> dict[str, Any]:
    return {**plain(asdict(score)), "words": score.state.words}
