"""The outlines once more, thin and without fill, for the view that shows what lies under them."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class

_ROLE = "segmentation.thin"
_OUTLINE_OPACITY = 0.15


def second_display(segmentation: Any, view: Any) -> Any:
    """The segmentation's second display node, for ``view`` only: visibility and colours as in the first, outlines thin."""
    import slicer

    scene, first = segmentation.GetScene(), segmentation.GetDisplayNode()
    display = _find(segmentation)
    if display is None:
        display = scene.AddNode(slicer.vtkMRMLSegmentationDisplayNode())
        segmentation.AddAndObserveDisplayNodeID(display.GetID())
    display.CopyContent(first)  # attributes too
    for name in list(display.GetAttributeNames()):
        display.RemoveAttribute(name)
    display.SetAttribute(ROLE, _ROLE)
    display.SetVisibility2DFill(False)
    display.SetOpacity2DOutline(_OUTLINE_OPACITY)
    display.SetSliceIntersectionThickness(1)
    display.SetVisibility3D(False)
    display.RemoveAllViewNodeIDs()
    display.AddViewNodeID(view.GetID())
    return display


def remove_second_displays(scene: Any) -> None:
    """Remove the second display node of every segmentation."""
    for display in nodes_of_class(scene, "vtkMRMLSegmentationDisplayNode"):
        if display.GetAttribute(ROLE) == _ROLE:
            scene.RemoveNode(display)


def _find(segmentation: Any) -> Any:
    for index in range(segmentation.GetNumberOfDisplayNodes()):
        display = segmentation.GetNthDisplayNode(index)
        if display is not None and display.GetAttribute(ROLE) == _ROLE:
            return display
    return None
