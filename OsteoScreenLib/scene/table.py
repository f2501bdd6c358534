"""Measurements as tables."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.ownership import find_or_add
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import set_aside_words

_ROUNDING = 4

Column = tuple[str, str, list[Any]]
"""Header with the unit, unit, and one value per row (all text, or numbers and ``None``, which Slicer shows as nan)."""


def measurement_table(scene: Any, result: ScreeningResult, film: Any) -> Any:
    """Table node with one row per measured level; millimetres, with their provenance, only where they are trusted."""
    return _table(scene, "table.measurements", f"{film.GetName()} radiogrammetry", measurement_columns(result), film)


def bone_table(scene: Any, result: ScreeningResult, film: Any) -> Any:
    """Table node with one row per bone: found, area, how far the hypotheses disagree."""
    return _table(scene, "table.bones", f"{film.GetName()} bones found", bone_columns(result), film)


def measurement_columns(result: ScreeningResult) -> list[Column]:
    """Columns of the measurement table."""
    levels, spacing = result.radiogrammetry.levels, result.film.spacing
    columns: list[Column] = [
        ("Bone", "", [level.bone.title for level in levels]),
        ("Level (fraction of length from base)", "", [level.level for level in levels]),
        ("MCI", "", [level.mci for level in levels]),
        ("PCA", "", [level.pca for level in levels]),
        ("Exton-Smith", "", [level.exton_smith for level in levels]),
        ("Trust", "", ["not said" if level.quality is None else level.quality.trust.value for level in levels]),
        ("Expected error of MCI", "", [None if level.quality is None else level.quality.mci_error for level in levels]),
        ("W (px)", "px", [level.outer_width_px for level in levels]),
        ("d (px)", "px", [level.medullary_width_px for level in levels]),
        ("Profiles", "", [f"{level.accepted} of {level.profiles}" for level in levels]),
        ("Profiles set aside", "", [set_aside_words(level.set_aside) for level in levels]),
    ]
    if spacing.trusted:
        columns += [
            ("W (mm)", "mm", [level.outer_width_mm for level in levels]),
            ("d (mm)", "mm", [level.medullary_width_mm for level in levels]),
            ("T (mm)", "mm", [level.thickness_mm for level in levels]),
            ("CCT (mm)", "mm", [level.combined_thickness_mm for level in levels]),
            ("CA (mm2)", "mm2", [level.cortical_area_mm2 for level in levels]),
            ("VPA (mm)", "mm", [level.volume_per_area_mm for level in levels]),
            ("BHI (from cm)", "", [level.bone_health_index for level in levels]),
            ("Spacing from", "", [spacing.provenance.value.replace("_", " ") for _ in levels]),
        ]
    return columns


def bone_columns(result: ScreeningResult) -> list[Column]:
    """Columns of the table of bones."""
    bones, spacing = result.segmentation.bones, result.film.spacing
    columns: list[Column] = [
        ("Bone", "", [each.bone.title for each in bones]),
        ("Found", "", ["yes" if each.found else "no" for each in bones]),
        ("Disagreement (1 - IoU)", "", [each.disagreement for each in bones]),
        ("Mean uncertainty (bit)", "bit", [each.mean_uncertainty for each in bones]),
        ("Area (px)", "px", [float(each.area_px) for each in bones]),
    ]
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        pixel_mm2 = spacing.row_mm * spacing.column_mm
        columns += [
            ("Area (mm2)", "mm2", [each.area_px * pixel_mm2 for each in bones]),
            ("Spacing from", "", [spacing.provenance.value.replace("_", " ") for _ in bones]),
        ]
    return columns


def _table(scene: Any, role: str, name: str, columns: list[Column], film: Any) -> Any:
    node, _ = find_or_add(scene, "vtkMRMLTableNode", role, film, name)
    write_columns(node, columns)
    return node


def _cell(value: Any) -> Any:
    if value is None:
        return float("nan")
    return value if isinstance(value, str) else round(float(value), _ROUNDING)


def write_columns(node: Any, columns: list[Column]) -> None:
    """Replace what a table node holds; numbers are rounded to four digits."""
    from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkTable

    table = vtkTable()
    for header, _, values in columns:
        column: Any = vtkStringArray() if any(isinstance(value, str) for value in values) else vtkDoubleArray()
        column.SetName(header)
        for value in values:
            column.InsertNextValue(_cell(value))
        table.AddColumn(column)
    node.SetAndObserveTable(table)
    for header, unit, _ in columns:
        if unit:
            node.SetColumnUnitLabel(header, unit)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
