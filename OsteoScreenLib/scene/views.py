"""What is seen first when the scene is opened: the film, its outlines, and the uncertainty over it."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.build import SceneNodes
from OsteoScreenLib.scene.uncertainty import OPACITY

_ONE_UP_RED = 6  # vtkMRMLLayoutNode::SlicerLayoutOneUpRedSliceView
_WINDOW = (1000, 800)
"""Assumed size of the view in screen pixels; Slicer keeps the zoom when its own view is of another size."""


def show_in_red_view(scene: Any, nodes: SceneNodes) -> Any:
    """Show one film in a single Red view, fitted; for scenes that are written, not for a user's own Slicer.

    Returns the slice logic.
    """
    import slicer

    layout = slicer.vtkMRMLLayoutLogic()
    layout.SetMRMLScene(scene)
    layout.GetLayoutNode().SetViewArrangement(_ONE_UP_RED)
    view = scene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLScene(scene)
    logic.SetSliceNode(view)
    view.SetDimensions(*_WINDOW, 1)
    composite = logic.GetSliceCompositeNode()
    composite.SetBackgroundVolumeID(nodes.film.GetID())
    composite.SetForegroundVolumeID(nodes.uncertainty["total"].GetID())
    composite.SetForegroundOpacity(OPACITY)
    view.RotateToVolumePlane(nodes.film)
    logic.FitSliceToAll()
    return logic
