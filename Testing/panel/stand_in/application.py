"""Stand-in: `slicer.app`, the layout manager and `slicer.modules`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from Testing.panel.stand_in.rules import Signal, Wrapper, wrap


class LayoutManager:
    """Layouts over the real vtkMRMLLayoutLogic; a slice "widget" is a slice node with the real vtkMRMLSliceLogic."""

    def __init__(self, scene: Any, application_logic: Any) -> None:
        self._scene = scene
        self._application_logic = application_logic
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._slices: dict[str, Any] = {}

    def layoutLogic(self) -> Any:
        return self._logic

    @property
    def layout(self) -> int:
        return int(self._logic.GetLayoutNode().GetViewArrangement())

    def setLayout(self, layout: int) -> None:
        self._logic.GetLayoutNode().SetViewArrangement(layout)

    def sliceViewNames(self) -> tuple[str, ...]:
        nodes = self._logic.GetViewNodes()
        found = [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]
        return tuple(node.GetLayoutName() for node in found if node.IsA("vtkMRMLSliceNode"))

    def sliceWidget(self, name: str) -> Any:
        if name not in self.sliceViewNames():
            return None
        if name not in self._slices:
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLApplicationLogic(self._application_logic)
            logic.SetMRMLScene(self._scene)
            logic.SetSliceNode(self._scene.GetFirstNode(name, "vtkMRMLSliceNode"))
            self._slices[name] = logic
        logic = self._slices[name]
        return SimpleNamespace(sliceLogic=lambda: logic, mrmlSliceNode=logic.GetSliceNode)

    def close(self) -> None:
        """Let go of the scene."""
        for logic in (*self._slices.values(), self._logic):
            logic.SetMRMLScene(None)
        self._slices.clear()

    def resetSliceViews(self) -> None:
        for name in self.sliceViewNames():
            self.sliceWidget(name).sliceLogic().FitSliceToAll()


class ModuleManager:
    """Knows the modules that were registered."""

    def __init__(self) -> None:
        self.modules: dict[str, Any] = {}

    def module(self, name: str) -> Any:
        return self.modules.get(name)

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(self.modules)

    def isModuleLoaded(self, name: str) -> bool:
        return name in self.modules


class Application:
    """What `slicer.app` offers; an attribute that is not here does not exist here."""

    applicationName = "Slicer"
    majorVersion, minorVersion = 5, 10

    def __init__(self, qt_application: QtWidgets.QApplication, scene: Any, folder: Path) -> None:
        self._qt = qt_application
        self._scene = scene
        self._testing = False
        self._modules = ModuleManager()
        self.slicerHome = str(folder / "Slicer")
        self.temporaryPath = str(folder / "temporary")
        Path(self.temporaryPath).mkdir(parents=True)
        # Every QSettings of the panel, too, goes into the test's own folder.
        QtCore.QCoreApplication.setOrganizationName("NA-MIC")
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.Format.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope, str(folder))
        settings = QtCore.QSettings()
        self.slicerUserSettingsFilePath = settings.fileName()
        self._settings = wrap(settings)
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._logic.SetTemporaryPath(self.temporaryPath)
        self._logic.SetMRMLScene(scene)
        self._layouts = LayoutManager(scene, self._logic)
        self.aboutToQuit = Signal(qt_application, "aboutToQuit")

    def close(self) -> None:
        """Let go of the scene, before it is gone."""
        self._layouts.close()
        self._logic.SetMRMLScene(None)

    def connect(self, signature: str, function: Callable[..., Any]) -> None:
        Wrapper(self._qt).connect(signature, function)

    def disconnect(self, signature: str, function: Callable[..., Any]) -> None:
        Wrapper(self._qt).disconnect(signature, function)

    def processEvents(self) -> None:
        self._qt.processEvents()
        self._qt.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)

    def testingEnabled(self) -> bool:
        return self._testing

    def userSettings(self) -> Any:
        return self._settings

    def settings(self) -> Any:
        return self._settings

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._logic

    def layoutManager(self) -> LayoutManager:
        return self._layouts

    def moduleManager(self) -> ModuleManager:
        return self._modules

    def translate(self, context: str, text: str) -> str:
        return text

    def setOverrideCursor(self, cursor: Any) -> None:
        """No cursor is shown."""

    def restoreOverrideCursor(self) -> None:
        """No cursor is shown."""

    def focusWidget(self) -> Any:
        return wrap(self._qt.focusWidget())

    def restart(self) -> None:
        self.restarted = True

    def pauseRender(self) -> None:
        """There are no views."""

    def resumeRender(self) -> None:
        """There are no views."""


_LOGICS = {
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "markups": "vtkSlicerMarkupsLogic",
}


class Modules:
    """`slicer.modules`: those registered by a test, and three real logics of slicer-core under their module's name."""

    def __init__(self, application: Application, scene: Any) -> None:
        self._application = application
        self._scene = scene
        self._made: dict[str, Any] = {}
        for name in _LOGICS:
            setattr(self, name, SimpleNamespace(logic=partial(self._logic, name), path=""))

    def _logic(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = getattr(slicer, _LOGICS[name])()
            self._made[name].SetMRMLApplicationLogic(self._application.applicationLogic())
            self._made[name].SetMRMLScene(self._scene)
        return self._made[name]

    def close(self) -> None:
        """Let go of the scene, before it is gone."""
        for logic in self._made.values():
            logic.SetMRMLScene(None)

    def register(self, name: str, path: Path, widget: Any = None) -> None:
        """Make a scripted module known: ``slicer.modules.<name in lower case>`` with its path."""
        module = SimpleNamespace(name=name, path=str(path), widgetRepresentation=lambda: widget)
        setattr(self, name.lower(), module)
        self._application.moduleManager().modules[name] = module


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Let the event loop run until something holds; an AssertionError after `seconds`."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"what the test waits for did not happen within {seconds} s")
        slicer.app.processEvents()
        time.sleep(0.005)
