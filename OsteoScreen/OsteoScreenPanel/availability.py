"""Widgets that are enabled where their action is possible, and say in their tooltip what to do first where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.workflow.actions import Action, PanelFacts, why_disabled


class Availability:
    """Some widgets with the action that each of them stands for."""

    def __init__(self, widgets: Mapping[Any, Action]) -> None:
        self._widgets = [(widget, action, widget.toolTip) for widget, action in widgets.items()]

    def refresh(self, facts: PanelFacts) -> None:
        """Enable and disable; the tooltip of an enabled widget is its own."""
        for widget, action, own in self._widgets:
            reason = why_disabled(action, facts)
            widget.enabled = reason is None
            widget.toolTip = own if reason is None else _(reason)
