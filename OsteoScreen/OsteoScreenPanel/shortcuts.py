"""Keys that work while the keyboard is in the panel, so that they take nothing away from the rest of Slicer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt


class Shortcuts:
    """Some keys of one widget and of everything in it."""

    def __init__(self, widget: Any) -> None:
        self._widget = widget
        self._made: list[tuple[Any, Callable[[], None]]] = []

    def add(self, keys: str, action: Callable[[], None]) -> None:
        """Call ``action`` on a key, such as "Ctrl+Return"."""
        shortcut = qt.QShortcut(self._widget)
        shortcut.setKey(qt.QKeySequence(keys))
        shortcut.setContext(qt.Qt.WidgetWithChildrenShortcut)
        shortcut.connect("activated()", action)
        self._made.append((shortcut, action))

    def enable(self, enabled: bool) -> None:
        """Let the keys work, or be free for others."""
        for shortcut, _action in self._made:
            shortcut.enabled = enabled

    def remove(self) -> None:
        """Give the keys back for good."""
        for shortcut, action in self._made:
            shortcut.disconnect("activated()", action)
            shortcut.deleteLater()
        self._made = []
