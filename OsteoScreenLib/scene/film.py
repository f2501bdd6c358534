"""The film as a scalar volume."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Radiograph, Spacing
from OsteoScreenLib.scene.images import compact, set_pixels
from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class, safe_name
from OsteoScreenLib.screening.nrrd_geometry import volume_spacing

SOURCE = "OsteoScreen.SourceSHA256"


def film_node(scene: Any, radiograph: Radiograph) -> Any:
    """The film's own volume node, made where the scene has none of this film (by the hash of its file).

    Spacing is (column, row, 1) in millimetres, 1.0 where it is not trusted; the film stands upright in the Red view.
    Window and level are set once, from the radiograph, and then left to the user.
    """
    node = _find(scene, radiograph.source.sha256)
    if made := node is None:
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", safe_name(PurePath(radiograph.source.name).stem))
        node.SetAttribute(ROLE, "film")
        node.SetAttribute(SOURCE, radiograph.source.sha256)
    set_pixels(node, compact(radiograph.pixels), _geometry(radiograph.spacing))
    if made:
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevelMinMax(*radiograph.window)
        display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    return node


def check_grid(film: Any, shape: tuple[int, int]) -> None:
    """Raise `OutputError` where a volume node is not one slice of ``shape`` (rows, columns)."""
    image = film.GetImageData()
    size = image.GetDimensions() if image is not None else (0, 0, 0)
    if size != (shape[1], shape[0], 1):
        fault = f"is {size[0]} x {size[1]} x {size[2]} pixels, the result is of {shape[1]} x {shape[0]} x 1"
        raise OutputError(film.GetName(), fault, "Choose the film that was screened")


def _find(scene: Any, sha256: str) -> Any:
    for node in nodes_of_class(scene, "vtkMRMLScalarVolumeNode"):
        if node.GetAttribute(ROLE) == "film" and node.GetAttribute(SOURCE) == sha256:
            return node
    return None


def _geometry(spacing: Spacing) -> Any:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    column_mm, row_mm, slice_mm = volume_spacing(spacing)
    matrix = vtkMatrix4x4()
    for axis, size in enumerate((-column_mm, -row_mm, slice_mm)):
        matrix.SetElement(axis, axis, size)
    return matrix
