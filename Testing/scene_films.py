"""Volume nodes as Slicer makes them of films, and saved scenes opened again, for tests of the scene."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory

import numpy as np


def add_volume(scene, pixels, *, spacing=(1.0, 1.0, 1.0), name="Film", class_name="vtkMRMLScalarVolumeNode"):
    """A volume node of ``pixels`` (slices x rows x columns [x components]), upright as Slicer loads a film.

    ``spacing`` is (column, row, slice).
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(pixels.shape[2], pixels.shape[1], pixels.shape[0])
    flat = np.ascontiguousarray(pixels).reshape(-1, *pixels.shape[3:])
    image.GetPointData().SetScalars(numpy_to_vtk(flat, deep=True))
    node = scene.AddNewNodeByClass(class_name, name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    node.SetSpacing(*spacing)
    node.CreateDefaultDisplayNodes()
    return node


@contextmanager
def saved_and_opened(scene):
    """Save the scene as MRB, empty it, and open the file in it: what is there now came from the file."""
    import slicer

    application = slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    with TemporaryDirectory() as folder:
        assert scene.WriteToMRB(f"{folder}/scene.mrb")
        scene.Clear(True)
        assert application.OpenSlicerDataBundle(f"{folder}/scene.mrb", folder)
        yield scene


def node_counts(scene):
    """How many nodes of each class the scene holds."""
    counts = {}
    for index in range(scene.GetNumberOfNodes()):
        name = scene.GetNthNode(index).GetClassName()
        counts[name] = counts.get(name, 0) + 1
    return counts
