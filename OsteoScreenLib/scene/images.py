"""Arrays on the film's grid as VTK images.

Here and in this whole room only the VTK modules that are needed are imported: ``import vtk`` loads all of them.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


def vtk_image(array: np.ndarray, image: Any = None) -> Any:
    """One slice (rows x columns) as vtkImageData, or into the image given; the pixels are copied."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData() if image is None else image
    image.SetDimensions(array.shape[1], array.shape[0], 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True))
    return image


def vtk_stack(array: np.ndarray) -> Any:
    """Slices x rows x columns as vtkImageData; the pixels are copied."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(array.shape[2], array.shape[1], array.shape[0])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True))
    return image


def oriented_image(array: np.ndarray, film: Any) -> Any:
    """One slice (rows x columns) as vtkOrientedImageData on the grid of the film's volume node."""
    import slicer

    image = vtk_image(array, slicer.vtkOrientedImageData())
    image.SetGeometryFromImageToWorldMatrix(ijk_to_ras(film))
    return image


def ijk_to_ras(film: Any) -> Any:
    """The film's matrix from (column, row, slice) to RAS millimetres (vtkMatrix4x4)."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    film.GetIJKToRASMatrix(matrix)
    return matrix


def set_pixels(volume: Any, array: np.ndarray, geometry: Any) -> None:
    """Give a volume node pixels (rows x columns) and an IJKToRAS matrix."""
    volume.SetAndObserveImageData(vtk_image(array))
    volume.SetIJKToRASMatrix(geometry)


def image_array(image: Any) -> np.ndarray:
    """The pixels of a vtkImageData as slices x rows x columns [x components], sharing its memory."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    columns, rows, slices = image.GetDimensions()
    values = vtk_to_numpy(image.GetPointData().GetScalars())
    return values.reshape((slices, rows, columns, *values.shape[1:]))


def pixels_sha256(node: Any) -> str:
    """SHA-256 of a volume node's pixels, their type and their arrangement; empty for a node without pixels."""
    image = node.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        return ""
    pixels = image_array(image)
    digest = hashlib.sha256(f"{pixels.dtype.str} {pixels.shape}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def shifted_geometry(volume: Any, index: int) -> Any:
    """The IJKToRAS matrix of slice ``index`` of a volume node (vtkMatrix4x4)."""
    matrix = ijk_to_ras(volume)
    origin = matrix.MultiplyPoint((0.0, 0.0, float(index), 1.0))
    for axis in range(3):
        matrix.SetElement(axis, 3, origin[axis])
    return matrix


def compact(pixels: np.ndarray) -> np.ndarray:
    """The pixels as 16-bit integers where that loses nothing, else float32: a film is read and saved in half the space."""
    low, high = float(pixels.min()), float(pixels.max())
    for kind in (np.int16, np.uint16):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            whole = pixels.astype(kind)
            if np.array_equal(whole, pixels):
                return whole
    return pixels.astype(np.float32, copy=False)
