"""Stand-in: the module `qt`, all classes of PySide6 in one place as PythonQt has them."""

from __future__ import annotations

from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets

from Testing.panel.stand_in.dialogs import Dialogs
from Testing.panel.stand_in.rules import Method, WrappedClass
from Testing.panel.stand_in.ui_loader import UiLoader

# Signal, Slot and Property declarations of Python are left out on purpose: signals that carry Python objects crash Slicer.


def qt_module(dialogs: Dialogs) -> ModuleType:
    """A module object to stand for ``import qt``; modal dialogs go to `dialogs`."""
    module = ModuleType("qt", __doc__)
    for part in (QtCore, QtGui, QtWidgets):
        for name in dir(part):
            value = getattr(part, name)
            if name.startswith("Q") and isinstance(value, type):
                setattr(module, name, WrappedClass(value))
    # One of PySide6's own, which needs more than a type.
    module.Qt = WrappedClass(QtCore.Qt)  # type: ignore[attr-defined]
    module.QUiLoader = WrappedClass(UiLoader)  # type: ignore[attr-defined]
    module.QTimer._replaced["singleShot"] = Method(QtCore.QTimer.singleShot)  # type: ignore[attr-defined]
    for name, replaced in dialogs.static_methods().items():
        getattr(module, name)._replaced.update(replaced)
    return module
