"""Stand-in: Qt's loader of .ui files that knows the stand-ins of CTK's and Slicer's widgets."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from Testing.panel.stand_in import ctk_widgets, mrml_widgets, segment_editor


def custom_classes() -> dict[str, type]:
    """All stand-in widget classes by name."""
    return {
        name: value
        for module in (ctk_widgets, mrml_widgets, segment_editor)
        for name, value in vars(module).items()
        if name.startswith(("ctk", "qMRML", "qSlicer")) and isinstance(value, type)
    }


class UiLoader(QtUiTools.QUiLoader):
    """Loads a .ui file; a class that is neither Qt's nor a stand-in is an error, not an empty widget."""

    def createWidget(self, class_name: str, parent: QtWidgets.QWidget | None = None, name: str = "") -> Any:
        made: Any
        if class_name in custom_classes():
            made = custom_classes()[class_name](parent)
            made.setObjectName(name)
        else:
            made = super().createWidget(class_name, parent, name)
        return made

    def load(self, device: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> Any:
        text = bytes(device.readAll().data())
        tree = ElementTree.fromstring(text)
        # Signals and slots that carry VTK objects have no such signature here, so they are connected by hand.
        connections = [each for part in tree.findall("connections") for each in part.findall("connection")]
        for part in tree.findall("connections"):
            tree.remove(part)
        later = _taken_custom_properties(tree)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(tree))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        made = super().load(buffer, parent)
        for name, written, value in later:
            _find(made, name).setProperty(written, value)
        for each in connections:
            _connect(made, *(each.findtext(part, "") for part in ("sender", "signal", "receiver", "slot")))
        return made


@cache
def _property_names(kind: type) -> frozenset[str]:
    widget = kind()
    meta = widget.metaObject()
    return frozenset(meta.property(index).name() for index in range(meta.propertyCount()))


def _taken_custom_properties(tree: ElementTree.Element) -> list[tuple[str, str, int]]:
    """Check the properties of custom widgets; take out those whose enumeration values Qt cannot know, to be set by hand."""
    classes = custom_classes()
    later = []
    for widget in tree.iter("widget"):
        class_name = widget.get("class", "")
        if class_name not in classes and not hasattr(QtWidgets, class_name) and class_name != "Line":
            raise ValueError(f"widget {widget.get('name')}: the class {class_name} has no stand-in")
        kind = classes.get(class_name)
        for each in widget.findall("property") if kind is not None else []:
            name = each.get("name", "")
            # Such properties as SlicerParameterName are the widget's own and not of its class.
            if each.get("stdset") != "0" and name not in _property_names(kind):
                raise ValueError(f"widget {widget.get('name')}: {class_name} has no property {name}")
            words = each.findtext("set") or each.findtext("enum") or ""
            values = [word.partition("::") for word in words.split("|")]
            if words and all(first in classes for first, _, _ in values):
                value = 0
                for first, _, last in values:
                    value |= getattr(classes[first], last)
                later.append((widget.get("name", ""), name, value))
                widget.remove(each)
    return later


def _connect(root: Any, sender: str, signal: str, receiver: str, slot: str) -> None:
    first, second = _find(root, sender), _find(root, receiver)
    signature = bytes(QtCore.QMetaObject.normalizedSignature(signal).data()).decode()
    own = getattr(type(first), "SIGNATURES", {})
    if signature not in own and first.metaObject().indexOfSignal(signature) < 0:
        raise ValueError(f"connection: {sender} has no signal {signal}")
    getattr(first, own.get(signature, signature.partition("(")[0])).connect(getattr(second, slot.partition("(")[0]))


def _find(root: Any, name: str) -> Any:
    found = root if root.objectName() == name else root.findChild(QtCore.QObject, name)
    if found is None:
        raise ValueError(f"connection: there is no widget {name}")
    return found
