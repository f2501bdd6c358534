"""A film of the scene as a job for the worker, and the worker's result as nodes of the scene."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from OsteoScreenLib.errors import OsteoScreenError, UsageError
from OsteoScreenPanel.surroundings import dicom_file

if TYPE_CHECKING:
    import numpy as np

    from OsteoScreenLib.screening.values import ScreeningResult
    from OsteoScreenLib.workflow.run_folder import RunFolder


def check_film(scene: Any, film: Any) -> None:
    """Raise `UsageError` where a node is no volume of this scene."""
    if not hasattr(film, "IsA") or not film.IsA("vtkMRMLScalarVolumeNode") or not scene.IsNodePresent(film):
        raise UsageError("film", "is no volume node of this scene", "Load a radiograph and give its node")


def say_of_film(scene: Any, film: Any, **words: Any) -> None:
    """Keep the user's word on a film with its node; ``None`` changes nothing."""
    from OsteoScreenLib.radiograph.values import Laterality
    from OsteoScreenLib.scene import node_tags

    check_film(scene, film)
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


def _nothing_found(film: Any) -> UsageError:
    return UsageError(film.GetName(), "has no result", "Screen the film first")


class FilmJobs:
    """One run on one film: makes the worker's job, and takes what comes out into the scene.

    What comes out rests on the film and the outlines as they were when the run began; either may be changed while it goes on.
    """

    def __init__(self, scene: Any, film: Any) -> None:
        self._scene, self._film = scene, film
        self._began: dict[str, Any] | None = None
        self._sent: np.ndarray | None = None

    def screen(self, folder: RunFolder, *, bundle: Path | None = None, seed: int = 0, samples: int | None = None) -> Any:
        """The job that screens the film, whose pixels and tags are written into the run's folder. Raises `OsteoScreenError`."""
        from OsteoScreenLib.worker import Job

        return Job(
            folder=folder.result,
            bundle=bundle,
            seed=seed,
            samples=samples,
            scene=False,
            report=False,
            **self._written(folder),
        )

    def rescore(self, folder: RunFolder, *, bundle: Path | None = None) -> Any:
        """The job that scores the film's outlines as they are now. Raises `OsteoScreenError`."""
        from OsteoScreenLib.scene.found import nodes_of
        from OsteoScreenLib.scene.masks import read_masks
        from OsteoScreenLib.screening.storage_segmentation import write_segmentation
        from OsteoScreenLib.worker import RescoreJob

        film, nodes = self._film, nodes_of(self._scene, self._film)
        if nodes is None:
            raise _nothing_found(film)
        self._sent = read_masks(nodes.segmentation, film)
        result, earlier = self._earlier(folder)
        write_segmentation(folder.masks, self._sent, result.film.spacing, result.film.laterality)
        return RescoreJob(result=earlier, masks=folder.masks, folder=folder.result, bundle=bundle, **self._written(folder))

    def report(self, folder: RunFolder) -> Any:
        """The job that writes a report of the film's result. Raises `OsteoScreenError`."""
        from OsteoScreenLib.worker import ReportJob

        _, earlier = self._earlier(folder)
        return ReportJob(result=earlier, folder=folder.result, **self._written(folder))

    def take(self, folder: Path) -> ScreeningResult:
        """Take a finished run's result and write it into the scene. Raises `OsteoScreenError`."""
        from OsteoScreenLib.scene.build import build_scene
        from OsteoScreenLib.scene.write_masks import write_masks
        from OsteoScreenLib.screening.storage import load_result

        result = load_result(folder)
        drawn = self._drawn_meanwhile()
        nodes = build_scene(self._scene, result, film=self._film, state=self._began)
        if drawn is not None:
            write_masks(nodes.segmentation, self._film, drawn)
        return result

    def _earlier(self, folder: RunFolder) -> tuple[ScreeningResult, Path]:
        """The film's result in the scene, and the folder that it was written into for the worker."""
        from OsteoScreenLib.scene.restore import result_of
        from OsteoScreenLib.screening.storage import save_result

        result = result_of(self._scene, self._film)
        if result is None:
            raise _nothing_found(self._film)
        earlier = folder.path / "earlier"
        earlier.mkdir()
        save_result(result, earlier)
        return result, earlier

    def _drawn_meanwhile(self) -> np.ndarray | None:
        """Outlines that were drawn upon after they had been sent to be scored: that is work of a person, and is kept."""
        import numpy as np

        from OsteoScreenLib.scene.masks import read_masks
        from OsteoScreenLib.scene.ownership import find

        outlines = find(self._scene, "vtkMRMLSegmentationNode", "segmentation", self._film)
        if self._sent is None or outlines is None:
            return None
        try:
            now = read_masks(outlines, self._film)
        except OsteoScreenError:
            return None  # a segment was deleted, or the film was moved: there is no whole set of outlines to keep
        return None if np.array_equal(now, self._sent) else now

    def _written(self, folder: RunFolder) -> dict[str, Any]:
        """Write the film's pixels and tags into a run's folder; returns it and the user's word as keywords of a job."""
        from OsteoScreenLib.radiograph.exchange import save_film_array
        from OsteoScreenLib.scene.film_state import film_state
        from OsteoScreenLib.scene.films import film_array, film_count
        from OsteoScreenLib.scene.node_tags import align_spacing, remember_tags, tags_of, user_word

        film = self._film
        check_film(self._scene, film)
        film_count(film)
        remember_tags(film, dicom_file(film))
        tags, word = tags_of(film), user_word(film)
        array = film_array(film, tags)
        # Before there are outlines: Slicer resamples those when the spacing changes.
        align_spacing(film, tags.spacing)
        save_film_array(array, folder.film)
        self._began = film_state(film)
        return {
            "film": folder.film,
            "spacing_mm": word.spacing_mm,
            "invert": word.invert,
            "side": word.side,
            "age_years": word.age_years,
            "sex": word.sex,
        }
