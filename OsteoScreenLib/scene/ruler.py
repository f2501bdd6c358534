"""The size of a pixel from a line that the user drew along something of known length."""

from __future__ import annotations

import math
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.spacing import user_spacing
from OsteoScreenLib.scene.images import ijk_to_ras

_SHORTEST_PX = 10.0
"""A shorter line gives the size of a pixel only to ten per cent or worse."""
_REMEDY = "Draw the line again, along something of known length on the film"


def spacing_from_line(line_node: Any, film: Any, length_mm: float) -> float:
    """Millimetres per pixel: ``length_mm`` over the line's length in pixels of the film, which are taken to be square.

    Raises `UsageError` for a length or a spacing that makes no sense, a line without two points, of (almost) no length, or with
    an end beside the film.
    """
    if not (isinstance(length_mm, (int, float)) and math.isfinite(length_mm) and length_mm > 0):
        raise UsageError("length", f"{length_mm!r} is no length", "Give the line's length in millimetres")
    name = line_node.GetName() or "Line"
    defined = [index for index in range(line_node.GetNumberOfControlPoints()) if _is_defined(line_node, index)]
    if len(defined) != 2:
        raise UsageError(name, f"has {len(defined)} of two end points", _REMEDY)
    (row, column), (other_row, other_column) = (_pixel(line_node, index, film, name) for index in defined)
    pixels = math.hypot(other_row - row, other_column - column)
    if pixels < _SHORTEST_PX:
        raise UsageError(name, f"is {pixels:.1f} pixels long, too short to measure with", _REMEDY)
    spacing = length_mm / pixels
    try:
        user_spacing(spacing)
    except UsageError as error:
        fault = f"would make a pixel {spacing:.4g} mm large, which no radiograph has"
        raise UsageError(name, fault, "Check the length and both ends of the line") from error
    return spacing


def _is_defined(line_node: Any, index: int) -> bool:
    return bool(line_node.GetNthControlPointPositionStatus(index) == line_node.PositionDefined)


def _pixel(line_node: Any, index: int, film: Any, name: str) -> tuple[float, float]:
    """(row, column) of an end point on the film."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    position = list(line_node.GetNthControlPointPositionWorld(index))
    if film.GetParentTransformNode() is not None:
        from_world = vtkMatrix4x4()
        film.GetParentTransformNode().GetMatrixTransformFromWorld(from_world)
        position = list(from_world.MultiplyPoint((*position, 1.0))[:3])
    matrix = ijk_to_ras(film)
    matrix.Invert()
    column, row, _, _ = matrix.MultiplyPoint((*position, 1.0))
    columns, rows, _ = film.GetImageData().GetDimensions()
    if not (-0.5 <= column <= columns - 0.5 and -0.5 <= row <= rows - 0.5):
        raise UsageError(name, "has an end beside the film", _REMEDY)
    return row, column
