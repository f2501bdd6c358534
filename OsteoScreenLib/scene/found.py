"""The nodes of a film's result, found in the scene."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.build import SceneNodes
from OsteoScreenLib.scene.ownership import FILM_REFERENCE, ROLE, nodes_of_class
from OsteoScreenLib.scene.plot import CHART, SERIES_PREFIX, TABLE, PlotNodes
from OsteoScreenLib.scene.profiles import ROLE_PREFIX as PROFILES
from OsteoScreenLib.scene.uncertainty import ROLE_PREFIX as UNCERTAINTY

_CLASSES = (
    "vtkMRMLScalarVolumeNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLTableNode",
    "vtkMRMLMarkupsLineNode",
    "vtkMRMLPlotChartNode",
    "vtkMRMLPlotSeriesNode",
    "vtkMRMLTextNode",
)


def nodes_of(scene: Any, film: Any) -> SceneNodes | None:
    """The nodes that `build_scene` made for the film, after loading a scene too; ``None`` where there is no result.

    A node that was deleted since is ``None``, or missing among several.
    """
    found = {
        node.GetAttribute(ROLE): node
        for name in _CLASSES
        for node in nodes_of_class(scene, name)
        if node.GetAttribute(ROLE) and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID()
    }
    if "statement" not in found:
        return None
    return SceneNodes(
        film=film,
        segmentation=found.get("segmentation"),
        uncertainty=_by_prefix(found, UNCERTAINTY),
        measurements=found.get("table.measurements"),
        bones=found.get("table.bones"),
        profiles=tuple(_by_prefix(found, PROFILES).values()),
        plot=PlotNodes(found.get(CHART), tuple(_by_prefix(found, SERIES_PREFIX).values()), found.get(TABLE)),
        statement=found["statement"],
        folder=_folder(scene, found["statement"]),
    )


def _by_prefix(found: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {role.removeprefix(prefix): node for role, node in found.items() if role.startswith(prefix)}


def _folder(scene: Any, node: Any) -> int:
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    return int(hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)))
