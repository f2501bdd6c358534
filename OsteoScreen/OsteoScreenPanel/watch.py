"""Tells the panel that something in the scene changed which it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
import vtk

from OsteoScreenLib.scene.ownership import ROLE


class SceneWatch:
    """Watches a film, its outlines, and the arrangement of the views.

    ``changed`` is called soon after any number of changes; ``film_gone`` at once when the film is removed from the scene.
    """

    def __init__(self, scene: Any, later: Any, changed: Callable[[], None], film_gone: Callable[[], None]) -> None:
        self._scene = scene
        self._later = later
        self._changed = changed
        self._film_gone = film_gone
        self._film: Any = None
        self._outlines: Any = None
        self._tags: list[tuple[Any, int]] = []
        self._due: Any = None
        self._scene_tag = scene.AddObserver(scene.NodeRemovedEvent, self._on_removed)

    def watch(self, film: Any | None, outlines: Any | None) -> None:
        """Watch these two nodes from now on, and no others."""
        if film is self._film and outlines is self._outlines:
            return
        self._forget()
        self._film, self._outlines = film, outlines
        if film is not None:
            for event in (vtk.vtkCommand.ModifiedEvent, film.ImageDataModifiedEvent, film.TransformModifiedEvent):
                self._observe(film, event)
            layout = self._scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
            if layout is not None:
                self._observe(layout, vtk.vtkCommand.ModifiedEvent)
        if outlines is not None:
            segmentation, kind = outlines.GetSegmentation(), slicer.vtkSegmentation
            self._observe(outlines, outlines.TransformModifiedEvent)
            for event in (kind.SourceRepresentationModified, kind.SegmentAdded, kind.SegmentRemoved):
                self._observe(segmentation, event)

    def close(self) -> None:
        """Let go of everything."""
        self._forget()
        if self._scene_tag is not None:
            self._scene.RemoveObserver(self._scene_tag)
            self._scene_tag = None

    def _observe(self, source: Any, event: Any) -> None:
        self._tags.append((source, source.AddObserver(event, self._on_change)))

    def _forget(self) -> None:
        for source, tag in self._tags:
            source.RemoveObserver(tag)
        self._tags = []
        self._film = self._outlines = None
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _on_change(self, caller: Any, event: str) -> None:
        if self._due is None:
            self._due = self._later.call_later(0.2, self._tell)

    def _tell(self) -> None:
        self._due = None
        self._changed()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_removed(self, caller: Any, event: str, node: Any) -> None:
        if self._film is not None and not self._scene.IsNodePresent(self._film):
            self._forget()
            self._film_gone()
        elif node is self._outlines or node.GetAttribute(ROLE) is not None:
            # A part of a result, or what was drawn by the panel.
            self._on_change(caller, event)
