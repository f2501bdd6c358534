"""Do the pixels carry the cortex: saturation and resolution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.bundle.values import QualityThresholds
from OsteoScreenLib.quality.shape import BoneShape
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.values import Segmentation


def clipped(radiograph: Radiograph, segmentation: Segmentation, limits: QualityThresholds) -> QualityFinding | None:
    """Bone pixels at the film's largest or smallest value: their differences are lost."""
    bone = segmentation.masks.any(0)
    inside = radiograph.pixels[bone]
    if not inside.size:
        return None
    top, bottom = float(radiograph.pixels.max()), float(radiograph.pixels.min())
    share = float(np.mean((inside >= top) | (inside <= bottom)))
    if share <= limits.max_clipped:
        return None
    return QualityFinding(
        "clipped",
        Severity.INDETERMINATE,
        f"{share:.0%} of the bone is saturated (over- or underexposed, or clipped when the picture was saved): "
        "its cortex cannot be judged there.",
    )


def low_resolution(
    shapes: Mapping[Bone, BoneShape], radiogrammetry: Radiogrammetry | None, limits: QualityThresholds
) -> QualityFinding | None:
    """Too few film pixels across the bone or its cortex."""
    widths = [shapes[bone].width for bone in RADIOGRAMMETRY_BONES if bone in shapes]
    if widths and float(np.median(widths)) < limits.min_bone_px:
        return QualityFinding(
            "low_resolution",
            Severity.INDETERMINATE,
            f"A metacarpal is only {np.median(widths):.0f} pixels wide on this film: too few to see its cortex.",
        )
    levels = radiogrammetry.levels if radiogrammetry is not None else ()
    if not levels:
        return None
    cortex = float(np.median([(level.outer_width_px - level.medullary_width_px) / 2 for level in levels]))
    if cortex >= limits.min_cortex_px:
        return None
    return QualityFinding(
        "low_resolution",
        Severity.WARNING,
        f"The cortex is only {cortex:.1f} pixels thick on this film: its measurements are coarse.",
    )


def cortex_not_measured(radiogrammetry: Radiogrammetry | None) -> QualityFinding | None:
    """No shaft level gave an accepted measurement."""
    if radiogrammetry is None or radiogrammetry.levels:
        return None
    reason = f" ({radiogrammetry.rejected[0].reason.rstrip('.')})" if radiogrammetry.rejected else ""
    return QualityFinding(
        "cortex_not_measured", Severity.WARNING, f"The cortex of metacarpals 2 to 4 could not be measured{reason}."
    )
