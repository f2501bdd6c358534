"""A result as nodes of a MRML scene, inside Slicer or without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.scene.film import check_grid, film_node
from OsteoScreenLib.scene.hierarchy import put_into_folder
from OsteoScreenLib.scene.profiles import profile_nodes
from OsteoScreenLib.scene.segmentation import segmentation_node
from OsteoScreenLib.scene.statement import statement_node
from OsteoScreenLib.scene.table import bone_table, measurement_table
from OsteoScreenLib.scene.uncertainty import uncertainty_nodes
from OsteoScreenLib.screening.values import ScreeningResult


@dataclass(frozen=True)
class SceneNodes:
    """The MRML nodes of one result; ``folder`` is their subject hierarchy item.

    ``uncertainty`` has the keys total, between and within; ``profiles`` two line nodes (W, d) per measured level.
    """

    film: Any
    segmentation: Any
    uncertainty: dict[str, Any]
    measurements: Any
    bones: Any
    profiles: tuple[Any, ...]
    statement: Any
    folder: int


def build_scene(scene: Any, result: ScreeningResult, radiograph: Radiograph, film: Any | None = None) -> SceneNodes:
    """Write a result into a vtkMRMLScene, on the grid of the film.

    ``film`` is the volume node that was screened, where there is one: its pixels, geometry, transform and display are
    left alone. Otherwise the film's node is made from the radiograph. Calling this again for the same film updates
    the nodes and adds none. Nothing but the scene is needed, so it works inside Slicer and with slicer-core.

    Raises `OutputError` where the node is not of the film's size.
    """
    node = film if film is not None else film_node(scene, radiograph)
    check_grid(node, result.film.shape)
    segmentation = segmentation_node(scene, result.segmentation, result.film.laterality, node)
    uncertainty = uncertainty_nodes(scene, result.segmentation.uncertainty, node)
    measurements = measurement_table(scene, result, node)
    bones = bone_table(scene, result, node)
    profiles = profile_nodes(scene, result.radiogrammetry, node, result.film.spacing.trusted)
    statement = statement_node(scene, result, node)
    for each in (segmentation, *uncertainty.values(), *profiles):
        each.SetAndObserveTransformNodeID(node.GetTransformNodeID())
    folder = put_into_folder(scene, node, [statement, segmentation, *uncertainty.values(), measurements, bones], profiles)
    return SceneNodes(
        film=node,
        segmentation=segmentation,
        uncertainty=uncertainty,
        measurements=measurements,
        bones=bones,
        profiles=tuple(profiles),
        statement=statement,
        folder=folder,
    )
