"""The two views of a result, and the way back to what the user had."""

from xml.etree import ElementTree

import pytest

from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.layout import (
    FILM_VIEW,
    LAYOUT_ID,
    LAYOUT_XML,
    PLOT_LAYOUT_ID,
    PLOT_LAYOUT_XML,
    PLOT_VIEW,
    UNCERTAINTY_VIEW,
    enter_layout,
    in_layout,
    leave_layout,
    show_plot,
    show_uncertainty,
)
from OsteoScreenLib.scene.ownership import find, nodes_of_class
from OsteoScreenLib.scene.restore import films_with_results
from Testing.scene_films import add_volume, node_counts, saved_and_opened
from Testing.screening_results import make_screening_result

ONE_RED = 6


@pytest.fixture
def arranged(scene):
    """A scene with Slicer's own layout logic in it, the user's Red view in use, and one result."""
    import slicer

    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(scene)
    logic.GetLayoutNode().SetViewArrangement(ONE_RED)
    red = slicer.vtkMRMLSliceLogic()
    red.SetMRMLScene(scene)
    red.SetSliceNode(scene.GetSingletonNode("Red", "vtkMRMLSliceNode"))
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    red.GetSliceCompositeNode().SetBackgroundVolumeID(nodes.measurements.GetID())
    yield nodes
    red.SetMRMLScene(None)
    logic.SetMRMLScene(None)


def _views(scene):
    return [
        (scene.GetSingletonNode(name, "vtkMRMLSliceNode"), scene.GetSingletonNode(name, "vtkMRMLSliceCompositeNode"))
        for name in (FILM_VIEW, UNCERTAINTY_VIEW)
    ]


def _arrangement(scene):
    return scene.GetFirstNodeByClass("vtkMRMLLayoutNode").GetViewArrangement()


def _state_of_users_view(scene):
    view, composite = (scene.GetSingletonNode("Red", f"vtkMRMLSlice{kind}Node") for kind in ("", "Composite"))
    matrix = view.GetSliceToRAS()
    return (
        [matrix.GetElement(row, column) for row in range(4) for column in range(4)],
        view.GetFieldOfView(),
        view.GetViewGroup(),
        composite.GetBackgroundVolumeID(),
        composite.GetForegroundVolumeID(),
        composite.GetForegroundOpacity(),
        composite.GetLinkedControl(),
    )


def test_film_and_uncertainty_side_by_side(scene, arranged):
    enter_layout(scene, arranged.film)
    assert in_layout(scene)
    (left, film_only), (right, with_map) = _views(scene)
    assert film_only.GetBackgroundVolumeID() == with_map.GetBackgroundVolumeID() == arranged.film.GetID()
    assert film_only.GetForegroundVolumeID() is None
    assert with_map.GetForegroundVolumeID() == arranged.uncertainty["total"].GetID()
    assert with_map.GetForegroundOpacity() == pytest.approx(0.45)
    assert left.GetLayoutLabel() == "F"
    assert right.GetLayoutLabel() == "U"
    assert left.GetLayoutColor() != right.GetLayoutColor()


def test_the_views_pan_and_zoom_together_and_alone(scene, arranged):
    enter_layout(scene, arranged.film)
    (left, film_only), (right, with_map) = _views(scene)
    assert all(each.GetLinkedControl() and each.GetHotLinkedControl() for each in (film_only, with_map))
    assert left.GetViewGroup() == right.GetViewGroup()
    assert left.GetViewGroup() != scene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetViewGroup()


def test_lines_and_fill_are_on_the_left_only_thin_outlines_on_the_right(scene, arranged):
    enter_layout(scene, arranged.film)
    (left, _), (right, _) = _views(scene)
    for line in arranged.profiles:
        assert line.GetDisplayNode().IsDisplayableInView(left.GetID())
        assert not line.GetDisplayNode().IsDisplayableInView(right.GetID())
    first, second = (arranged.segmentation.GetNthDisplayNode(index) for index in range(2))
    assert first.IsDisplayableInView(left.GetID())
    assert not first.IsDisplayableInView(right.GetID())
    assert second.IsDisplayableInView(right.GetID())
    assert not second.IsDisplayableInView(left.GetID())
    assert first.GetVisibility2DFill()
    assert not second.GetVisibility2DFill()
    assert second.GetVisibility2DOutline()
    assert second.GetSliceIntersectionThickness() < first.GetSliceIntersectionThickness()


def test_leaving_gives_everything_back(scene, arranged):
    before = _state_of_users_view(scene)
    display = arranged.segmentation.GetDisplayNode()
    red = scene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetID()
    arranged.profiles[0].GetDisplayNode().SetViewNodeIDs((red,))
    enter_layout(scene, arranged.film)
    enter_layout(scene, arranged.film)
    leave_layout(scene)
    assert not in_layout(scene)
    assert _arrangement(scene) == ONE_RED
    assert _state_of_users_view(scene) == before
    assert arranged.segmentation.GetNumberOfDisplayNodes() == 1
    assert arranged.segmentation.GetDisplayNode() is display
    assert display.GetNumberOfViewNodeIDs() == 0
    assert arranged.profiles[0].GetDisplayNode().GetViewNodeIDs() == (red,)
    assert all(line.GetDisplayNode().GetNumberOfViewNodeIDs() == 0 for line in arranged.profiles[1:])
    leave_layout(scene)
    assert _arrangement(scene) == ONE_RED


def test_entering_again_and_again_never_multiplies_nodes(scene, arranged):
    enter_layout(scene, arranged.film)
    show_plot(scene, arranged.film)
    inside = node_counts(scene)
    leave_layout(scene)
    outside = node_counts(scene)
    for _ in range(3):
        enter_layout(scene, arranged.film)
        build_scene(scene, make_screening_result()[0], film=arranged.film)
        show_plot(scene, arranged.film)
        assert node_counts(scene) == inside
        leave_layout(scene)
        assert node_counts(scene) == outside


def test_the_users_view_of_the_film_is_kept_until_another_film_comes(scene, arranged):
    enter_layout(scene, arranged.film)
    (left, _), (_, with_map) = _views(scene)
    left.SetFieldOfView(1, 2, 1)
    show_uncertainty(scene, arranged.film, "within")
    with_map.SetForegroundOpacity(0.8)
    assert not enter_layout(scene, arranged.film)
    assert with_map.GetForegroundOpacity() == 0.8
    assert left.GetFieldOfView() == (1, 2, 1)
    assert with_map.GetForegroundVolumeID() == arranged.uncertainty["within"].GetID()
    result, radiograph = make_screening_result((120, 100))
    other = build_scene(scene, result, film=add_volume(scene, radiograph.pixels[None], name="Other"))
    assert enter_layout(scene, other.film)
    assert left.GetFieldOfView() != (1, 2, 1)
    assert with_map.GetForegroundVolumeID() == other.uncertainty["total"].GetID()


def test_only_the_shown_films_outlines_and_lines_are_seen(scene, arranged):
    result, radiograph = make_screening_result((120, 100))
    other = build_scene(scene, result, film=add_volume(scene, radiograph.pixels[None], name="Other"))
    arranged.profiles[0].GetDisplayNode().SetVisibility(False)  # by the user
    drawn = [[nodes.segmentation, *nodes.profiles[1:]] for nodes in (arranged, other)]

    def seen():
        return [{bool(node.GetDisplayNode().GetVisibility()) for node in nodes} for nodes in drawn]

    enter_layout(scene, arranged.film)
    assert seen() == [{True}, {False}]
    enter_layout(scene, other.film)
    assert seen() == [{False}, {True}]
    leave_layout(scene)
    assert seen() == [{True}, {True}]
    assert not arranged.profiles[0].GetDisplayNode().GetVisibility()


def test_the_plot_is_shown_below(scene, arranged):
    show_plot(scene, arranged.film)
    assert _arrangement(scene) == PLOT_LAYOUT_ID
    view = scene.GetSingletonNode(PLOT_VIEW, "vtkMRMLPlotViewNode")
    assert view.GetPlotChartNode() is arranged.plot.chart
    enter_layout(scene, arranged.film)
    assert _arrangement(scene) == LAYOUT_ID
    leave_layout(scene)
    assert _arrangement(scene) == ONE_RED


def test_a_film_without_a_result_is_shown_alone(scene):
    import slicer

    before = scene.AddNode(slicer.vtkMRMLLayoutNode()).GetViewArrangement()
    film = add_volume(scene, make_screening_result()[1].pixels[None])
    enter_layout(scene, film)
    (_, film_only), (_, with_map) = _views(scene)
    assert film_only.GetBackgroundVolumeID() == with_map.GetBackgroundVolumeID() == film.GetID()
    assert with_map.GetForegroundVolumeID() is None
    leave_layout(scene)
    assert _arrangement(scene) == before


@pytest.mark.parametrize(("text", "views"), [(LAYOUT_XML, 2), (PLOT_LAYOUT_XML, 3)])
def test_the_descriptions_name_each_view_once(text, views):
    names = [view.get("singletontag") for view in ElementTree.fromstring(text).iter("view")]
    assert len(names) == len(set(names)) == views


def test_a_scene_saved_in_the_layout_can_be_left_when_it_is_opened(scene):
    import slicer

    scene.AddNode(slicer.vtkMRMLLayoutNode()).SetViewArrangement(ONE_RED)
    result, radiograph = make_screening_result()
    enter_layout(scene, build_scene(scene, result, radiograph).film)
    with saved_and_opened(scene):
        (film,) = films_with_results(scene)
        enter_layout(scene, film)
        segmentation = find(scene, "vtkMRMLSegmentationNode", "segmentation", film)
        assert segmentation.GetNumberOfDisplayNodes() == 2
        leave_layout(scene)
        assert segmentation.GetNumberOfDisplayNodes() == 1
        lines = nodes_of_class(scene, "vtkMRMLMarkupsLineNode")
        assert len(lines) == 2 * len(result.radiogrammetry.levels)
        for node in (segmentation, *lines):
            assert node.GetDisplayNode().GetNumberOfViewNodeIDs() == 0
            assert node.GetDisplayNode().GetVisibility()
