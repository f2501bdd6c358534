"""The button that screens and cancels, the progress of what runs, and the message area."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.workflow.actions import INSTALL_FIRST, Action, PanelFacts, why_disabled
from OsteoScreenLib.workflow.states import PanelState

_WARNING = "QFrame { background: #fdf3d7; color: #3d2f00; }"
_PLAIN = ""


class ScreeningSection:
    """One button: Screen, or Cancel while something runs."""

    def __init__(self, ui: Any, screen: Callable[[], None], cancel: Callable[[], None]) -> None:
        self._ui = ui
        self._screen, self._cancel = screen, cancel
        self._busy = False
        self._details = ""
        ui.screenButton.connect("clicked(bool)", self.press)
        ui.messageDetailsButton.connect("toggled(bool)", self._on_details)
        ui.messageCloseButton.connect("clicked(bool)", self.clear)

    def press(self, checked: bool = False) -> None:
        """As a click on the button, where it is enabled."""
        if self._ui.screenButton.enabled:
            (self._cancel if self._busy else self._screen)()

    def refresh(self, facts: PanelFacts) -> None:
        """Show what can be done and whether something runs."""
        ui = self._ui
        self._busy = facts.state.busy
        reason = why_disabled(Action.CANCEL if self._busy else Action.SCREEN, facts)
        # Without the packages a click asks to install them.
        ui.screenButton.enabled = reason in (None, INSTALL_FIRST)
        ui.screenButton.text = _("&Cancel") if self._busy else _("&Screen")
        if reason is None:
            ui.screenButton.toolTip = _("Stop what is running (Esc).") if self._busy else _("Screen this film (Ctrl+Return).")
        else:
            ui.screenButton.toolTip = _("Installs the Python packages first.") if reason == INSTALL_FIRST else _(reason)
        ui.progressBar.visible = self._busy
        ui.stageLabel.visible = self._busy
        if not self._busy:
            ui.progressBar.value = 0
            ui.stageLabel.text = ""
        elif facts.state is PanelState.CANCELLING or not ui.stageLabel.text:
            ui.stageLabel.text = _(facts.state.words)

    def progress(self, words: str, fraction: float) -> None:
        """Show the stage in words and how much of the whole is done."""
        self._ui.stageLabel.text = _(words)
        self._ui.progressBar.value = round(100 * fraction)

    def say(self, text: str) -> None:
        """Show one line."""
        self._show(text, "", _PLAIN)

    def fail(self, text: str, details: str) -> None:
        """Show one line that says what went wrong."""
        self._show(text, details, _WARNING)

    def clear(self, checked: bool = False) -> None:
        """Hide the message."""
        self._ui.messageFrame.visible = False

    def _show(self, text: str, details: str, style: str) -> None:
        ui = self._ui
        ui.messageLabel.text = text
        ui.messageDetailsButton.checked = False
        ui.messageDetailsButton.visible = bool(details)
        ui.messageDetails.setPlainText(details)
        ui.messageDetails.visible = False
        ui.messageFrame.styleSheet = style
        ui.messageFrame.visible = True

    def _on_details(self, checked: bool) -> None:
        self._ui.messageDetails.visible = checked
