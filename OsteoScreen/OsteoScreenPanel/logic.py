"""Screening of volume nodes from Python, with or without the panel."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenPanel.film_jobs import FilmJobs, check_film, say_of_film
from OsteoScreenPanel.warm_worker import WarmWorker

if TYPE_CHECKING:
    from OsteoScreenLib.scene.build import SceneNodes
    from OsteoScreenLib.screening.values import ScreeningResult
    from OsteoScreenLib.workflow.run_folder import RunFolder
    from OsteoScreenLib.workflow.session import RunListeners, WorkerSession

Progress = Callable[[str, float], None]


class RunError(OsteoScreenError):
    """A run that gave no result; ``details`` are the last lines of the process that did it."""

    code = "run"

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__("OsteoScreen", message, "")
        self.details = details
        self.args = (message,)


class CancelledError(RunError):
    """The run was cancelled: by the user, or because the film or the scene is gone."""


def _nothing(*_: Any) -> None:
    """A listener that does not listen."""


class ScreeningLogic:
    """Screens the films of one scene in another process, one at a time, and writes what comes out into the scene.

    Attributes
    ----------
    scene : the vtkMRMLScene
    worker : the other process
    """

    def __init__(self, scene: Any, worker: WarmWorker | None = None) -> None:
        self.scene = scene
        self.worker = WarmWorker() if worker is None else worker
        self._loop: Any = None

    # -- the whole of it, for scripts --------------------------------------------------------------------------------

    def process(
        self,
        film: Any,
        *,
        spacing_mm: float | None = None,
        invert: bool | None = None,
        side: str | None = None,
        age: float | None = None,
        sex: str | None = None,
        bundle: Path | str | None = None,
        seed: int = 0,
        samples: int | None = None,
        on_progress: Progress = _nothing,
    ) -> ScreeningResult:
        """Screen a volume node and write the result into the scene. Blocks, while Slicer goes on drawing.

        ``spacing_mm`` (millimetres per pixel), ``invert``, ``side`` ("left", "right"), ``age`` in years and ``sex`` ("F",
        "M") are your word and are kept with the film; what is not given comes from the film. Raises `OsteoScreenError`.

        ::

            result = logic.process(slicer.util.getNode("simulated_hand"), spacing_mm=0.15)
            print(result.score.state.words)
        """
        say_of_film(self.scene, film, spacing_mm=spacing_mm, invert=invert, side=side, age=age, sex=sex)
        return self._wait(
            lambda listeners: self.start(film, bundle=bundle, seed=seed, samples=samples, on_progress=on_progress, **listeners)
        )

    def start(
        self,
        film: Any,
        *,
        bundle: Path | str | None = None,
        seed: int = 0,
        samples: int | None = None,
        on_progress: Progress = _nothing,
        on_finished: Callable[[ScreeningResult], None] = _nothing,
        on_failed: Callable[[str, str], None] = _nothing,
        on_cancelled: Callable[[], None] = _nothing,
    ) -> None:
        """Begin a screening and return at once; exactly one of the last three callbacks is called, on this thread.

        Raises `OsteoScreenError` where it cannot begin.
        """
        chosen = self.bundle if bundle is None else Path(bundle)
        self._begin(
            film,
            lambda job, folder: job.screen(folder, bundle=chosen, seed=seed, samples=samples),
            on_progress,
            on_finished,
            on_failed,
            on_cancelled,
        )

    def rescore(self, film: Any, *, on_progress: Progress = _nothing) -> ScreeningResult:
        """Measure and score the film's outlines as they are now, and write that into the scene; blocks as `process` does.

        Raises `OsteoScreenError`, among others where the film has no result or its grid has changed.
        """
        return self._wait(lambda listeners: self.start_rescore(film, on_progress=on_progress, **listeners))

    def start_rescore(
        self,
        film: Any,
        *,
        on_progress: Progress = _nothing,
        on_finished: Callable[[ScreeningResult], None] = _nothing,
        on_failed: Callable[[str, str], None] = _nothing,
        on_cancelled: Callable[[], None] = _nothing,
    ) -> None:
        """Begin the scoring of corrected outlines and return at once; the callbacks are those of `start`."""
        self._begin(
            film,
            lambda job, folder: job.rescore(folder, bundle=self.bundle),
            on_progress,
            on_finished,
            on_failed,
            on_cancelled,
        )

    def nodes(self, film: Any) -> SceneNodes | None:
        """The MRML nodes of the film's result, ``None`` where it has none."""
        from OsteoScreenLib.scene.found import nodes_of

        return nodes_of(self.scene, film)

    def result(self, film: Any) -> ScreeningResult | None:
        """The film's result, from the scene alone (after loading a scene file too); ``None`` where it has none."""
        from OsteoScreenLib.scene.restore import result_of

        return result_of(self.scene, film)

    def films(self, volume: Any) -> tuple[Any, ...]:
        """The films of a volume node, one node each: the node itself, or own nodes where it is a stack of several.

        Raises `OsteoScreenError` where it is no radiograph.
        """
        from OsteoScreenLib.scene.films import film_count, film_slice

        return tuple(film_slice(self.scene, volume, index) for index in range(film_count(volume)))

    def cancel(self) -> None:
        """Stop what is running; nothing is left behind."""
        self.worker.cancel()

    def close(self) -> None:
        """End the other process; whoever waits for a result hears that it was cancelled. The next call starts it again."""
        self.worker.close()
        if self._loop is not None:
            self._loop.quit()

    # -- parts that the panel uses too -------------------------------------------------------------------------------

    @property
    def session(self) -> WorkerSession:
        """The other process."""
        return self.worker.session

    @property
    def bundle(self) -> Path | None:
        """Folder of the model bundle; ``None`` for the shipped one."""
        return self.worker.bundle

    @bundle.setter
    def bundle(self, folder: Path | None) -> None:
        self.worker.bundle = folder

    def run(self, make_job: Callable[[RunFolder], Any], listeners: RunListeners) -> None:
        """Start any job of the worker. Raises `OsteoScreenError` where it cannot begin; nothing is left behind then."""
        self.worker.run(make_job, listeners)

    def put_into_scene(self, film: Any, result: ScreeningResult) -> SceneNodes:
        """Write a result's nodes, or bring them up to date. Raises `OutputError` where the film has another size."""
        from OsteoScreenLib.scene.build import build_scene

        return build_scene(self.scene, result, film=film)

    def _begin(
        self,
        film: Any,
        make_job: Callable[[FilmJobs, RunFolder], Any],
        on_progress: Progress,
        on_finished: Callable[[ScreeningResult], None],
        on_failed: Callable[[str, str], None],
        on_cancelled: Callable[[], None],
    ) -> None:
        from OsteoScreenLib.workflow.session import RunListeners

        check_film(self.scene, film)
        job = FilmJobs(self.scene, film)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            if not self.scene.IsNodePresent(film):
                on_cancelled()
                return
            try:
                result = job.take(folder)
            except OsteoScreenError as error:
                on_failed(str(error), "")
                return
            except Exception as error:
                # Somebody waits for an answer, whatever it is.
                on_failed(f"The result cannot be shown ({type(error).__name__}: {error}).", traceback.format_exc())
                return
            on_finished(result)

        self.run(lambda folder: make_job(job, folder), RunListeners(on_progress, finished, on_failed, on_cancelled))

    def _wait(self, start: Callable[[dict[str, Any]], None]) -> ScreeningResult:
        """Run with callbacks until one of them is called; events of Slicer are handled meanwhile."""
        import qt

        loop = self._loop = qt.QEventLoop()
        outcome: list[ScreeningResult | RunError] = []

        def end(value: ScreeningResult | RunError) -> None:
            outcome.append(value)
            loop.quit()

        try:
            start(
                {
                    "on_finished": end,
                    "on_failed": lambda message, details: end(RunError(message, details)),
                    "on_cancelled": lambda: end(CancelledError("The run was cancelled.")),
                }
            )
            if not outcome:
                # The name depends on the version of Qt.
                (loop.exec_ if hasattr(loop, "exec_") else loop.exec)()
        finally:
            self._loop = None
        if not outcome:
            # Slicer quits, or the logic was closed.
            self.close()
            raise CancelledError("The run was cancelled.")
        if isinstance(outcome[0], RunError):
            raise outcome[0]
        return outcome[0]
