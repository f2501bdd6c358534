"""The plot of the cortical index by bone and level."""

import math
from dataclasses import replace

import pytest

from OsteoScreenLib.bones import BONE_CODES, RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.plot import LEVEL_COLUMN, index_by_level, plot_nodes
from Testing.scene_films import add_volume, saved_and_opened
from Testing.screening_results import REJECTED, make_screening_result


def _points(series):
    """{level: index} as the series draws it."""
    table = series.GetTableNode().GetTable()
    x, y = (table.GetColumnByName(name) for name in (series.GetXColumnName(), series.GetYColumnName()))
    pairs = {x.GetVariantValue(row).ToDouble(): y.GetVariantValue(row).ToDouble() for row in range(table.GetNumberOfRows())}
    return {level: index for level, index in pairs.items() if not math.isnan(index)}


def _check(chart, result):
    series = [chart.GetNthPlotSeriesNode(index) for index in range(chart.GetNumberOfPlotSeriesNodes())]
    assert [each.GetName() for each in series] == [bone.title for bone in RADIOGRAMMETRY_BONES]
    for each, bone in zip(series, RADIOGRAMMETRY_BONES, strict=True):
        assert each.GetColor() == pytest.approx(BONE_CODES[bone].colour)
        expected = {100 * level.level: level.mci for level in result.radiogrammetry.levels if level.bone is bone}
        assert _points(each) == pytest.approx(expected)
    assert chart.GetXAxisTitle() == LEVEL_COLUMN
    assert "cortical index" in chart.GetYAxisTitle()
    low, high = chart.GetYAxisRange()
    assert low == 0
    assert high > max(level.mci for level in result.radiogrammetry.levels)


def test_every_level_is_drawn_in_its_bones_colour_also_when_saved_and_opened(scene):
    result, radiograph = make_screening_result()
    _check(build_scene(scene, result, radiograph).plot.chart, result)
    with saved_and_opened(scene):
        _check(scene.GetFirstNodeByClass("vtkMRMLPlotChartNode"), result)


def test_a_level_that_was_not_measured_is_not_drawn():
    by_level = index_by_level(make_screening_result()[0])
    assert set(by_level) == set(RADIOGRAMMETRY_BONES)
    assert 100 * REJECTED.level not in by_level[REJECTED.bone]
    assert len(by_level[REJECTED.bone]) == len(by_level[Bone.METACARPAL_2]) - 1


def test_the_axis_reaches_above_the_thickest_cortex(scene):
    result, radiograph = make_screening_result()
    film = add_volume(scene, radiograph.pixels[None])
    levels = [replace(level, mci=0.93) for level in result.radiogrammetry.levels]
    thick = replace(result, radiogrammetry=replace(result.radiogrammetry, levels=tuple(levels)))
    assert plot_nodes(scene, thick, film).chart.GetYAxisRange() == (0, 1)
    assert plot_nodes(scene, result, film).chart.GetYAxisRange()[1] < 1


def test_nothing_measured_leaves_an_empty_chart(scene):
    result, radiograph = make_screening_result(missing=tuple(Bone))
    nodes = build_scene(scene, result, radiograph)
    assert nodes.plot.series == ()
    assert nodes.plot.chart.GetNumberOfPlotSeriesNodes() == 0
