"""Editing the outlines with Slicer's own editor, and scoring what was edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.workflow.actions import Action, PanelFacts, why_disabled
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost

EFFECTS = ("Paint", "Draw", "Erase", "Level tracing", "Scissors", "Islands", "Smoothing", "Margin", "Logical operators")
"""What makes sense on one slice."""
_SUPERFLUOUS = ("AddSegmentButton", "RemoveSegmentButton", "Show3DButton", "SpecifyGeometryButton")
"""The bones are given, and one slice has no surface."""
_TAG = "OsteoScreenEditor"


class CorrectionSection:
    """An embedded segment editor, with an editor node of its own, that lives while it is looked at."""

    def __init__(self, ui: Any, host: PanelHost, rescore: Callable[[], None]) -> None:
        self._ui, self._host = ui, host
        self._editor: Any = None
        self._entered = False
        self._attached: tuple[str, str] | None = None
        self._different = False
        self._available = Availability({ui.rescoreButton: Action.RESCORE})
        ui.rescoreButton.connect("clicked(bool)", lambda checked: rescore())
        ui.correctButton.connect("contentsCollapsed(bool)", self._on_collapsed)

    def refresh(self, facts: PanelFacts) -> None:
        """Give the editor the film's outlines while they may be edited, and take them away otherwise."""
        self._available.refresh(facts)
        reason = why_disabled(Action.CORRECT, facts)
        open_ = reason is None and self._entered and not self._ui.correctButton.collapsed
        self._ui.editorFrame.visible = open_
        self._ui.differenceBrowser.visible = self._different
        self._ui.correctLabel.text = (
            _("Edit the outlines, then re-score: measurements and score are computed from the edited outlines.")
            if reason is None
            else _(reason)
        )
        if open_:
            self._attach()
        else:
            self._detach()

    def enter(self) -> None:
        """The panel is looked at."""
        self._entered = True

    def exit(self) -> None:
        """Another module is looked at: the views and keys are its own."""
        self._entered = False
        self._detach()

    def close(self) -> None:
        """Let go of the scene for good."""
        self.exit()
        if self._editor is not None:
            self._editor.deleteLater()
            self._editor = None

    def show_difference(self, before: Any, after: Any) -> None:
        """Show what a new score changed."""
        from OsteoScreenLib.workflow.difference import difference, html

        self._ui.differenceBrowser.html = html(difference(before, after))
        self._different = True

    def forget_difference(self) -> None:
        """Another film, or another screening."""
        self._different = False

    def _on_collapsed(self, collapsed: bool) -> None:
        self._host.refresh()

    def _attach(self) -> None:
        film, outlines = self._host.film, self._host.outlines
        if film is None or outlines is None:
            return
        wanted = (film.GetID(), outlines.GetID())
        if self._attached == wanted:
            return
        editor = self._made()
        node = self._editor_node()
        node.SetOverwriteMode(node.OverwriteNone)
        editor.setMRMLSegmentEditorNode(node)
        editor.setSegmentationNode(outlines)
        editor.setSourceVolumeNode(film)
        if self._attached is None:
            editor.setupViewObservations()
            editor.installKeyboardShortcuts()
        self._attached = wanted

    def _detach(self) -> None:
        if self._attached is None:
            return
        self._attached = None
        self._editor.setActiveEffect(None)
        self._editor.uninstallKeyboardShortcuts()
        self._editor.removeViewObservations()
        self._editor.setSegmentationNode(None)

    def _made(self) -> Any:
        """The editor; made when outlines are edited for the first time."""
        if self._editor is None:
            editor = slicer.qMRMLSegmentEditorWidget()
            editor.maximumNumberOfUndoStates = 20
            # The node first: what the editor chooses by itself is then kept in it.
            editor.setMRMLSegmentEditorNode(self._editor_node())
            editor.setMRMLScene(self._host.scene)
            editor.segmentationNodeSelectorVisible = False
            editor.sourceVolumeNodeSelectorVisible = False
            editor.switchToSegmentationsButtonVisible = False
            editor.unorderedEffectsVisible = False
            editor.setEffectNameOrder(list(EFFECTS))
            for name in _SUPERFLUOUS:
                for button in slicer.util.findChildren(editor, name=name):
                    button.visible = False
            self._ui.editorFrame.layout().addWidget(editor)
            self._editor = editor
        return self._editor

    def _editor_node(self) -> Any:
        """Our own node, so that the Segment Editor module keeps its choices; bones may overlap."""
        scene = self._host.scene
        node = scene.GetSingletonNode(_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
            node.UnRegister(None)
            node.SetSingletonTag(_TAG)
            node.SetSaveWithScene(False)
            node = scene.AddNode(node)
        return node
