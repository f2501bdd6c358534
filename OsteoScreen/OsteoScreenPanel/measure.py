"""A line over something of known length, from which the pixel spacing follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from OsteoScreenLib.scene.ownership import ROLE

_NAME = "OsteoScreen known length"


class KnownLength:
    """A line node that the user draws in a slice view. ``changed`` is called whenever one of its ends is set or moved."""

    def __init__(self, scene: Any, changed: Callable[[], None]) -> None:
        self._scene = scene
        self._changed = changed
        self._line: Any = None
        self._tags: list[int] = []

    @property
    def active(self) -> bool:
        """Whether a line is being drawn or lies there."""
        return self._line is not None and bool(self._scene.IsNodePresent(self._line))

    @property
    def complete(self) -> bool:
        """Whether both of its ends are set."""
        return self.active and self._line.GetNumberOfDefinedControlPoints() == 2

    @property
    def line(self) -> Any:
        """The line's node."""
        return self._line

    def start(self) -> None:
        """Make the line and let the next two clicks in a slice view set its ends."""
        self.remove()
        self._line = self._scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", _NAME)
        self._line.SetSaveWithScene(False)
        # As of every node of ours, the panel hears when somebody deletes it.
        self._line.SetAttribute(ROLE, "known length")
        self._line.CreateDefaultDisplayNodes()
        for event in (
            self._line.PointPositionDefinedEvent,
            self._line.PointModifiedEvent,
            self._line.PointPositionUndefinedEvent,
        ):
            self._tags.append(self._line.AddObserver(event, self._on_point))
        selection = self._scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        interaction = self._scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        if selection is not None and interaction is not None:
            selection.SetReferenceActivePlaceNodeClassName("vtkMRMLMarkupsLineNode")
            selection.SetActivePlaceNodeID(self._line.GetID())
            interaction.SetPlaceModePersistence(0)
            interaction.SetCurrentInteractionMode(interaction.Place)

    def remove(self) -> None:
        """Take the line away, and leave the mode of placing where it is still on."""
        if self._line is None:
            return
        for tag in self._tags:
            self._line.RemoveObserver(tag)
        self._tags = []
        line, self._line = self._line, None
        if self._scene.IsNodePresent(line):
            interaction = self._scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
            if interaction is not None and interaction.GetCurrentInteractionMode() == interaction.Place:
                interaction.SetCurrentInteractionMode(interaction.ViewTransform)
            self._scene.RemoveNode(line)

    def _on_point(self, caller: Any, event: str) -> None:
        self._changed()
