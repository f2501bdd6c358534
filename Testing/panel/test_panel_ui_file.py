"""The .ui file and the code that names its widgets, read side by side."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
UI_FILE = ROOT / "Resources" / "UI" / "OsteoScreen.ui"
# The other sections make their own widgets, or have their own files.
CODE = [
    ROOT / "OsteoScreen" / "OsteoScreenPanel" / f"{name}.py"
    for name in (
        "widget",
        "film_choice",
        "inputs",
        "screening",
        "results",
        "report",
        "hypotheses",
        "correction",
        "later_sections",
    )
]

CLASSES = {
    "Browser": {"ctkFittedTextBrowser"},
    "CheckBox": {"QCheckBox"},
    "ComboBox": {"QComboBox"},
    "Details": {"QPlainTextEdit"},
    "Frame": {"QFrame", "QWidget"},
    "Label": {"QLabel"},
    "progressBar": {"QProgressBar"},
    "Selector": {"qMRMLNodeComboBox"},
    "Slider": {"ctkSliderWidget"},
    "SpinBox": {"QSpinBox", "QDoubleSpinBox"},
}
SECTIONS = {"inputs", "results", "hypotheses", "correct", "annotate", "models", "advanced"}
FLAVOURS = {
    "valueChanged(int)": {"QSpinBox"},
    "valueChanged(double)": {"QDoubleSpinBox", "ctkSliderWidget"},
    "currentIndexChanged(int)": {"QComboBox"},
    "currentNodeChanged(vtkMRMLNode*)": {"qMRMLNodeComboBox"},
    "contentsCollapsed(bool)": {"ctkCollapsibleButton"},
    "clicked(bool)": {"QPushButton", "QToolButton"},
    "toggled(bool)": {"QPushButton", "QToolButton", "QCheckBox"},
}
"""Which class has the signal that the code connects."""


def widgets() -> dict[str, str]:
    """Class by name, of everything in the file."""
    found = [(each.get("name"), each.get("class")) for each in ElementTree.parse(UI_FILE).iter("widget")]
    names = [name for name, _ in found]
    assert sorted(set(names)) == sorted(names), "two widgets share a name"
    return {str(name): str(kind) for name, kind in found}


def expected(name: str) -> set[str]:
    if name.endswith("Button"):
        return {"ctkCollapsibleButton"} if name.removesuffix("Button") in SECTIONS else {"QPushButton", "QToolButton"}
    return next((kinds for suffix, kinds in CLASSES.items() if name.endswith(suffix)), set())


def names_in_code() -> Iterator[tuple[str, str]]:
    """Every ``ui.name`` and ``self._ui.name``, with its file."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("ui", "self.ui", "self._ui"):
                yield path.name, node.attr


def connections() -> Iterator[tuple[str, str]]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match = isinstance(node, ast.Call) and re.fullmatch(r"(?:self\._?)?ui\.(\w+)\.connect", ast.unparse(node.func))
            if match:
                yield match.group(1), ast.literal_eval(node.args[0])


def test_every_widget_that_the_code_names_is_there_with_the_class_its_name_says() -> None:
    known = widgets()
    named = set(names_in_code())
    assert len(named) > 40, "the check sees too little of the code"
    assert [(file, name) for file, name in named if name not in known] == []
    assert [(name, known[name]) for _, name in named if known[name] not in expected(name)] == []


def test_every_signal_that_the_code_connects_is_of_that_widget() -> None:
    known = widgets()
    found = set(connections())
    assert len(found) > 20
    assert [(name, signal) for name, signal in found if known[name] not in FLAVOURS[signal]] == []


def test_every_widget_that_can_be_used_is_used() -> None:
    used = {name for _, name in names_in_code()}
    passive = {"QLabel", "QFrame", "qMRMLWidget", "QWidget"}
    bound = {"advancedButton", "inputsButton", "noticeLabel"}
    idle = {name for name, kind in widgets().items() if kind not in passive and name not in used}
    assert idle - bound == set()


def test_tab_order_and_buddies_name_widgets_of_the_file() -> None:
    tree, known = ElementTree.parse(UI_FILE), widgets()
    tabs = [str(each.text) for each in tree.iter("tabstop")]
    assert [name for name in tabs if name not in known] == []
    interactive = {"QPushButton", "QToolButton", "QComboBox", "QSpinBox", "QDoubleSpinBox", "QCheckBox", "ctkSliderWidget",
                   "qMRMLNodeComboBox"}  # fmt: skip
    assert {name for name, kind in known.items() if kind in interactive} - set(tabs) == set()
    buddies = [str(each.findtext("cstring")) for each in tree.iter("property") if each.get("name") == "buddy"]
    assert buddies
    assert [name for name in buddies if name not in known] == []


def test_no_two_letters_for_the_keyboard_are_the_same() -> None:
    texts = [each.findtext("string") or "" for each in ElementTree.parse(UI_FILE).iter("property") if each.get("name") == "text"]
    letters = [match.group(1).lower() for match in (re.search(r"&(\w)", text) for text in texts) if match]
    assert len(letters) > 15
    assert sorted(letters) == sorted(set(letters))


def test_everything_that_can_be_pressed_has_a_tooltip() -> None:
    without = [
        each.get("name")
        for each in ElementTree.parse(UI_FILE).iter("widget")
        if each.get("class") in {"QPushButton", "QToolButton", "QComboBox", "QSpinBox", "QDoubleSpinBox", "QCheckBox"}
        and not any(one.get("name") == "toolTip" for one in each.findall("property"))
    ]
    assert without == []


def test_parameter_names_are_those_of_the_parameter_node(panel_application: Any) -> None:
    from OsteoScreen import OsteoScreenParameterNode

    names = {
        str(each.findtext("string"))
        for each in ElementTree.parse(UI_FILE).iter("property")
        if each.get("name") == "SlicerParameterName"
    }
    assert names == set(OsteoScreenParameterNode.allParameters)


def test_the_file_loads_with_qts_own_loader(panel_application: Any) -> None:
    import slicer

    root = slicer.util.loadUI(str(UI_FILE))
    ui = slicer.util.childWidgetVariables(root)
    for name, kind in widgets().items():
        if name != "OsteoScreen":
            assert getattr(ui, name).inherits(kind), name


@pytest.mark.parametrize("name", ["annotateButton", "modelsButton", "packagesFrame", "editorFrame"])
def test_frames_for_other_sections_have_an_empty_layout(panel_application: Any, name: str) -> None:
    import slicer

    ui = slicer.util.childWidgetVariables(slicer.util.loadUI(str(UI_FILE)))
    assert getattr(ui, name).layout().count() == 0
