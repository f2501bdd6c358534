"""A panel that keeps what its sections say and ask, and runs their jobs by functions of the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.actions import PanelFacts
from OsteoScreenLib.workflow.run_folder import RunFolder
from OsteoScreenLib.workflow.states import PanelState, StateMachine

Work = Callable[[Any], "tuple[Path, str | None, tuple[str, ...]]"]
"""Does a job: returns the folder, the state and the notes, or raises `OsteoScreenError` for a failure."""


@dataclass
class RecordingHost:
    """Implements `OsteoScreenPanel.host.PanelHost` as far as one section needs it.

    ``work`` does the jobs; without it they wait until the test calls `finish` or `cancel`.
    """

    scene: Any
    folder: Path
    work: Work | None = None
    machine: StateMachine = field(default_factory=StateMachine)
    library: Any = None
    session: Any = None
    bundle: Path | None = None
    film: Any = None
    result: Any = None
    outlines: Any = None
    said: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    jobs: list[Any] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    sections: list[Any] = field(default_factory=list)
    waiting: tuple[Any, ...] | None = None

    def run(
        self,
        state: PanelState,
        make_job: Callable[[RunFolder], Any],
        finished: Callable[..., None],
        *,
        failed: Callable[[str], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> bool:
        if self.machine.busy:
            return False
        folder = RunFolder.create(self.folder)
        job = make_job(folder)
        self.jobs.append(job)
        self.machine.to(state)
        self.refresh()
        self.waiting = (job, folder, finished, failed, cancelled)
        if self.work is not None:
            self.finish()
        return True

    def finish(self) -> None:
        """Let the waiting job be done by ``work``."""
        assert self.waiting is not None
        assert self.work is not None
        (job, folder, finished, failed, _), self.waiting = self.waiting, None
        try:
            outcome = self.work(job)
        except OsteoScreenError as error:
            self.machine.to(PanelState.FAILED)
            self.fail(str(error))
            if failed is not None:
                failed(str(error))
        else:
            self.machine.to(PanelState.READY)
            finished(*outcome)
        folder.remove()
        self.refresh()

    def cancel(self) -> None:
        """What the panel's Cancel button does to the waiting job."""
        assert self.waiting is not None
        (_, folder, _, _, cancelled), self.waiting = self.waiting, None
        folder.remove()
        self.machine.to(PanelState.CANCELLING)
        self.machine.to(PanelState.READY)
        if cancelled is not None:
            cancelled()
        self.refresh()

    def choose_film(self, node: Any) -> None:
        self.film = node
        self.refresh()

    def choose_bundle(self, folder: Path | None) -> None:
        self.bundle = folder
        self.refresh()

    def show_result(self, film: Any, result: Any) -> None:
        from OsteoScreenLib.scene.build import build_scene

        self.film, self.result = film, result
        self.shown.append(result)
        build_scene(self.scene, result, film=film)
        self.refresh()

    def say(self, text: str) -> None:
        self.said.append(text)

    def fail(self, text: str, details: str = "") -> None:
        self.failed.append((text, details))

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        assert self.answers, f"the section asks '{question}', and the test gave no answer"
        return self.answers.pop(0)

    def facts(self) -> PanelFacts:
        facts = PanelFacts(state=self.machine.state, film_name=None if self.film is None else self.film.GetName())
        for section in self.sections:
            facts = replace(facts, **section.contribute())
        return facts

    def refresh(self) -> None:
        for section in self.sections:
            section.refresh(self.facts())
