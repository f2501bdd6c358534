"""The row of the annotators' section that writes the data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenPanel.annotate_export import QueueExport
from OsteoScreenPanel.host import PanelHost


class DataSetRow:
    """The export's button, progress bar and Stop button; one export at a time."""

    def __init__(self, ui: Any, host: PanelHost) -> None:
        self._ui, self._host = ui, host
        self._export: QueueExport | None = None
        ui.stopExportButton.connect("clicked(bool)", self._on_stop)

    @property
    def writing(self) -> bool:
        """Whether a data set is being written."""
        return self._export is not None

    def refresh(self) -> None:
        """Show what is written; the button itself was enabled by what the queue allows."""
        ui = self._ui
        ui.exportProgress.visible = ui.stopExportButton.visible = self.writing
        if self.writing:
            ui.exportButton.enabled = False
            ui.exportButton.toolTip = _("The data set is being written.")

    def start(self, session: Path, folder: Path, name: str) -> None:
        """Write the session in a folder into another folder."""
        from OsteoScreenPanel.surroundings import interpreter

        self._ui.exportProgress.value = 0
        self._export = QueueExport(interpreter(), session, folder, name)
        self._export.start(self._on_progress, self._on_finished, self._on_failed)
        self._host.refresh()

    def close(self) -> None:
        """End what is written, as the panel goes."""
        export, self._export = self._export, None
        if export is not None:
            export.close()

    def _on_stop(self, checked: bool = False) -> None:
        if self._export is not None:
            self._ui.stopExportButton.enabled = False
            self._export.stop()

    def _on_progress(self, fraction: float) -> None:
        if self.writing:
            self._ui.exportProgress.value = round(100 * fraction)

    def _on_finished(self, summary: str) -> None:
        if self._end():
            self._host.say(_("The data set is written: {summary}").format(summary=summary))

    def _on_failed(self, message: str, details: str, stopped: bool) -> None:
        if not self._end():
            return
        if stopped:
            self._host.say(_("The export was stopped. Nothing of it is left."))
        else:
            self._host.fail(message, details)

    def _end(self) -> bool:
        """Whether there still is a panel to tell."""
        open_, self._export = self._export is not None, None
        if open_:
            self._ui.stopExportButton.enabled = True
            self._host.refresh()
        return open_
