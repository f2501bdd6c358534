"""A slice view of 3D Slicer without its window: Slicer's own slice logic and displayable managers, rendered off-screen.

slicer-core has everything of a slice view but its Qt widget. Here are only the few lines that the widget adds: a render
window, the displayable managers' group and the actor that shows the blended slice. No X server is needed: VTK falls
back to EGL or to OSMesa, which come with its wheels.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
"""Those of a slice view of the application that draw something of a result."""

_PROBE = """
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
import vtkmodules.vtkRenderingOpenGL2
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.AddRenderer(vtkRenderer())
window.SetSize(8, 8)
window.Render()
raise SystemExit(0 if window.SupportsOpenGL() else 3)
"""


@cache
def why_no_rendering() -> str | None:
    """The reason why nothing can be rendered here, or ``None``; asked in a process of its own, because VTK may abort."""
    try:
        import slicer  # noqa: F401
    except ImportError:
        return "slicer-core is not installed"
    try:
        probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "off-screen OpenGL does not answer"
    if probe.returncode == 0:
        return None
    words = re.sub(r"\x1b\[[0-9;]*m", "", probe.stderr).strip().splitlines()  # VTK writes in colours
    return f"no off-screen OpenGL: {words[-1] if words else f'status {probe.returncode}'}"


class SliceView:
    """One view: ``pixels()`` is what the application would show of the scene in a slice view of that size.

    Make it before the nodes that it is to show, as Slicer does: its manager of legends sees only those added later.
    """

    def __init__(self, scene: Any, name: str = "Red", size: tuple[int, int] = (800, 1000)) -> None:
        """Find or make the slice node and the composite node of the view ``name``; ``size`` is width, height in pixels."""
        import slicer

        self.application = slicer.vtkMRMLApplicationLogic()
        self.application.SetMRMLScene(scene)
        self.markups = _kinds_of_markups(self.application)
        self.window, renderer, self.interactor = _off_screen_window(size)
        self.picture = _slice_picture(renderer)
        self.managers = _displayable_managers(self.application, renderer)
        self.logic = _slice_logic(self.application, scene)
        self.node = self.logic.AddSliceNode(name)
        self.composite = self.logic.GetSliceCompositeNode()
        self.managers.SetMRMLDisplayableNode(self.node)
        self.resize(*size)

    def resize(self, width: int, height: int) -> None:
        """Give the view another size in pixels."""
        self.window.SetSize(width, height)
        self.logic.ResizeSliceNode(width, height)

    def show(self, film: Any, over: Any | None = None, opacity: float = 0.0) -> None:
        """Show a film and a map over it, as the selectors of a slice view do it: legends look only at such changes."""
        flags = self.composite.BackgroundVolumeFlag | self.composite.ForegroundVolumeFlag
        self.logic.StartSliceCompositeNodeInteraction(flags)
        self.composite.SetBackgroundVolumeID(film.GetID())
        self.composite.SetForegroundVolumeID(over.GetID() if over is not None else None)
        self.composite.SetForegroundOpacity(opacity)
        self.logic.EndSliceCompositeNodeInteraction()

    def look_at(self, film: Any, row: float, column: float, rows: float) -> None:
        """Centre the view on a place of the film, so that ``rows`` of its pixels fill the view's height."""
        import slicer
        from vtkmodules.vtkCommonMath import vtkMatrix4x4
        from vtkmodules.vtkCommonTransforms import vtkGeneralTransform

        self.node.RotateToVolumePlane(film)
        matrix, to_world = vtkMatrix4x4(), vtkGeneralTransform()
        film.GetIJKToRASMatrix(matrix)
        slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(film.GetParentTransformNode(), None, to_world)
        place = to_world.TransformPoint(matrix.MultiplyPoint((column, row, 0.0, 1.0))[:3])
        for axis in range(3):
            self.node.GetSliceToRAS().SetElement(axis, 3, place[axis])
        width, height, _ = self.node.GetDimensions()
        pixel = rows * film.GetSpacing()[1] / height
        self.node.SetFieldOfView(pixel * width, pixel * height, self.node.GetFieldOfView()[2])
        self.node.SetXYZOrigin(0.0, 0.0, 0.0)
        self.node.UpdateMatrices()

    def pixels(self) -> NDArray[np.uint8]:
        """Render and return the picture, rows x columns x 3, first row on top."""
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        self.picture.SetInputConnection(self.logic.GetImageDataConnection())
        self.window.Render()
        width, height = self.window.GetSize()
        data = vtkUnsignedCharArray()
        self.window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, data)
        return vtk_to_numpy(data).reshape(height, width, 4)[::-1, :, :3].copy()

    def close(self) -> None:
        """Let go of the scene and of the window."""
        self.managers.SetMRMLDisplayableNode(None)
        self.logic.SetMRMLScene(None)
        self.window.Finalize()


def _kinds_of_markups(application: Any) -> Any:
    """The logic that tells the manager of markups how each kind is drawn; a scene of its own makes it learn the kinds."""
    import slicer

    own = slicer.vtkMRMLScene()
    own.AddNewNodeByClass("vtkMRMLSelectionNode").SetSingletonTag("Singleton")
    logic = slicer.vtkSlicerMarkupsLogic()
    logic.SetMRMLApplicationLogic(application)
    logic.SetMRMLScene(own)
    application.SetModuleLogic("Markups", logic)
    return logic


def _off_screen_window(size: tuple[int, int]) -> tuple[Any, Any, Any]:
    """A window with its renderer and interactor; the latter is never started, but nothing of a markup is drawn without it."""
    import vtkmodules.vtkInteractionStyle
    import vtkmodules.vtkRenderingFreeType
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkRenderWindowInteractor

    renderer = vtkRenderer()
    renderer.GetActiveCamera().ParallelProjectionOn()
    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(8)
    window.AddRenderer(renderer)
    window.SetSize(*size)
    interactor = vtkRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    return window, renderer, interactor


def _slice_picture(renderer: Any) -> Any:
    """The mapper of the blended slice: 8-bit RGBA already, window and level are the volumes' own.

    Its actor comes first, because later ones are blended with what is there.
    """
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkImageMapper

    mapper = vtkImageMapper()
    mapper.SetColorWindow(255)
    mapper.SetColorLevel(127.5)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetDisplayLocationToBackground()
    renderer.AddViewProp(actor)
    return mapper


def _displayable_managers(application: Any, renderer: Any) -> Any:
    import slicer

    factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
    factory.SetMRMLApplicationLogic(application)
    for each in MANAGERS:
        if not factory.IsDisplayableManagerRegistered(each):
            factory.RegisterDisplayableManager(each)
    managers = slicer.vtkMRMLDisplayableManagerGroup()
    managers.Initialize(factory, renderer)
    return managers


def _slice_logic(application: Any, scene: Any) -> Any:
    import slicer
    from vtkmodules.vtkCommonCore import vtkCollection

    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLApplicationLogic(application)
    logics = vtkCollection()
    logics.AddItem(logic)
    application.SetSliceLogics(logics)
    logic.SetMRMLScene(scene)
    return logic
