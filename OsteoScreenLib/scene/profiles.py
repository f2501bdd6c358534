"""Where each width was measured, as locked lines over the film."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.bones import BONE_CODES
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, Point, Radiogrammetry
from OsteoScreenLib.scene.images import ijk_to_ras
from OsteoScreenLib.scene.ownership import find_or_add, remove_except

ROLE_PREFIX = "profile."
_MEDULLARY_COLOUR = (1.0, 1.0, 1.0)


def profile_nodes(scene: Any, radiogrammetry: Radiogrammetry, film: Any, trusted: bool) -> list[Any]:
    """Two line nodes per measured level: outer width W in the bone's colour and medullary width d in white.

    Lines of levels that are no longer measured are removed. Slicer's own length shows only where millimetres are trusted.
    """
    nodes, kept = [], set()
    for level in radiogrammetry.levels:
        for symbol, ends, colour in (
            ("W", level.profile, BONE_CODES[level.bone].colour),
            ("d", level.medullary, _MEDULLARY_COLOUR),
        ):
            role = f"{ROLE_PREFIX}{level.bone.value}.{level.level:.4f}.{symbol}"
            name = f"{level.bone.title} level {level.level:.2f} {symbol}"
            node, made = find_or_add(scene, "vtkMRMLMarkupsLineNode", role, film, name)
            _set_ends(node, ends, film, level_words(level))
            node.SetLocked(True)
            node.GetMeasurement("length").SetEnabled(trusted)
            if made:
                _set_display(node, colour)
            kept.add(role)
            nodes.append(node)
    remove_except(scene, "vtkMRMLMarkupsLineNode", ROLE_PREFIX, film, kept)
    return nodes


def level_words(level: LevelMeasurement) -> str:
    """One level's numbers in one line."""
    pixels = f"W {level.outer_width_px:.2f} px, d {level.medullary_width_px:.2f} px"
    if level.outer_width_mm is None or level.medullary_width_mm is None:
        return f"{pixels}, MCI {level.mci:.3f}"
    return f"{pixels}, W {level.outer_width_mm:.2f} mm, d {level.medullary_width_mm:.2f} mm, MCI {level.mci:.3f}"


def _set_ends(node: Any, ends: tuple[Point, Point], film: Any, words: str) -> None:
    """Move the line; the words go to its points, because Slicer itself writes the line's own description."""
    matrix = ijk_to_ras(film)
    node.SetLocked(False)
    node.RemoveAllControlPoints()
    for row, column in ends:
        index = node.AddControlPoint(matrix.MultiplyPoint((column, row, 0.0, 1.0))[:3])
        node.SetNthControlPointDescription(index, words)


def _set_display(node: Any, colour: tuple[float, float, float]) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(*colour)
    display.SetSelectedColor(*colour)
    display.SetPointLabelsVisibility(False)
    display.SetPropertiesLabelVisibility(False)
    display.SetUseGlyphScale(True)
    display.SetGlyphTypeFromString("Circle2D")
    display.SetGlyphScale(0.6)
    display.SetLineThickness(0.8)
    display.SetVisibility3D(False)
