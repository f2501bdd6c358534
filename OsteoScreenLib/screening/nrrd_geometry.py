"""Where a film lies in space: the geometry that Slicer gives it when it loads the film itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.radiograph.values import Spacing


def volume_spacing(spacing: Spacing) -> tuple[float, float, float]:
    """Spacing of the film as a volume of one slice: column, row, 1 in millimetres; 1.0 where it is not trusted."""
    if not spacing.trusted or spacing.row_mm is None or spacing.column_mm is None:
        return (1.0, 1.0, 1.0)
    return (float(spacing.column_mm), float(spacing.row_mm), 1.0)


def space_fields(spacing: Spacing, leading_axes: int) -> dict[str, Any]:
    """NRRD header fields of an array of ``leading_axes`` + (columns, rows, 1) axes, fastest axis first.

    Columns run to the patient's left and rows to posterior (IJKToRAS diag(-column, -row, 1)), so that the film stands
    upright in Slicer's Red view, exactly as when Slicer reads a film without orientation tags.
    """
    directions = np.full((leading_axes + 3, 3), np.nan)
    directions[leading_axes:] = np.diag(volume_spacing(spacing))
    return {"space": "left-posterior-superior", "space directions": directions, "space origin": np.zeros(3)}


def geometry_text(shape: tuple[int, ...], spacing: Spacing) -> str:
    """The film's grid (rows, columns) in Slicer's text form: the IJKToRAS matrix row by row, then the extent, joined by ``;``.

    As in vtkSegmentationConverter::SerializeImageGeometry.
    """
    column_mm, row_mm, slice_mm = volume_spacing(spacing)
    matrix = np.diag([-column_mm, -row_mm, slice_mm, 1.0])
    extent = (0, shape[1] - 1, 0, shape[0] - 1, 0, 0)
    numbers = [f"{value + 0.0:.17g}" for value in matrix.ravel()] + [str(value) for value in extent]
    return ";".join(numbers) + ";"


def shape_in_geometry_text(text: str) -> tuple[int, int]:
    """Rows and columns of a grid in Slicer's text form (`geometry_text`). Raises ValueError where it is none."""
    numbers = text.strip(";").split(";")
    first_column, last_column, first_row, last_row = (int(number) for number in numbers[16:20])
    return (last_row - first_row + 1, last_column - first_column + 1)
