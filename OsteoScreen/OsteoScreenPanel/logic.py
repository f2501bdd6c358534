"""Screening of volume nodes from Python, with or without the panel."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

import OsteoScreenLib
from OsteoScreenLib.errors import OsteoScreenError, UsageError

if TYPE_CHECKING:
    from OsteoScreenLib.scene.build import SceneNodes
    from OsteoScreenLib.screening.values import ScreeningResult
    from OsteoScreenLib.workflow.process import Cancellable
    from OsteoScreenLib.workflow.run_folder import RunFolder
    from OsteoScreenLib.workflow.session import RunListeners, WorkerSession

Progress = Callable[[str, float], None]
IDLE_S = 600.0
"""An unused worker process is ended after this; its model takes several hundred megabytes."""


class RunError(OsteoScreenError):
    """A run that gave no result; ``details`` are the last lines of the process that did it."""

    code = "run"

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__("OsteoScreen", message, "")
        self.details = details
        self.args = (message,)


class CancelledError(RunError):
    """The run was cancelled: by the user, or because the film or the scene is gone."""


class _NeverDue:
    """A call that nobody waits for."""

    def cancel(self) -> None:
        """Nothing to do."""


def _nothing(*_: Any) -> None:
    """A listener that does not listen."""


class ScreeningLogic:
    """Screens the films of one scene in another process, one at a time, and writes what comes out into the scene.

    Attributes
    ----------
    scene : the vtkMRMLScene
    bundle : folder of the model bundle; ``None`` for the shipped one
    """

    def __init__(self, scene: Any, session: WorkerSession | None = None) -> None:
        self.scene = scene
        self.bundle: Path | None = None
        self._session = session
        self._keep_warm = self._keeps = True
        self._still_idle: Cancellable = _NeverDue()

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
        self.say_of_film(film, spacing_mm=spacing_mm, invert=invert, side=side, age=age, sex=sex)
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
            lambda folder: self.screen_job(film, folder, bundle=chosen, seed=seed, samples=samples),
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
            lambda folder: self.rescore_job(film, folder, bundle=self.bundle),
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
        if self._session is not None:
            self._session.cancel()

    def close(self) -> None:
        """End the other process, without a word to who waits for it. The next call starts it again."""
        self._still_idle.cancel()
        if self._session is not None:
            self._session.close()

    # -- parts that the panel uses too -------------------------------------------------------------------------------

    @property
    def session(self) -> WorkerSession:
        """The other process; made when it is first asked for, and anew after `keep_warm` was changed."""
        if self._session is not None and self._keeps != self._keep_warm and not self._session.busy:
            self._session.close()
            self._session = None
        if self._session is None:
            from OsteoScreenLib.workflow.session import WorkerSession
            from OsteoScreenPanel.process import QtProcess, QtTimer

            library = Path(OsteoScreenLib.__file__).resolve().parents[1]
            self._keeps = self._keep_warm
            self._session = WorkerSession(QtProcess, QtTimer(), interpreter(), library, keep_warm=self._keep_warm)
        return self._session

    def prewarm(self) -> None:
        """Start the other process now, so that the first film need not wait for it; it ends by itself when it is not used."""
        if not self.session.busy:
            self.session.bundle = self.bundle
            self.session.prewarm()
            self._idle_from_now()

    def keep_warm(self, keep: bool) -> None:
        """Whether the other process waits for the next film with its model loaded, from the next film on."""
        self._keep_warm = keep
        if not keep and self._session is not None and not self._session.busy:
            self._session.close()

    def run(self, make_job: Callable[[RunFolder], Any], listeners: RunListeners) -> None:
        """Start any job of the worker. Raises `OsteoScreenError` where it cannot begin; nothing is left behind then."""
        missing = missing_packages()
        if missing:
            raise UsageError("Python packages", f"missing: {', '.join(missing)}", "Open the OsteoScreen module and press Install")
        if self.session.busy:
            raise UsageError("OsteoScreen", "another run is going on", "Wait until it has ended, or cancel it first")
        folder = self.session.run_folder()
        try:
            job = make_job(folder)
        except BaseException:
            folder.remove()
            raise
        self._still_idle.cancel()
        self.session.bundle = self.bundle
        self.session.submit(job, self._watched(listeners), folder)

    def _watched(self, listeners: RunListeners) -> RunListeners:
        """The same listeners; after the end of the run the process is idle."""

        def then(listener: Callable[..., None]) -> Callable[..., None]:
            def call(*words: Any) -> None:
                self._idle_from_now()
                listener(*words)

            return call

        return replace(
            listeners,
            on_finished=then(listeners.on_finished),
            on_failed=then(listeners.on_failed),
            on_cancelled=then(listeners.on_cancelled),
        )

    def _idle_from_now(self) -> None:
        from OsteoScreenPanel.process import QtTimer

        self._still_idle.cancel()
        self._still_idle = QtTimer().call_later(IDLE_S, self._end_idle)

    def _end_idle(self) -> None:
        if self._session is not None and not self._session.busy:
            self._session.close()

    def say_of_film(self, film: Any, **words: Any) -> None:
        """Keep the user's word on a film with its node; ``None`` changes nothing."""
        from OsteoScreenLib.radiograph.values import Laterality
        from OsteoScreenLib.scene import node_tags

        self._check_film(film)
        if words.get("spacing_mm") is not None:
            node_tags.set_user_spacing(film, words["spacing_mm"])
        if words.get("invert") is not None:
            node_tags.set_user_invert(film, words["invert"])
        if words.get("side") is not None:
            if words["side"] not in ("left", "right"):
                raise UsageError("side", f"is {words['side']!r}", 'Give "left" or "right"')
            node_tags.set_user_side(film, Laterality(words["side"]))
        if words.get("age") is not None:
            node_tags.set_user_age(film, words["age"])
        if words.get("sex") is not None:
            node_tags.set_user_sex(film, words["sex"])

    def screen_job(
        self, film: Any, folder: RunFolder, *, bundle: Path | None = None, seed: int = 0, samples: int | None = None
    ) -> Any:
        """The job that screens a film, whose pixels and tags are written into the run's folder. Raises `OsteoScreenError`."""
        from OsteoScreenLib.worker import Job

        return Job(
            folder=folder.result,
            bundle=bundle,
            seed=seed,
            samples=samples,
            scene=False,
            report=False,
            **self._written(film, folder),
        )

    def rescore_job(self, film: Any, folder: RunFolder, *, bundle: Path | None = None) -> Any:
        """The job that scores the film's outlines as they are now. Raises `OsteoScreenError`."""
        from OsteoScreenLib.scene.masks import read_masks
        from OsteoScreenLib.screening.storage import save_result
        from OsteoScreenLib.screening.storage_segmentation import write_segmentation
        from OsteoScreenLib.worker import RescoreJob

        result, nodes = self.result(film), self.nodes(film)
        if result is None or nodes is None:
            raise UsageError(film.GetName(), "has no result", "Screen the film first")
        masks = read_masks(nodes.segmentation, film)
        earlier = folder.path / "earlier"
        earlier.mkdir()
        save_result(result, earlier)
        write_segmentation(folder.masks, masks, result.film.spacing, result.film.laterality)
        return RescoreJob(result=earlier, masks=folder.masks, folder=folder.result, bundle=bundle, **self._written(film, folder))

    def take(self, film: Any, folder: Path) -> ScreeningResult:
        """Read a finished run's result and write it into the scene. Raises `OsteoScreenError`."""
        from OsteoScreenLib.screening.storage import load_result

        result = load_result(folder)
        self.put_into_scene(film, result)
        return result

    def put_into_scene(self, film: Any, result: ScreeningResult) -> SceneNodes:
        """Write a result's nodes, or bring them up to date. Raises `OutputError` where the film has another size."""
        from OsteoScreenLib.scene.build import build_scene

        return build_scene(self.scene, result, film=film)

    def _check_film(self, film: Any) -> None:
        if film is None or not film.IsA("vtkMRMLScalarVolumeNode") or not self.scene.IsNodePresent(film):
            raise UsageError("film", "is no volume node of this scene", "Load a radiograph and give its node")

    def _written(self, film: Any, folder: RunFolder) -> dict[str, Any]:
        """Write a film's pixels and tags into a run's folder; returns it and the user's word as keywords of a job."""
        from OsteoScreenLib.radiograph.exchange import save_film_array
        from OsteoScreenLib.scene.films import film_array, film_count
        from OsteoScreenLib.scene.node_tags import align_spacing, remember_tags, tags_of, user_word

        self._check_film(film)
        film_count(film)
        remember_tags(film, dicom_file(film))
        tags, word = tags_of(film), user_word(film)
        array = film_array(film, tags)
        # Before there are outlines: Slicer resamples those when the spacing changes.
        align_spacing(film, tags.spacing)
        save_film_array(array, folder.film)
        return {
            "film": folder.film,
            "spacing_mm": word.spacing_mm,
            "invert": word.invert,
            "side": word.side,
            "age_years": word.age_years,
            "sex": word.sex,
        }

    def _begin(
        self,
        film: Any,
        make_job: Callable[[RunFolder], Any],
        on_progress: Progress,
        on_finished: Callable[[ScreeningResult], None],
        on_failed: Callable[[str, str], None],
        on_cancelled: Callable[[], None],
    ) -> None:
        from OsteoScreenLib.workflow.session import RunListeners

        self._check_film(film)

        def finished(folder: Path, state: str | None, notes: tuple[str, ...]) -> None:
            if not self.scene.IsNodePresent(film):
                on_cancelled()
                return
            try:
                result = self.take(film, folder)
            except OsteoScreenError as error:
                on_failed(str(error), "")
                return
            on_finished(result)

        self.run(make_job, RunListeners(on_progress, finished, on_failed, on_cancelled))

    def _wait(self, start: Callable[[dict[str, Any]], None]) -> ScreeningResult:
        """Run with callbacks until one of them is called; events of Slicer are handled meanwhile."""
        import qt

        loop = qt.QEventLoop()
        outcome: list[ScreeningResult | RunError] = []

        def end(value: ScreeningResult | RunError) -> None:
            outcome.append(value)
            loop.quit()

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
        if not outcome:
            # Slicer quits: nobody waits for the result any more.
            self.close()
            raise CancelledError("The run was cancelled.")
        if isinstance(outcome[0], RunError):
            raise outcome[0]
        return outcome[0]


def interpreter() -> Sequence[str]:
    """The command that starts Slicer's Python with Slicer's libraries."""
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    launcher = Path(slicer.app.slicerHome) / "bin" / name
    return (str(launcher),) if launcher.is_file() else (sys.executable,)


def missing_packages() -> tuple[str, ...]:
    """Names of the Python packages that the worker needs and that are not installed."""
    from OsteoScreenLib.bundle.location import resources_folder
    from OsteoScreenLib.workflow.packages import missing, read_requirements

    return tuple(each.name for each in missing(read_requirements(resources_folder() / "requirements.txt")))


def dicom_file(node: Any) -> Path | None:
    """The DICOM file that a volume node was loaded from, by Slicer's DICOM database or its own file name, if still there."""
    uids = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    names = [database.fileForInstance(uids[0])] if uids and database is not None else []
    storage = node.GetStorageNode()
    if storage is not None:
        names.append(storage.GetFileName())
    return next((Path(name) for name in names if name and _is_dicom(Path(name))), None)


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False
