"""Stand-in: puts `qt`, `ctk` and the missing parts of `slicer` in place, and takes them away again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
import slicer.util
from PySide6 import QtWidgets

from OsteoScreenLib.scene.standalone import standalone_scene
from Testing.panel.stand_in import ctk_widgets, parameter_nodes, rules, scripted_module
from Testing.panel.stand_in.application import Application, Modules, wait_until
from Testing.panel.stand_in.dialogs import Dialogs
from Testing.panel.stand_in.qt_module import qt_module
from Testing.panel.stand_in.ui_loader import custom_classes

_dialogs = Dialogs()


@dataclass
class PanelApplication:
    """What a test has in hand: the scene, the dialogs, and a main window that widgets can be put into."""

    scene: Any
    dialogs: Dialogs
    app: Application
    folder: Path

    def process_events(self, times: int = 3) -> None:
        for _ in range(times):
            self.app.processEvents()

    def wait_until(self, condition: Any, seconds: float = 20.0) -> None:
        wait_until(condition, seconds)

    def set_testing(self, testing: bool) -> None:
        """What `slicer.app.testingEnabled()` says."""
        self.app._testing = testing

    def take_errors(self) -> list[BaseException]:
        """Exceptions raised in slots so far; those that stay there fail the test at its end."""
        taken = list(rules.errors_in_slots)
        rules.errors_in_slots.clear()
        return taken


@contextmanager
def panel_application(folder: Path) -> Iterator[PanelApplication]:
    """A Slicer application as far as a panel can tell; files go into `folder`."""
    qt_application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
    assert isinstance(qt_application, QtWidgets.QApplication)
    dialogs = _dialogs
    dialogs.reset()
    rules.errors_in_slots.clear()
    window = QtWidgets.QMainWindow()
    window.setObjectName("qSlicerMainWindow")
    with standalone_scene() as scene:
        app = Application(qt_application, scene, folder)
        logics = Modules(app, scene)
        added = {
            "app": app,
            "mrmlScene": scene,
            "modules": logics,
            "selfTests": {},
            **{name: rules.WrappedClass(value) for name, value in custom_classes().items() if not name.startswith("ctk")},
        }
        modules = _modules()
        changed = _utilities(dialogs, rules.wrap(window))
        before = {name: getattr(slicer.util, name) for name in changed if hasattr(slicer.util, name)}
        sys.modules.update(modules)
        for name, value in (*added.items(), *((key.partition(".")[2], one) for key, one in modules.items() if "." in key)):
            setattr(slicer, name, value)
        for name, value in changed.items():
            setattr(slicer.util, name, value)
        try:
            yield PanelApplication(scene, dialogs, app, folder)
        finally:
            for widget in qt_application.topLevelWidgets():
                widget.close()
                widget.deleteLater()
            app.processEvents()
            for name in (*added, *(key.partition(".")[2] for key in modules if "." in key)):
                delattr(slicer, name)
            for name in changed:
                setattr(slicer.util, name, before[name]) if name in before else delattr(slicer.util, name)
            for name in modules:
                del sys.modules[name]
            logics.close()
            app.close()


@cache
def _modules() -> dict[str, ModuleType]:
    """Made once: the panel's modules keep what they imported in the first test."""
    ctk = ModuleType("ctk")
    for name, value in custom_classes().items():
        if value.__module__ == ctk_widgets.__name__:
            setattr(ctk, name, rules.WrappedClass(value))
    i18n = ModuleType("slicer.i18n")
    i18n.tr = lambda text: text  # type: ignore[attr-defined]
    i18n.translate = lambda context, text: text  # type: ignore[attr-defined]
    base = ModuleType("slicer.ScriptedLoadableModule")
    base.__all__ = scripted_module.__all__  # type: ignore[attr-defined]
    for name in scripted_module.__all__:
        setattr(base, name, getattr(scripted_module, name))
    wrapper = ModuleType("slicer.parameterNodeWrapper")
    for name in ("parameterNodeWrapper", "Default", "WithinRange", "Choice"):
        setattr(wrapper, name, getattr(parameter_nodes, name))
    return {
        "qt": qt_module(_dialogs),
        "ctk": ctk,
        "slicer.i18n": i18n,
        "slicer.ScriptedLoadableModule": base,
        "slicer.parameterNodeWrapper": wrapper,
    }


def _utilities(dialogs: Dialogs, window: Any) -> dict[str, Any]:
    """Functions of `slicer.util` that show something or need the real application."""

    def told(kind: str) -> Any:
        return lambda text, windowTitle=None, parent=None, standardButtons=None, **others: dialogs.tell(
            kind, text, str(others.get("detailedText", ""))
        )

    def asked(text: str, windowTitle: str | None = None, parent: Any = None, **others: Any) -> bool:
        # In testing mode the real one answers by itself.
        return True if slicer.app.testingEnabled() else bool(dialogs.ask("question", text, str(others.get("detailedText", ""))))

    def pip_install(requirements: Any, **_: Any) -> None:
        raise AssertionError(f"a test would have installed {requirements}: replace slicer.util.pip_install")

    return {
        "errorDisplay": told("error"),
        "warningDisplay": told("warning"),
        "infoDisplay": told("info"),
        "messageBox": told("info"),
        "delayDisplay": lambda message, *_, **__: dialogs.tell("delay", message),
        "showStatusMessage": lambda message, duration=0: dialogs.tell("status", message),
        "confirmOkCancelDisplay": asked,
        "confirmYesNoDisplay": asked,
        "confirmRetryCloseDisplay": asked,
        "mainWindow": lambda: window,
        "modulePath": lambda name: getattr(slicer.modules, name.lower()).path,
        "pip_install": pip_install,
        "pip_uninstall": pip_install,
    }
