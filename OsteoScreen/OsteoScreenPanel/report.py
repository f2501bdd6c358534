"""The result as a report, saved where the user says."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.file_names import safe_name
from OsteoScreenLib.new_file import new_file
from OsteoScreenLib.workflow.actions import Action, PanelFacts
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.film_jobs import FilmJobs
from OsteoScreenPanel.host import PanelHost

_FILES = {".pdf": "report.pdf", ".html": "report.html"}
"""What the worker writes, by the suffix that the user chooses."""


class ReportSection:
    """One button: where to, as what; the worker writes it, and it lies there when that is said."""

    def __init__(self, ui: Any, host: PanelHost) -> None:
        self._host = host
        self._available = Availability({ui.saveReportButton: Action.SAVE_REPORT})
        ui.saveReportButton.connect("clicked(bool)", self._on_save)

    def refresh(self, facts: PanelFacts) -> None:
        """Show whether there is a result to report."""
        self._available.refresh(facts)

    def _on_save(self, checked: bool = False) -> None:
        host, film = self._host, self._host.film
        target = None if film is None else self._chosen(film)
        if target is None:
            return
        job = FilmJobs(host.scene, film)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            with new_file(target) as part:
                shutil.copyfile(folder / _FILES[target.suffix.lower()], part)
            host.say(_("Report saved: {file}").format(file=target))

        host.run(PanelState.REPORTING, job.report, finished)

    @staticmethod
    def _chosen(film: Any) -> Path | None:
        """The file that the user names; without a suffix that is known it becomes a PDF."""
        kinds = _("Report as PDF (*.pdf);;Report as web page (*.html)")
        proposed = f"{safe_name(film.GetName() or 'film')}-report.pdf"
        path = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), _("Save report"), proposed, kinds)
        if not path:
            return None
        target = Path(path)
        return target if target.suffix.lower() in _FILES else target.with_name(f"{target.name}.pdf")
