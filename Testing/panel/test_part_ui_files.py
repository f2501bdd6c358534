"""The .ui files of the parts, read side by side with the code that names their widgets."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = [("Annotate", ("annotate", "annotate_data_set")), ("Models", ("models",))]


def widgets(part: str) -> dict[str, str]:
    """Class by name."""
    tree = ElementTree.parse(ROOT / "Resources" / "UI" / f"{part}.ui")
    return {str(each.get("name")): str(each.get("class")) for each in tree.iter("widget")}


def named(code: str) -> set[str]:
    """Widgets that the code names as ``ui.name`` or ``self._ui.name``."""
    source = (ROOT / "OsteoScreen" / "OsteoScreenPanel" / f"{code}.py").read_text(encoding="utf-8")
    return {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("ui", "self._ui")
    }


@pytest.mark.parametrize(("part", "codes"), PARTS)
def test_every_widget_that_the_code_names_is_in_the_file(part: str, codes: tuple[str, ...]) -> None:
    used = set().union(*(named(code) for code in codes))
    assert len(used) > 8, "the check sees too little of the code"
    assert used - set(widgets(part)) == set()


@pytest.mark.parametrize(("part", "codes"), PARTS)
def test_every_button_has_a_slot_and_a_tooltip(part: str, codes: tuple[str, ...]) -> None:
    buttons = {name for name, kind in widgets(part).items() if kind == "QPushButton"}
    assert buttons - set().union(*(named(code) for code in codes)) == set(), "a button that does nothing"
    tree = ElementTree.parse(ROOT / "Resources" / "UI" / f"{part}.ui")
    silent = [
        each.get("name")
        for each in tree.iter("widget")
        if each.get("class") in ("QPushButton", "QLineEdit", "QTreeWidget", "QListWidget")
        and not any(one.get("name") == "toolTip" for one in each.findall("property"))
    ]
    assert silent == []


@pytest.mark.parametrize(("part", "codes"), PARTS)
def test_file_loads_and_every_label_leads_to_a_widget(panel_application: Any, part: str, codes: tuple[str, ...]) -> None:
    import slicer

    loaded = slicer.util.childWidgetVariables(slicer.util.loadUI(str(ROOT / "Resources" / "UI" / f"{part}.ui")))
    for name in widgets(part):
        assert name == part or hasattr(loaded, name)
    tree = ElementTree.parse(ROOT / "Resources" / "UI" / f"{part}.ui")
    buddies = [each.findtext("cstring") for each in tree.iter("property") if each.get("name") == "buddy"]
    assert set(buddies) <= set(widgets(part))
