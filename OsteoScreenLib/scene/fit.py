"""Showing one film whole and upright in a slice view, by MRML alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.scene.images import ijk_to_ras

_MARGIN = 1.02
"""The film and a narrow rim of background."""


def fit_film(slice_node: Any, film: Any) -> None:
    """Turn a slice view into the film's plane, its first row on top and its first column left, and show all of it, centred.

    The film's (linear) transforms count. Slicer's own turning into a volume's plane starts from how the view stands.
    """
    matrix = ijk_to_world(film)
    columns, rows, _ = film.GetImageData().GetDimensions()
    right, down = matrix[:3, 0], matrix[:3, 1]
    width, height = columns * float(np.linalg.norm(right)), rows * float(np.linalg.norm(down))
    across, up = right / np.linalg.norm(right), -down / np.linalg.norm(down)
    centre = matrix @ [(columns - 1) / 2, (rows - 1) / 2, 0, 1]
    # Slicer's own axial, sagittal and coronal views are left-handed: an axial film must be called axial.
    axes = np.column_stack([across, up, np.cross(up, across)])
    target = slice_node.GetSliceToRAS()
    for row in range(3):
        for column in range(3):
            target.SetElement(row, column, axes[row, column])
        target.SetElement(row, 3, centre[row])
    view_columns, view_rows, _ = slice_node.GetDimensions()
    pixel = max(width / max(view_columns, 1), height / max(view_rows, 1)) * _MARGIN
    slice_node.SetXYZOrigin(0.0, 0.0, 0.0)
    slice_node.SetFieldOfView(pixel * view_columns, pixel * view_rows, slice_node.GetFieldOfView()[2])
    slice_node.UpdateMatrices()


def ijk_to_world(film: Any) -> np.ndarray:
    """4 x 4 matrix from (column, row, slice, 1) to world millimetres; a transform that is not linear is left out."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = ijk_to_ras(film)
    transform = film.GetParentTransformNode()
    if transform is not None and transform.IsTransformToWorldLinear():
        to_world = vtkMatrix4x4()
        transform.GetMatrixTransformToWorld(to_world)
        vtkMatrix4x4.Multiply4x4(to_world, matrix, matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def film_view(scene: Any, name: str) -> tuple[Any, Any]:
    """The slice node and the slice composite node of the view ``name``; ``None`` where the scene has them not (yet)."""
    return scene.GetSingletonNode(name, "vtkMRMLSliceNode"), scene.GetSingletonNode(name, "vtkMRMLSliceCompositeNode")
