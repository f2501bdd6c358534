"""One key per decision, while the annotators' section is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.workflow.actions import Action, why_disabled
from OsteoScreenPanel.host import PanelHost
from OsteoScreenPanel.shortcuts import Shortcuts

_KEYS = {
    Action.ACCEPT: "A",
    Action.SAVE_CORRECTION: "C",
    Action.REJECT: "R",
    Action.NEXT: "N",
    Action.PREVIOUS: "P",
}


class AnnotateKeys:
    """The keys work in Slicer's whole window, since annotators work in the views; a text field with the focus keeps them.

    ``header`` is the collapsible button around the section, where there is one.
    """

    def __init__(self, host: PanelHost, widget: Any, header: Any, actions: Mapping[Action, Callable[[], None]]) -> None:
        self._host = host
        self._header = header if header is not None and header.inherits("ctkCollapsibleButton") else None
        self._entered = True
        self._open_queue = False
        self._shortcuts = Shortcuts(slicer.util.mainWindow() or widget)
        for action, act in actions.items():
            self._shortcuts.add(_KEYS[action], self._press(action, act))
        if self._header is not None:
            self._header.connect("contentsCollapsed(bool)", self._on_collapsed)
        self._enable()

    def refresh(self, open_queue: bool) -> None:
        """Whether there is a queue that keys could act on."""
        self._open_queue = open_queue
        self._enable()

    def enter(self, entered: bool) -> None:
        """Whether the module is on screen: in another one the keys are that one's."""
        self._entered = entered
        self._enable()

    def remove(self) -> None:
        """Give the keys back for good."""
        self._shortcuts.remove()
        if self._header is not None:
            self._header.disconnect("contentsCollapsed(bool)", self._on_collapsed)

    def _enable(self) -> None:
        open_ = self._header is None or not self._header.collapsed
        self._shortcuts.enable(self._entered and self._open_queue and open_)

    def _on_collapsed(self, collapsed: bool) -> None:
        self._enable()

    def _press(self, action: Action, act: Callable[[], None]) -> Callable[[], None]:
        def press() -> None:
            reason = why_disabled(action, self._host.facts())
            if action is Action.ACCEPT and self._drawing():
                reason = "Finish the outline that you draw first (Return), or press Accept"
            if reason is None:
                act()
            else:
                self._host.say(_(reason))

        return press

    def _drawing(self) -> bool:
        """Whether the Draw effect, in which the same key closes an outline, is active."""
        from OsteoScreenLib.scene.ownership import nodes_of_class

        editors = nodes_of_class(self._host.scene, "vtkMRMLSegmentEditorNode")
        return any(each.GetActiveEffectName() == "Draw" for each in editors)
