"""What the panel keeps in the scene and in Slicer's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

_KEEP_WARM, _HAS_SCREENED = "OsteoScreen/KeepWarm", "OsteoScreen/HasScreened"


class Parameters:
    """Binds the widgets that have a ``SlicerParameterName`` to the scene's parameter node.

    Slicer's own binding by name keeps the tag to itself with which it could be undone, so the widgets are given here. What has
    observed a node does so for good: they stay bound while another module is looked at, and while it is the same node.
    """

    def __init__(self, make: Callable[[], Any], ui: Any) -> None:
        self._make = make
        named = ((widget.property("SlicerParameterName"), widget) for widget in vars(ui).values())
        self._widgets = {name: widget for name, widget in named if name}
        self._node: Any = None
        self._tag: Any = None

    def connect(self) -> None:
        """Bind them to the scene's node as it is now, and show what it says."""
        node = self._make()
        if self._node is not None and node.parameterNode is self._node.parameterNode:
            self._node.Modified()
            return
        self.disconnect()
        self._node = node
        self._tag = node.connectParametersToGui(self._widgets)

    def disconnect(self) -> None:
        """Let go of the node."""
        if self._node is not None:
            self._node.disconnectGui(self._tag)
            self._node = None


def keeps_warm() -> bool:
    """Whether the worker waits for the next film with its model loaded, as the user last chose."""
    return qt.QSettings().value(_KEEP_WARM, True) in (True, "true")


def set_keeps_warm(keep: bool) -> None:
    """Remember the choice."""
    qt.QSettings().setValue(_KEEP_WARM, keep)


def has_screened() -> bool:
    """Whether this user has ever screened a film: whoever only looks at the panel gets no process in the background."""
    return qt.QSettings().value(_HAS_SCREENED, False) in (True, "true")


def set_has_screened() -> None:
    """Remember that a film was screened."""
    qt.QSettings().setValue(_HAS_SCREENED, True)
