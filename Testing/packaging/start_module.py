"""Start the installed module file as Slicer does, with bare stand-ins of Slicer's modules: ``python start_module.py FILE``.

Prints one JSON object: what the module said about itself, and which modules importing the file alone brought in. For a panel
that works see ``Testing/panel/stand_in``.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock


class ScriptedLoadableModule:
    def __init__(self, parent: Any) -> None:
        self.parent = parent


def stand_ins(started: list) -> dict[str, ModuleType]:
    """Modules that are always there in Slicer; ``started`` gets what is connected to ``startupCompleted()``."""
    modules = {
        name: ModuleType(name)
        for name in ("slicer", "slicer.i18n", "slicer.util", "slicer.parameterNodeWrapper", "slicer.ScriptedLoadableModule")
    }
    slicer = modules["slicer"]
    slicer.__path__ = []  # type: ignore[attr-defined]
    slicer.app = SimpleNamespace(connect=lambda signal, slot: started.append((signal, slot)))  # type: ignore[attr-defined]
    slicer.vtkMRMLScalarVolumeNode = type("vtkMRMLScalarVolumeNode", (), {})  # type: ignore[attr-defined]
    modules["slicer.i18n"].tr = lambda text: text  # type: ignore[attr-defined]
    modules["slicer.i18n"].translate = lambda context, text: text  # type: ignore[attr-defined]
    modules["slicer.util"].VTKObservationMixin = type("VTKObservationMixin", (), {})  # type: ignore[attr-defined]
    wrapper = modules["slicer.parameterNodeWrapper"]
    wrapper.parameterNodeWrapper = lambda cls: cls  # type: ignore[attr-defined]
    wrapper.__getattr__ = lambda name: MagicMock(name=name)  # type: ignore[method-assign]
    base = modules["slicer.ScriptedLoadableModule"]
    base.ScriptedLoadableModule = ScriptedLoadableModule  # type: ignore[attr-defined]
    for name in ("ScriptedLoadableModuleWidget", "ScriptedLoadableModuleLogic", "ScriptedLoadableModuleTest"):
        setattr(base, name, type(name, (), {}))
    for name in ("qt", "ctk", "vtk"):
        modules[name] = MagicMock(name=name)
    return modules


def main(file: str) -> None:
    started: list = []
    for name, module in stand_ins(started).items():
        sys.modules[name] = module
        _, _, child = name.rpartition(".")
        if "." in name:
            setattr(sys.modules["slicer"], child, module)
    before = set(sys.modules)
    spec = importlib.util.spec_from_file_location("OsteoScreen", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["OsteoScreen"] = module
    spec.loader.exec_module(module)
    brought = sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))
    parent = MagicMock(name="parent")
    module.OsteoScreen(parent)
    import OsteoScreenPanel

    import OsteoScreenLib

    said = {
        "title": parent.title,
        "categories": parent.categories,
        "brought": brought,
        "connected": [signal for signal, _ in started],
        "library": OsteoScreenLib.__file__,
        "panel": OsteoScreenPanel.__file__,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
