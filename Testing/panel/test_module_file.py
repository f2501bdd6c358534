"""The module's own file: what Slicer loads at start-up, and what it calls later."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "OsteoScreen" / "OsteoScreen.py"
START_UP_S = 0.05

# What Slicer has loaded already when it comes to modules.
_SLICER = """
import sys, types
def module(name, **content):
    made = sys.modules[name] = types.ModuleType(name)
    made.__dict__.update(content)
    return made
plain = type("Plain", (), {})
slicer = module("slicer", vtkMRMLScalarVolumeNode=plain)
module("slicer.i18n", tr=str, translate=lambda context, text: text)
module("slicer.parameterNodeWrapper", WithinRange=lambda low, high: None, parameterNodeWrapper=lambda each: each)
module("slicer.ScriptedLoadableModule", **{f"ScriptedLoadableModule{end}": type(end or "Module", (), {})
                                           for end in ("", "Widget", "Logic", "Test")})
module("slicer.util", VTKObservationMixin=type("Mixin", (), {}))
import pathlib, typing
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import time
started = time.perf_counter()
import OsteoScreen
print(time.perf_counter() - started)
print(*sorted(set(sys.modules) - before))
"""


def loaded() -> tuple[float, set[str]]:
    """Seconds that loading the file takes, and the modules that it loads, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", _SLICER, str(MODULE.parent)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=ROOT.parent,
    )
    seconds, names = done.stdout.splitlines()
    return float(seconds), set(names.split())


def test_loading_the_file_loads_nothing_else() -> None:
    _, names = loaded()
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"OsteoScreen"}


def test_nothing_runs_when_the_file_is_loaded() -> None:
    kinds = {type(each).__name__ for each in ast.parse(MODULE.read_text(encoding="utf-8")).body}
    assert kinds <= {"Expr", "Import", "ImportFrom", "ClassDef", "FunctionDef", "Assign"}
    assert len(MODULE.read_text(encoding="utf-8").splitlines()) < 250


class Parent:
    """The C++ side of the module."""

    path = str(MODULE)


def test_the_module_names_itself_its_licence_of_use_and_what_to_cite(panel_application: Any) -> None:
    import slicer

    from OsteoScreen import OsteoScreen

    parent = Parent()
    connected: list[str] = []
    slicer.app.connect, connect = (lambda signal, slot: connected.append(signal)), slicer.app.connect
    try:
        OsteoScreen(parent)
    finally:
        slicer.app.connect = connect
    assert parent.title == "OsteoScreen"
    assert parent.categories == ["Segmentation"]
    assert "Not a medical device" in parent.helpText
    assert "10.1038/s41598-025-16860-2" in parent.acknowledgementText
    assert connected == ["startupCompleted()"]


def test_slicer_does_not_start_with_our_empty_views(panel_application: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer
    from OsteoScreenPanel import sample_data, terminology

    from OsteoScreen import OsteoScreen
    from OsteoScreenLib.scene.layout import LAYOUT_ID

    monkeypatch.setattr(sample_data, "register_sample_data", lambda: None)
    monkeypatch.setattr(terminology, "register_terminology", lambda: None)
    monkeypatch.setattr(slicer.app, "connect", lambda signal, slot: None)
    manager = slicer.app.layoutManager()
    module = OsteoScreen(Parent())
    for number in (LAYOUT_ID, 3):
        manager.setLayout(number)
        module.onStartupCompleted()
        assert manager.layout == (2 if number == LAYOUT_ID else number)


def test_the_parameter_node_has_defaults(panel_application: Any) -> None:
    from OsteoScreen import OsteoScreenLogic

    node = OsteoScreenLogic().parameterNode()
    assert (node.film, node.prevalencePercent, node.uncertaintyOpacity, node.seed) == (None, 20.0, 0.45, 0)


def test_reloading_during_a_run_leaves_nothing_and_a_new_panel_works(opened: Any) -> None:
    import qt
    import slicer

    from OsteoScreen import OsteoScreenWidget

    opened.screened(opened.add_film())
    opened.press_screen()
    opened.widget.cleanup()
    opened.settle()
    assert not opened.worker.processes[-1].running
    assert opened.worker.leftovers == []
    parent = slicer.qMRMLWidget()
    parent.setLayout(qt.QVBoxLayout())
    again = OsteoScreenWidget(parent)
    again.setup()
    again.enter()
    assert again.panel.film is not None
    assert "Indeterminate" in again.panel.ui.resultBrowser.plainText
    again.cleanup()


def test_the_example_in_the_documentation_names_what_there_is(panel_application: Any) -> None:
    from OsteoScreen import OsteoScreenLogic

    example = (OsteoScreenLogic.__doc__ or "").partition("::")[2].partition("Every failure")[0]
    called = {
        node.func.attr
        for node in ast.walk(ast.parse("\n".join(line.strip() for line in example.splitlines())))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "logic"
    }
    assert called == {"process", "nodes", "close"}
    assert all(hasattr(OsteoScreenLogic, name) for name in called)


if __name__ == "__main__":
    taken = min(loaded()[0] for _ in range(5))
    print(f"loading {MODULE.name}: {1000 * taken:.1f} ms (limit {1000 * START_UP_S:.0f} ms)")
    sys.exit(taken > START_UP_S)
