"""A result as nodes of a MRML scene, inside Slicer or without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.scene.film import check_grid, film_node
from OsteoScreenLib.scene.hierarchy import put_into_folder
from OsteoScreenLib.scene.plot import PlotNodes, plot_nodes
from OsteoScreenLib.scene.profiles import profile_nodes
from OsteoScreenLib.scene.segmentation import segmentation_node
from OsteoScreenLib.scene.statement import statement_node
from OsteoScreenLib.scene.store import store_result
from OsteoScreenLib.scene.table import bone_table, measurement_table
from OsteoScreenLib.scene.uncertainty import uncertainty_nodes
from OsteoScreenLib.screening.values import ScreeningResult


@dataclass(frozen=True)
class SceneNodes:
    """The MRML nodes of one result; ``folder`` is their subject hierarchy item.

    ``uncertainty`` has the keys total, between and within; ``profiles`` two line nodes (W, d) per measured level.
    The whole result lies in hidden nodes besides (`store_result`), from which `result_of` and `result_currency` read it.
    """

    film: Any
    segmentation: Any
    uncertainty: dict[str, Any]
    measurements: Any
    bones: Any
    profiles: tuple[Any, ...]
    plot: PlotNodes
    statement: Any
    folder: int


def build_scene(
    scene: Any,
    result: ScreeningResult,
    radiograph: Radiograph | None = None,
    film: Any | None = None,
    state: dict[str, Any] | None = None,
) -> SceneNodes:
    """Write a result into a vtkMRMLScene, on the grid of the film.

    ``film`` is the volume node that was screened, where there is one: its pixels, geometry, transform and display are
    left alone. Otherwise the film's node is made from the radiograph. ``state`` is what `film_state` said of the node when its
    pixels were taken, where that is a while ago. Calling this again for the same film updates the nodes and adds none; what
    the user set on their displays stays. Nothing but the scene is needed, so it works inside Slicer and with slicer-core.

    Raises `OutputError` where the node is not of the film's size, or neither a node nor a radiograph is given.
    """
    if film is not None:
        node = film
    elif radiograph is not None:
        node = film_node(scene, radiograph)
    else:
        raise OutputError("Film", "is not given", "Give the volume node that was screened, or the radiograph")
    check_grid(node, result.film.shape)
    segmentation = segmentation_node(scene, result.segmentation, result.film.laterality, node)
    uncertainty = uncertainty_nodes(scene, result.segmentation.uncertainty, node)
    measurements = measurement_table(scene, result, node)
    bones = bone_table(scene, result, node)
    profiles = profile_nodes(scene, result.radiogrammetry, node, result.film.spacing.trusted)
    plot = plot_nodes(scene, result, node)
    statement = statement_node(scene, result, node)
    for each in (segmentation, *uncertainty.values(), *profiles):
        each.SetAndObserveTransformNodeID(node.GetTransformNodeID())
    seen = [statement, segmentation, *uncertainty.values(), measurements, bones, plot.chart, *plot.series]
    folder = put_into_folder(scene, node, seen, profiles)
    store_result(scene, result, node, state)
    return SceneNodes(
        film=node,
        segmentation=segmentation,
        uncertainty=uncertainty,
        measurements=measurements,
        bones=bones,
        profiles=tuple(profiles),
        plot=plot,
        statement=statement,
        folder=folder,
    )
