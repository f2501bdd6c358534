"""What is done with the film that is looked at: screening it, and scoring its outlines as they are now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.correction import CorrectionSection
from OsteoScreenPanel.film_jobs import rescore_job, screen_job, take
from OsteoScreenPanel.host import PanelHost
from OsteoScreenPanel.parameters import set_has_screened


class FilmRuns:
    """Starts the two runs; ``present(film, result)`` shows what comes out, which is in the scene by then."""

    def __init__(self, host: PanelHost, correction: CorrectionSection, present: Callable[[Any, Any], None]) -> None:
        self._host, self._correction, self._present = host, correction, present

    def screen(self, seed: int) -> None:
        """Screen the film."""
        host, film = self._host, self._host.film
        if film is None:
            host.say(_("Choose a film first."))
            return

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self._correction.forget_difference()
            self._present(film, take(self._host.scene, film, folder))
            for note in notes:
                host.say(note)
            set_has_screened()

        host.run(
            PanelState.SCREENING, lambda folder: screen_job(host.scene, film, folder, bundle=host.bundle, seed=seed), finished
        )

    def rescore(self) -> None:
        """Measure and score the outlines as they are now, and show what that changes."""
        host, film, before = self._host, self._host.film, self._host.result
        if film is None or before is None:
            return

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            after = take(self._host.scene, film, folder)
            self._correction.show_difference(before, after)
            self._present(film, after)

        host.run(PanelState.RESCORING, lambda folder: rescore_job(host.scene, film, folder, bundle=host.bundle), finished)
