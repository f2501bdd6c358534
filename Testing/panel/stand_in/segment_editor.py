"""Stand-in: Slicer's segment editor over a real parameter set node; what is not here does not exist here."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from Testing.panel.stand_in.mrml_widgets import qMRMLWidget
from Testing.panel.stand_in.stored_property import stored


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """Knows its nodes and effects' names; its effects do nothing (qMRMLSegmentEditorWidget.h, Slicer 5.8 and newer)."""

    segmentationNodeSelectorVisible = stored("bool", "segmentationNodeSelectorVisible", True)
    sourceVolumeNodeSelectorVisible = stored("bool", "sourceVolumeNodeSelectorVisible", True)
    autoShowSourceVolumeNode = stored("bool", "autoShowSourceVolumeNode", True)
    switchToSegmentationsButtonVisible = stored("bool", "switchToSegmentationsButtonVisible", True)
    undoEnabled = stored("bool", "undoEnabled", True)
    maximumNumberOfUndoStates = stored("int", "maximumNumberOfUndoStates", 10)
    readOnly = stored("bool", "readOnly", False)
    effectButtonStyle = stored("int", "effectButtonStyle", 0)
    effectColumnCount = stored("int", "effectColumnCount", 2)
    unorderedEffectsVisible = stored("bool", "unorderedEffectsVisible", True)
    defaultTerminologyEntrySettingsKey = stored("QString", "defaultTerminologyEntrySettingsKey", "")
    defaultTerminologyEntry = stored("QString", "defaultTerminologyEntry", "")
    jumpToSelectedSegmentEnabled = stored("bool", "jumpToSelectedSegmentEnabled", False)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._node: Any = None
        self._effects: list[str] = []
        self._effect = ""
        self._observing = False
        self._shortcuts = False
        label = QtWidgets.QLabel("Segment Editor\n(not imitated)")
        label.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        label.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        label.setMinimumHeight(90)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        self._node = node

    def _required(self) -> Any:
        if self._node is None:
            raise RuntimeError("the segment editor has no parameter set node (setMRMLSegmentEditorNode)")
        return self._node

    def segmentationNode(self) -> Any:
        return None if self._node is None else self._node.GetSegmentationNode()

    def segmentationNodeID(self) -> str:
        node = self.segmentationNode()
        return "" if node is None else node.GetID()

    def setSegmentationNode(self, node: Any) -> None:
        self._required().SetAndObserveSegmentationNode(node)

    def setSegmentationNodeID(self, node_id: str) -> None:
        self.setSegmentationNode(self._scene.GetNodeByID(node_id) if node_id else None)

    def sourceVolumeNode(self) -> Any:
        return None if self._node is None else self._node.GetSourceVolumeNode()

    def sourceVolumeNodeID(self) -> str:
        node = self.sourceVolumeNode()
        return "" if node is None else node.GetID()

    def setSourceVolumeNode(self, node: Any) -> None:
        self._required().SetAndObserveSourceVolumeNode(node)

    def setSourceVolumeNodeID(self, node_id: str) -> None:
        self.setSourceVolumeNode(self._scene.GetNodeByID(node_id) if node_id else None)

    def currentSegmentID(self) -> str:
        return "" if self._node is None else self._node.GetSelectedSegmentID() or ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._required().SetSelectedSegmentID(segment_id)

    def setActiveEffectByName(self, name: str) -> None:
        self._effect = name
        if self._node is not None:
            self._node.SetActiveEffectName(name)

    def activeEffect(self) -> Any:
        return None

    def setActiveEffect(self, effect: Any) -> None:
        if effect is not None:
            raise RuntimeError("effects are not imitated: choose by name (setActiveEffectByName)")
        self.setActiveEffectByName("")

    def availableEffectNames(self) -> list[str]:
        return ["Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between slices", "Margin",
                "Hollow", "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume"]  # fmt: skip

    def setEffectNameOrder(self, names: list[str]) -> None:
        self._effects = list(names)

    def effectNameOrder(self) -> list[str]:
        return list(self._effects)

    def setupViewObservations(self) -> None:
        self._observing = True

    def removeViewObservations(self) -> None:
        self._observing = False

    def installKeyboardShortcuts(self, parent: Any = None) -> None:
        self._shortcuts = True

    def uninstallKeyboardShortcuts(self) -> None:
        self._shortcuts = False

    def updateWidgetFromMRML(self) -> None:
        """Nothing is shown of the nodes here."""

    def saveStateForUndo(self) -> None:
        """There is no history here."""

    def undo(self) -> None:
        """There is no history here."""

    def redo(self) -> None:
        """There is no history here."""

    def rotateSliceViewsToSegmentation(self) -> None:
        """There are no views here."""
