"""The cortical index by bone and level as a plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from OsteoScreenLib.bones import BONE_CODES, RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.scene.ownership import find_or_add, remove_except
from OsteoScreenLib.scene.table import write_columns
from OsteoScreenLib.screening.values import ScreeningResult

LEVEL_COLUMN = "Level (% of length from base)"
INDEX_AXIS = "Metacarpal cortical index (W - d) / W"
CHART = "plot.chart"
TABLE, SERIES_PREFIX = "plot.table", "plot.series."
_LOWEST_TOP = 0.8
_FONT_SIZE = 14


@dataclass(frozen=True)
class PlotNodes:
    """A chart of one series per measured bone, and the table it is drawn from."""

    chart: Any
    series: tuple[Any, ...]
    table: Any


def plot_nodes(scene: Any, result: ScreeningResult, film: Any) -> PlotNodes:
    """Chart of the cortical index over the level, one line in each bone's colour; updated when it is there already."""
    name = film.GetName()
    values = index_by_level(result)
    table, _ = find_or_add(scene, "vtkMRMLTableNode", TABLE, film, f"{name} cortical index by level", hidden=True)
    percents = sorted({percent for points in values.values() for percent in points})
    columns: list[tuple[str, str, list[Any]]] = [(LEVEL_COLUMN, "%", list(percents))]
    columns += [(bone.title, "", [points.get(each, float("nan")) for each in percents]) for bone, points in values.items()]
    write_columns(table, columns)
    series = [_series(scene, bone, table, film) for bone in values]
    kept = {f"{SERIES_PREFIX}{bone.value}" for bone in values}
    remove_except(scene, "vtkMRMLPlotSeriesNode", SERIES_PREFIX, film, kept)
    chart, made = find_or_add(scene, "vtkMRMLPlotChartNode", CHART, film, f"{name} cortical index")
    if made:
        _set_axes(chart, name)
    top = max([_LOWEST_TOP, *(value for points in values.values() for value in points.values())])
    chart.SetYAxisRange(0.0, min(1.0, round(top + 0.05, 1)))
    chart.RemoveAllPlotSeriesNodeIDs()
    for node in series:
        chart.AddAndObservePlotSeriesNodeID(node.GetID())
    return PlotNodes(chart, tuple(series), table)


def index_by_level(result: ScreeningResult) -> dict[Bone, dict[float, float]]:
    """Cortical index of each measured bone by level in per cent of its length from the base."""
    levels = result.radiogrammetry.levels
    values = {
        bone: {round(100 * each.level, 2): each.mci for each in levels if each.bone is bone} for bone in RADIOGRAMMETRY_BONES
    }
    return {bone: points for bone, points in values.items() if points}


def _series(scene: Any, bone: Bone, table: Any, film: Any) -> Any:
    role = f"{SERIES_PREFIX}{bone.value}"
    node, made = find_or_add(scene, "vtkMRMLPlotSeriesNode", role, film, bone.title)
    if made:
        node.SetName(bone.title)  # the legend's entry, so it is the same for every film
        node.SetPlotType(node.PlotTypeScatter)
        node.SetLineStyle(node.LineStyleSolid)
        node.SetMarkerStyle(node.MarkerStyleCircle)
        node.SetMarkerSize(9)
        node.SetLineWidth(2)
        node.SetColor(*BONE_CODES[bone].colour)
    node.SetAndObserveTableNodeID(table.GetID())
    node.SetXColumnName(LEVEL_COLUMN)
    node.SetYColumnName(bone.title)
    return node


def _set_axes(chart: Any, name: str) -> None:
    chart.SetTitle(f"Cortical index, {name}")
    chart.SetXAxisTitle(LEVEL_COLUMN)
    chart.SetYAxisTitle(INDEX_AXIS)
    chart.SetYAxisRangeAuto(False)
    chart.SetLegendVisibility(True)
    chart.SetGridVisibility(True)
    chart.SetTitleFontSize(_FONT_SIZE + 2)
    chart.SetAxisTitleFontSize(_FONT_SIZE)
    chart.SetAxisLabelFontSize(_FONT_SIZE)
    chart.SetLegendFontSize(_FONT_SIZE)
