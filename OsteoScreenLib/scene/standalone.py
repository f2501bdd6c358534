"""A MRML scene without the Slicer application, by the slicer-core package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_LOGICS = (
    "vtkSlicerColorLogic",
    "vtkSlicerVolumesLogic",
    "vtkSlicerSegmentationsModuleLogic",
    "vtkSlicerMarkupsLogic",
    "vtkSlicerTablesLogic",
    "vtkSlicerTextsLogic",
    "vtkSlicerPlotsLogic",
    "vtkSlicerSubjectHierarchyModuleLogic",
)
"""Each registers the node classes of its module with the scene."""


@contextmanager
def standalone_scene() -> Iterator[Any]:
    """Give an empty vtkMRMLScene in which all node classes that `build_scene` writes are known.

    Temporary files go to a folder of their own, removed at the end.
    """
    import slicer

    with TemporaryDirectory(prefix="osteoscreen-scene-") as temporary:
        application = slicer.vtkSlicerApplicationLogic()
        application.SetTemporaryPath(temporary)
        # Where Slicer keeps its palettes: an empty folder, because it complains without one.
        (Path(temporary) / "share" / "ColorFiles").mkdir(parents=True)
        application.SetHomeDirectory(temporary)
        application.SetShareDirectory("share")
        scene = slicer.vtkMRMLScene()
        scene.SetRootDirectory(temporary)
        application.SetMRMLScene(scene)
        logics = [_connect(getattr(slicer, name)(), application, scene, temporary) for name in _LOGICS]
        try:
            yield scene
        finally:
            scene.Clear(True)
            del logics


def _connect(logic: Any, application: Any, scene: Any, share: str) -> Any:
    logic.SetMRMLApplicationLogic(application)
    if hasattr(logic, "SetModuleShareDirectory"):
        logic.SetModuleShareDirectory(share)
    logic.SetMRMLScene(scene)
    return logic
