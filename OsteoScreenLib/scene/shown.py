"""Whose outlines and lines are seen where: films lie in the same place, so two films' outlines would cover each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from OsteoScreenLib.scene.ownership import FILM_REFERENCE, ROLE, nodes_of_class

_VISIBLE_BEFORE = "OsteoScreen.VisibleBefore"
_VIEWS_BEFORE = "OsteoScreen.ViewsBefore"
_CLASSES = ("vtkMRMLSegmentationNode", "vtkMRMLMarkupsLineNode")


def show_only(scene: Any, film: Any) -> None:
    """Hide the outlines and lines of every other film, until `show_all`; what the user had hidden stays hidden then."""
    for node in _drawn(scene):
        for display in displays(node):
            if node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
                _show_again(display)
            elif display.GetAttribute(_VISIBLE_BEFORE) is None:
                display.SetAttribute(_VISIBLE_BEFORE, str(int(display.GetVisibility())))
                display.SetVisibility(False)


def show_all(scene: Any) -> None:
    """Show what `show_only` has hidden."""
    for node in _drawn(scene):
        for display in displays(node):
            _show_again(display)


def limit_to_views(display: Any, views: list[Any]) -> None:
    """Show a display node in these views only, until `unlimit`."""
    if display.GetAttribute(_VIEWS_BEFORE) is None:
        before = [display.GetNthViewNodeID(index) for index in range(display.GetNumberOfViewNodeIDs())]
        display.SetAttribute(_VIEWS_BEFORE, json.dumps(before))
    _set_views(display, [view.GetID() for view in views])


def unlimit(scene: Any) -> None:
    """Give every limited display node the views it had before."""
    for display in nodes_of_class(scene, "vtkMRMLDisplayNode"):
        before = display.GetAttribute(_VIEWS_BEFORE)
        if before is not None:
            display.RemoveAttribute(_VIEWS_BEFORE)
            _set_views(display, [view for view in json.loads(before) if scene.GetNodeByID(view) is not None])


def displays(node: Any) -> list[Any]:
    """The display nodes of a displayable node."""
    found = [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    return [display for display in found if display is not None]


def _drawn(scene: Any) -> Iterator[Any]:
    for name in _CLASSES:
        yield from (node for node in nodes_of_class(scene, name) if node.GetAttribute(ROLE) is not None)


def _show_again(display: Any) -> None:
    before = display.GetAttribute(_VISIBLE_BEFORE)
    if before is not None:
        display.RemoveAttribute(_VISIBLE_BEFORE)
        display.SetVisibility(before == "1")


def _set_views(display: Any, views: list[str]) -> None:
    display.RemoveAllViewNodeIDs()
    for view in views:
        display.AddViewNodeID(view)
