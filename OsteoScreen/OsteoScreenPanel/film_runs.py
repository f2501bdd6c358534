"""What is done with the film that is looked at: screening it, and scoring its outlines as they are now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.correction import CorrectionSection
from OsteoScreenPanel.film_jobs import FilmJobs
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
        question = _("The outlines of {film} were corrected by hand. Screening draws all of them anew. Go on?")
        if self._drawn_by_hand() and not host.ask(question.format(film=film.GetName())):
            return
        job = FilmJobs(host.scene, film)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            self._correction.forget_difference()
            self._present(film, job.take(folder))
            for note in notes:
                host.say(note)
            set_has_screened()

        host.run(PanelState.SCREENING, lambda folder: job.screen(folder, bundle=host.bundle, seed=seed), finished)

    def rescore(self) -> None:
        """Measure and score the outlines as they are now, and show what that changes."""
        host, film, before = self._host, self._host.film, self._host.result
        if film is None or before is None:
            return
        job = FilmJobs(host.scene, film)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            after = job.take(folder)
            self._correction.show_difference(before, after)
            self._present(film, after)

        host.run(PanelState.RESCORING, lambda folder: job.rescore(folder, bundle=host.bundle), finished)

    def _drawn_by_hand(self) -> bool:
        """Whether a person has drawn at one of the outlines, scored since or not."""
        host = self._host
        if host.result is None:
            return False
        # Of a bone that was drawn there is one outline only; the model's own outlines always differ a little.
        return host.facts().result == "corrected" or any(
            bone.found and bone.disagreement == 0.0 for bone in host.result.segmentation.bones
        )
