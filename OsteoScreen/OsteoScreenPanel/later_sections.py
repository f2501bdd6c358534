"""Sections that are made when they are opened for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from OsteoScreenPanel.host import PanelHost


class LaterSections:
    """Annotating and choosing models; ``add`` takes a section over when it is made."""

    def __init__(self, ui: Any, host: PanelHost, add: Callable[[Any], None]) -> None:
        self._host, self._add = host, add
        self._buttons = {"annotate": ui.annotateButton, "models": ui.modelsButton}
        ui.annotateButton.connect("contentsCollapsed(bool)", self._on_annotate)
        ui.modelsButton.connect("contentsCollapsed(bool)", self._on_models)

    def _on_annotate(self, collapsed: bool) -> None:
        from OsteoScreenPanel.annotate import AnnotateSection

        self._make("annotate", collapsed, AnnotateSection)

    def _on_models(self, collapsed: bool) -> None:
        from OsteoScreenPanel.models import ModelsSection

        self._make("models", collapsed, ModelsSection)

    def _make(self, name: str, collapsed: bool, section: Callable[[Any, PanelHost], Any]) -> None:
        if not collapsed and name in self._buttons:
            self._add(section(self._buttons.pop(name).layout(), self._host))
