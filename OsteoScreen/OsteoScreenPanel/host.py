"""What a section of the panel may ask of the panel it sits in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from OsteoScreenLib.bundle.library import BundleLibrary
    from OsteoScreenLib.screening.values import ScreeningResult
    from OsteoScreenLib.workflow.actions import PanelFacts
    from OsteoScreenLib.workflow.run_folder import RunFolder
    from OsteoScreenLib.workflow.session import WorkerSession
    from OsteoScreenLib.workflow.states import PanelState, StateMachine

Finished = Callable[[Path, "str | None", "tuple[str, ...]"], None]
"""Hears of a job that is done: the folder with what it made, the state it found or ``None``, and its notes."""


class PanelHost(Protocol):
    """One panel. Everything here is called on Slicer's main thread and returns at once.

    Attributes
    ----------
    scene : the vtkMRMLScene
    session : the worker process and its one job at a time
    machine : what the panel is doing; change it through `run` only
    library : the model bundles that are there
    bundle : folder of the chosen model bundle, ``None`` for the shipped one
    film : volume node of the one film that is looked at (one slice), or ``None``
    result : that film's result, or ``None``
    outlines : segmentation node of that result, or ``None``
    """

    scene: Any
    machine: StateMachine

    @property
    def session(self) -> WorkerSession: ...  # noqa: D102

    @property
    def library(self) -> BundleLibrary: ...  # noqa: D102

    @property
    def bundle(self) -> Path | None: ...  # noqa: D102

    @property
    def film(self) -> Any | None: ...  # noqa: D102

    @property
    def result(self) -> ScreeningResult | None: ...  # noqa: D102

    @property
    def outlines(self) -> Any | None: ...  # noqa: D102

    def run(
        self,
        state: PanelState,
        make_job: Callable[[RunFolder], Any],
        finished: Finished,
        *,
        failed: Callable[[str], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> bool:
        """Start a job in the worker, with the panel's progress bar and Cancel button; ``False`` where one runs already.

        ``make_job`` gets the run's private folder and returns the job. That folder is gone when ``finished`` returns: take what
        is needed out of it. A failure is shown in the panel before ``failed`` hears its one line. Asks for the packages first
        where they are missing.
        """
        ...

    def choose_film(self, node: Any | None) -> None:
        """Make a volume node the panel's film, as if it had been chosen in the Inputs section."""
        ...

    def choose_bundle(self, folder: Path | None) -> None:
        """Use another model bundle from the next job on (``None``: the shipped one)."""
        ...

    def show_result(self, film: Any, result: ScreeningResult) -> None:
        """Write a result into the scene, make its film the panel's film, and show both."""
        ...

    def say(self, text: str) -> None:
        """Show one line in the panel's message area."""
        ...

    def fail(self, text: str, details: str = "") -> None:
        """Show one line that says what went wrong, with the details behind a button."""
        ...

    def ask(self, question: str) -> bool:
        """A question that is answered with yes or no, such as before something is thrown away."""
        ...

    def facts(self) -> PanelFacts:
        """What decides which buttons are enabled."""
        ...

    def refresh(self) -> None:
        """Bring every section up to date with the scene and the state."""
        ...
