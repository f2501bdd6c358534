"""Stand-in: widgets of Slicer over real MRML nodes, with the names of the real headers; what is not here does not exist here."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import shiboken6
from PySide6 import QtCore, QtWidgets

from Testing.panel.stand_in.stored_property import stored

Signal = QtCore.Signal


def _observe(scene: Any, refresh: weakref.WeakMethod[Any]) -> Callable[..., None]:
    """Call ``refresh`` when nodes come and go; the returned function ends that."""

    def call(*_: Any) -> None:
        function = refresh()
        if function is not None:
            function()

    events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent)
    tags = [scene.AddObserver(event, call) for event in events]

    def forget(*_: Any) -> None:
        while tags:
            scene.RemoveObserver(tags.pop())

    return forget


class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows a scene and hands it on."""

    SIGNATURES: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}
    mrmlSceneChanged = Signal(object)

    def mrmlScene(self) -> Any:
        return getattr(self, "_scene", None)

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)


class qMRMLSortFilterProxyModel(QtCore.QObject):
    """Which nodes a selector leaves out (Libs/MRML/Widgets/qMRMLSortFilterProxyModel.h)."""

    def __init__(self, selector: Any) -> None:
        super().__init__(selector)
        self._selector = selector

    hiddenNodeIDs = stored("QStringList", "hiddenNodeIDs", [], lambda self, value: self._selector._refresh())


class qMRMLNodeComboBox(QtWidgets.QWidget):
    """Lists the nodes of a scene of some classes (Libs/MRML/Widgets/qMRMLNodeComboBox.h)."""

    SIGNATURES: ClassVar[dict[str, str]] = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "_validity_changed",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded",
        "nodeAddedByUserAction(vtkMRMLNode*)": "nodeAddedByUserAction",
    }
    currentNodeChanged = Signal(object)
    _validity_changed = Signal(bool)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUserAction = Signal(object)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scene: Any = None
        self._forget: Any = None
        self._attributes: list[tuple[str, str, Any]] = []
        self._ids: list[str] = []
        self._current = ""
        self._filter = qMRMLSortFilterProxyModel(self)
        self._combo = QtWidgets.QComboBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._combo.activated.connect(self._chosen)
        self.setFocusProxy(self._combo)
        # Disabled until there is a scene, as the real one.
        self.setEnabled(False)

    def _refresh(self, *_: Any) -> None:
        if not shiboken6.isValid(self):
            return
        before = list(self._ids)
        nodes = [] if self._scene is None else self._matching()
        self._ids = [node.GetID() for node in nodes]
        self._combo.blockSignals(True)
        self._combo.clear()
        if self.property("noneEnabled"):
            self._combo.addItem(self.property("noneDisplay"))
        self._combo.addItems([node.GetName() or "" for node in nodes])
        self._combo.blockSignals(False)
        for node in nodes:
            if node.GetID() not in before:
                self.nodeAdded.emit(node)
        wanted = self._current
        if wanted not in self._ids:
            wanted = "" if self.property("noneEnabled") or not self._ids else self._ids[0]
        self._select(wanted)

    def _matching(self) -> list[Any]:
        found = []
        for index in range(self._scene.GetNumberOfNodes()):
            node = self._scene.GetNthNode(index)
            types = [each for each in self._node_types if node.IsA(each)]
            if not self.property("showChildNodeTypes"):
                types = [each for each in types if node.GetClassName() == each]
            hidden = node.GetHideFromEditors() and not self.property("showHidden")
            excluded = any(node.IsA(each) for each in self.property("hideChildNodeTypes") or [])
            excluded = excluded or node.GetID() in self._filter.property("hiddenNodeIDs")
            if types and not hidden and not excluded and self._has_attributes(node):
                found.append(node)
        return found

    def _has_attributes(self, node: Any) -> bool:
        wanted = [(name, value) for kind, name, value in self._attributes if node.IsA(kind)]
        return all(
            node.GetAttribute(name) is not None and (value is None or node.GetAttribute(name) == str(value))
            for name, value in wanted
        )

    def _select(self, node_id: str) -> None:
        offset = 1 if self.property("noneEnabled") else 0
        self._combo.setCurrentIndex(self._ids.index(node_id) + offset if node_id else offset - 1)
        if node_id != self._current:
            self._current = node_id
            self.currentNodeChanged.emit(self.currentNode())
            self._validity_changed.emit(bool(node_id))
            self.currentNodeIDChanged.emit(node_id)

    def _chosen(self, index: int) -> None:
        offset = 1 if self.property("noneEnabled") else 0
        self._select(self._ids[index - offset] if index >= offset else "")
        self.nodeActivated.emit(self.currentNode())

    def _set_types(self, types: list[str]) -> None:
        self._types = list(types)
        self._refresh()

    @property
    def _node_types(self) -> list[str]:
        return getattr(self, "_types", [])

    nodeTypes = QtCore.Property("QStringList", lambda self: self._node_types, _set_types)
    currentNodeID = QtCore.Property(str, lambda self: self._current, lambda self, value: self.setCurrentNodeID(value))
    showHidden = stored("bool", "showHidden", False, _refresh)
    showChildNodeTypes = stored("bool", "showChildNodeTypes", True, _refresh)
    hideChildNodeTypes = stored("QStringList", "hideChildNodeTypes", [], _refresh)
    baseName = stored("QString", "baseName", "")
    noneEnabled = stored("bool", "noneEnabled", False, _refresh)
    addEnabled = stored("bool", "addEnabled", True)
    removeEnabled = stored("bool", "removeEnabled", True)
    editEnabled = stored("bool", "editEnabled", False)
    renameEnabled = stored("bool", "renameEnabled", False)
    interactionNodeSingletonTag = stored("QString", "interactionNodeSingletonTag", "Singleton")
    selectNodeUponCreation = stored("bool", "selectNodeUponCreation", True)
    noneDisplay = stored("QString", "noneDisplay", "None", _refresh)
    sizeAdjustPolicy = stored("int", "sizeAdjustPolicy", 1)

    def sortFilterProxyModel(self) -> Any:
        return self._filter

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if self._forget is not None:
            self._forget()
            self.destroyed.disconnect(self._forget)
            self._forget = None
        self._scene = scene
        self.setEnabled(scene is not None)
        if scene is not None:
            self._forget = _observe(scene, weakref.WeakMethod(self._refresh))
            # A scene that outlives its widgets must not call them.
            self.destroyed.connect(self._forget)
        self._refresh()

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._attributes.append((node_type, name, value))
        self._refresh()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes = [each for each in self._attributes if each[:2] != (node_type, name)]
        self._refresh()

    def nodeCount(self) -> int:
        return len(self._ids)

    def nodeFromIndex(self, index: int) -> Any:
        return self._scene.GetNodeByID(self._ids[index]) if 0 <= index < len(self._ids) else None

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._current) if self._scene is not None and self._current else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else "" if node is None else node.GetID() or "")

    def setCurrentNodeID(self, node_id: str) -> None:
        self._select(node_id if node_id in self._ids else "")

    def setCurrentNodeIndex(self, index: int) -> None:
        self._select(self._ids[index])
