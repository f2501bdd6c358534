"""Stand-in: `slicer.parameterNodeWrapper`, typed attributes on a real vtkMRMLScriptedModuleNode.

Kept: values live in the node's parameters and node references, defaults are written when the wrapper is made, `connectGui` binds
the widgets whose property `SlicerParameterName` names a parameter and returns nothing; `connectParametersToGui` returns a tag.
What has observed the node does so for good.
Not kept: parameter packs, validators, caching.
"""

from __future__ import annotations

import json
import pathlib
import types
import typing
from functools import partial
from typing import Any

import slicer
import vtk


class Default:
    def __init__(self, value: Any) -> None:
        self.value = value


class WithinRange:
    def __init__(self, minimum: Any, maximum: Any) -> None:
        self.minimum, self.maximum = minimum, maximum


class Choice:
    def __init__(self, choices: Any) -> None:
        self.choices = choices


# What is bound of a widget, by the kind of parameter: property, signal.
_BOUND = {
    "QLineEdit": ("text", "textChanged(QString)"),
    "QCheckBox": ("checked", "toggled(bool)"),
    "QPushButton": ("checked", "toggled(bool)"),
    "QSpinBox": ("value", "valueChanged(int)"),
    "QDoubleSpinBox": ("value", "valueChanged(double)"),
    "ctkSliderWidget": ("value", "valueChanged(double)"),
    "QComboBox": ("currentText", "currentTextChanged(QString)"),
    "ctkPathLineEdit": ("currentPath", "currentPathChanged(QString)"),
    "ctkDirectoryButton": ("directory", "directoryChanged(QString)"),
}
_EMPTY = {bool: False, int: 0, float: 0.0, str: "", pathlib.Path: pathlib.Path()}


def parameterNodeWrapper(cls: type | None = None) -> Any:
    """Class decorator."""
    return _wrapped if cls is None else _wrapped(cls)


def _wrapped(cls: type) -> type:
    parameters = {}
    for name, annotation in typing.get_type_hints(cls, include_extras=True).items():
        kind, default = _kind(annotation)
        parameters[name] = (kind, getattr(cls, name, default))
        setattr(cls, name, _attribute(name))
    cls.allParameters = parameters  # type: ignore[attr-defined]
    for function in (__init__, connectGui, connectParametersToGui, disconnectGui, getValue, setValue, dataType):
        setattr(cls, function.__name__, function)
    for name in ("AddObserver", "RemoveObserver", "StartModify", "EndModify", "Modified"):
        setattr(cls, name, lambda self, *arguments, name=name: getattr(self.parameterNode, name)(*arguments))
    return cls


def _kind(annotation: Any) -> tuple[Any, Any]:
    default = None
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, *extras = typing.get_args(annotation)
        default = next((each.value for each in extras if isinstance(each, Default)), None)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        kinds = [each for each in typing.get_args(annotation) if each is not type(None)]
        return kinds[0], default
    return annotation, _EMPTY.get(annotation) if default is None else default


def _is_node(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode)


def _attribute(name: str) -> property:
    return property(lambda self: self.getValue(name), lambda self, value: self.setValue(name, value))


def __init__(self: Any, parameterNode: Any, prefix: str | None = None) -> None:
    self.parameterNode = parameterNode
    self._guis = {}
    self._updating = False
    for name, (kind, default) in self.allParameters.items():
        if not _is_node(kind) and not parameterNode.GetParameter(name):
            self.setValue(name, default)


def getValue(self: Any, name: str) -> Any:
    kind, default = self.allParameters[name]
    if _is_node(kind):
        return self.parameterNode.GetNodeReference(name)
    text = self.parameterNode.GetParameter(name)
    value = json.loads(text) if text else default
    return kind(value) if value is not None and kind in (pathlib.Path, float) else value


def setValue(self: Any, name: str, value: Any) -> None:
    kind, _ = self.allParameters[name]
    if _is_node(kind):
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{name}: {value} is no {kind.__name__}")
        self.parameterNode.SetNodeReferenceID(name, None if value is None else value.GetID())
        return
    accepted = (int, float) if kind is float else (kind, type(None))
    if not isinstance(value, accepted):
        raise TypeError(f"{name}: {value!r} is no {kind}")
    self.parameterNode.SetParameter(name, json.dumps(str(value) if isinstance(value, pathlib.Path) else value))


def dataType(self: Any, name: str) -> Any:
    return self.allParameters[name][0]


def connectGui(self: Any, gui: Any) -> None:
    named = ((widget.property("SlicerParameterName"), widget) for widget in vars(gui).values())
    self.connectParametersToGui({name: widget for name, widget in named if name})


def connectParametersToGui(self: Any, mapping: dict[str, Any]) -> int:
    tag = len(self._guis)
    bound = []
    for name, widget in mapping.items():
        if name not in self.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name}")
        if widget.inherits("qMRMLNodeComboBox"):
            widget.nodeTypes = [self.allParameters[name][0].__name__]
        bound.append((name, widget, *_binding(self, name, widget)))
    self.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _show(self))
    self._guis[tag] = bound
    for _, widget, _, signal, function in bound:
        widget.connect(signal, function)
    _show(self)
    return tag


def _binding(self: Any, name: str, widget: Any) -> tuple[str, str, Any]:
    if widget.inherits("qMRMLNodeComboBox"):
        return "", "currentNodeChanged(vtkMRMLNode*)", lambda node: self._updating or setattr(self, name, node)
    for class_name, (attribute, signal) in _BOUND.items():
        if widget.inherits(class_name):
            return attribute, signal, partial(_read, self, name, widget, attribute)
    raise RuntimeError(f"Unable to create GUI connector from {widget.className()} to {self.allParameters[name][0]}")


def _read(self: Any, name: str, widget: Any, attribute: str, *_: Any) -> None:
    if self._updating:
        return
    kind = self.allParameters[name][0]
    setattr(self, name, kind(getattr(widget, attribute)))


def _show(self: Any) -> None:
    if self._updating:
        return
    self._updating = True
    try:
        for bound in self._guis.values():
            for name, widget, attribute, _, _ in bound:
                value = self.getValue(name)
                if not attribute:
                    widget.setCurrentNode(value)
                elif value is not None:
                    setattr(widget, attribute, str(value) if isinstance(value, pathlib.Path) else value)
    finally:
        self._updating = False


def disconnectGui(self: Any, tag: int) -> None:
    if tag in self._guis:
        for _, widget, _, signal, function in self._guis.pop(tag):
            if widget:
                widget.disconnect(signal, function)
