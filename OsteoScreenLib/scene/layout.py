"""Two views in the film's plane, film + outlines beside film + uncertainty, with the plot below on demand; and the way back.

All of it is MRML: inside Slicer the layout manager makes the views' windows when the layout node changes.
"""

from __future__ import annotations

from typing import Any, Literal

from OsteoScreenLib.scene.fit import film_view, fit_film
from OsteoScreenLib.scene.ownership import ROLE, find, nodes_of_class
from OsteoScreenLib.scene.plot import CHART
from OsteoScreenLib.scene.profiles import ROLE_PREFIX as PROFILES
from OsteoScreenLib.scene.second_display import remove_second_displays, second_display
from OsteoScreenLib.scene.shown import displays, limit_to_views, show_all, show_only, unlimit
from OsteoScreenLib.scene.uncertainty import OPACITY, ROLE_PREFIX
from OsteoScreenLib.screening.storage_uncertainty import CHANNELS

FILM_VIEW, UNCERTAINTY_VIEW, PLOT_VIEW = "OsteoScreenFilm", "OsteoScreenUncertainty", "OsteoScreenPlot"
LAYOUT_ID, PLOT_LAYOUT_ID = 74301, 74302
"""Far from Slicer's own numbers and those that other extensions use."""
VIEW_GROUP = 7430
"""Slicer links panning and zooming inside a group only, so the user's other views stay where they are."""

_COLOURS = {FILM_VIEW: (0.36, 0.60, 0.84), UNCERTAINTY_VIEW: (0.89, 0.35, 0.19)}
_LABELS = {FILM_VIEW: "F", UNCERTAINTY_VIEW: "U"}
_BEFORE = "OsteoScreen.LayoutBefore"
_CONVENTIONAL = 2  # vtkMRMLLayoutNode::SlicerLayoutConventionalView

Map = Literal["total", "between", "within"]


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02X}" for part in colour)


def _view_item(name: str) -> str:
    return (
        f'<item><view class="vtkMRMLSliceNode" singletontag="{name}">'
        f'<property name="orientation" action="default">Axial</property>'
        f'<property name="viewlabel" action="default">{_LABELS[name]}</property>'
        f'<property name="viewcolor" action="default">{_hex(_COLOURS[name])}</property>'
        f'<property name="viewgroup" action="default">{VIEW_GROUP}</property>'
        "</view></item>"
    )


LAYOUT_XML = f'<layout type="horizontal" split="true">{_view_item(FILM_VIEW)}{_view_item(UNCERTAINTY_VIEW)}</layout>'
PLOT_LAYOUT_XML = (
    f'<layout type="vertical" split="true"><item splitSize="650">{LAYOUT_XML}</item>'
    f'<item splitSize="350"><view class="vtkMRMLPlotViewNode" singletontag="{PLOT_VIEW}">'
    '<property name="viewlabel" action="default">P</property></view></item></layout>'
)


def enter_layout(scene: Any, film: Any, plot: bool = False) -> bool:
    """Show the film with its outlines and lines on the left, with its uncertainty on the right; linked, and fitted when new.

    Outlines are thin and without fill over the uncertainty; profile lines and the fill are on the left only. Outlines of other
    films are hidden. Calling it again, for this or another film, or after a new result, brings the views up to date.
    `leave_layout` gives everything back. Returns whether the film was fitted anew: then, inside Slicer, call `fit_views` once
    the windows have got their size, because Slicer keeps the zoom when it resizes a view.
    """
    register_layouts(scene)
    layout = _layout_node(scene)
    wanted = PLOT_LAYOUT_ID if plot else LAYOUT_ID
    if layout.GetViewArrangement() not in (LAYOUT_ID, PLOT_LAYOUT_ID):
        layout.SetAttribute(_BEFORE, str(layout.GetViewArrangement()))
    if layout.GetViewArrangement() != wanted:
        layout.SetViewArrangement(wanted)
    fitted = False
    for name, over in ((FILM_VIEW, None), (UNCERTAINTY_VIEW, _kept_map(scene, film))):
        view, composite = _view_nodes(scene, name)
        fresh = composite.GetBackgroundVolumeID() != film.GetID()
        _show_volumes(composite, film, over)
        if fresh:
            fit_film(view, film)
            fitted = True
    show_only(scene, film)
    _divide(scene, film)
    if plot:
        _set_chart(scene, film)
    return fitted


def leave_layout(scene: Any) -> None:
    """Give back the arrangement of views that was there before, and show outlines and lines in all views again.

    The user's other views were never touched. Does nothing where the layout was not entered.
    """
    unlimit(scene)
    remove_second_displays(scene)
    show_all(scene)
    layout = _layout_node(scene)
    if layout.GetViewArrangement() in (LAYOUT_ID, PLOT_LAYOUT_ID):
        before = layout.GetAttribute(_BEFORE) or ""
        layout.SetViewArrangement(int(before) if before.isdigit() and int(before) > 0 else _CONVENTIONAL)
    layout.RemoveAttribute(_BEFORE)


def in_layout(scene: Any) -> bool:
    """Whether the views are arranged as `enter_layout` does."""
    return _layout_node(scene).GetViewArrangement() in (LAYOUT_ID, PLOT_LAYOUT_ID)


def show_uncertainty(scene: Any, film: Any, name: Map) -> None:
    """Lay one of the uncertainty maps over the film in the right view."""
    _, composite = _view_nodes(scene, UNCERTAINTY_VIEW)
    _show_volumes(composite, film, _map(scene, film, name))


def show_plot(scene: Any, film: Any) -> None:
    """Show the plot of the film's cortical index below the two views."""
    enter_layout(scene, film, plot=True)


def fit_views(scene: Any, film: Any) -> None:
    """Show the whole film in both views again."""
    for name in (FILM_VIEW, UNCERTAINTY_VIEW):
        fit_film(_view_nodes(scene, name)[0], film)


def register_layouts(scene: Any) -> None:
    """Make both layouts known, so that a scene saved in one of them opens in it."""
    layout = _layout_node(scene)
    for number, text in ((LAYOUT_ID, LAYOUT_XML), (PLOT_LAYOUT_ID, PLOT_LAYOUT_XML)):
        if not layout.IsLayoutDescription(number):
            layout.AddLayoutDescription(number, text)


def _layout_node(scene: Any) -> Any:
    import slicer

    nodes = nodes_of_class(scene, "vtkMRMLLayoutNode")
    return nodes[0] if nodes else scene.AddNode(slicer.vtkMRMLLayoutNode())


def _view_nodes(scene: Any, name: str) -> tuple[Any, Any]:
    """The view's slice and composite nodes; made here where no layout manager has made them."""
    import slicer

    view, composite = film_view(scene, name)
    if view is None:
        view = slicer.vtkMRMLSliceNode()
        view.SetLayoutLabel(_LABELS[name])
        view.SetLayoutColor(*_COLOURS[name])
        view = _add_singleton(scene, view, name)
    view.SetViewGroup(VIEW_GROUP)
    if composite is None:
        composite = _add_singleton(scene, slicer.vtkMRMLSliceCompositeNode(), name)
    return view, composite


def _add_singleton(scene: Any, node: Any, name: str) -> Any:
    """Add the one node of its class that belongs to the view of this name."""
    node.SetLayoutName(name)
    node.SetSingletonTag(name)
    node.SetName(name)
    return scene.AddNode(node)


def _show_volumes(composite: Any, film: Any, over: Any | None) -> None:
    """Show the film, and a map over it, in one view, and link it with its neighbour's panning and zooming.

    Colour legends look at such changes only while the view is being worked with, and then a linked neighbour takes part.
    """
    composite.SetLinkedControl(False)
    flags = composite.BackgroundVolumeFlag | composite.ForegroundVolumeFlag
    composite.SetInteractionFlags(flags)
    composite.SetInteracting(True)
    first = composite.GetForegroundVolumeID() is None  # later on the opacity is the user's
    composite.SetBackgroundVolumeID(film.GetID())
    composite.SetForegroundVolumeID(None if over is None else over.GetID())
    composite.SetLabelVolumeID(None)
    if first or over is None:
        composite.SetForegroundOpacity(0.0 if over is None else OPACITY)
    composite.SetInteracting(False)
    composite.SetInteractionFlags(0)
    composite.SetLinkedControl(True)
    composite.SetHotLinkedControl(True)


def _map(scene: Any, film: Any, name: str) -> Any | None:
    return find(scene, "vtkMRMLScalarVolumeNode", f"{ROLE_PREFIX}{name}", film)


def _kept_map(scene: Any, film: Any) -> Any | None:
    """The map that is shown where it is one of this film's; else its total."""
    _, composite = _view_nodes(scene, UNCERTAINTY_VIEW)
    shown = composite.GetForegroundVolumeID()
    maps = [_map(scene, film, name) for name in CHANNELS]
    return next((each for each in maps if each is not None and each.GetID() == shown), maps[0])


def _divide(scene: Any, film: Any) -> None:
    """What belongs to the left view only, and what to the right one."""
    (left, _), (right, _) = _view_nodes(scene, FILM_VIEW), _view_nodes(scene, UNCERTAINTY_VIEW)
    for line in nodes_of_class(scene, "vtkMRMLMarkupsLineNode"):
        if (line.GetAttribute(ROLE) or "").startswith(PROFILES):
            for display in displays(line):
                limit_to_views(display, [left])
    segmentation = find(scene, "vtkMRMLSegmentationNode", "segmentation", film)
    if segmentation is not None and segmentation.GetDisplayNode() is not None:
        limit_to_views(segmentation.GetDisplayNode(), [left])
        second_display(segmentation, right)


def _set_chart(scene: Any, film: Any) -> None:
    import slicer

    view = scene.GetSingletonNode(PLOT_VIEW, "vtkMRMLPlotViewNode")
    if view is None:
        view = _add_singleton(scene, slicer.vtkMRMLPlotViewNode(), PLOT_VIEW)
    chart = find(scene, "vtkMRMLPlotChartNode", CHART, film)
    view.SetPlotChartNodeID(None if chart is None else chart.GetID())
