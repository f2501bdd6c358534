"""Runs a job of any kind; whatever its kind, its folder appears complete or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker.job import AnyJob, FetchJob, Job, ReadJob, ReportJob, RescoreJob
from OsteoScreenLib.worker.run import Progress, Steps, part, refuse_another_film, run_job


@dataclass(frozen=True)
class Finished:
    """A finished job: its folder, the state of the score (``None`` where nothing was scored), and notes for people."""

    folder: Path
    state: str | None = None
    notes: tuple[str, ...] = ()


def run_any(job: AnyJob, steps: Steps, progress: Progress) -> Finished:
    """Run one job. When anything is raised, an interrupt included, no folder is left behind.

    Raises `FilmError`, `BundleError`, `UsageError` or `OutputError`.
    """
    if isinstance(job, Job):
        outcome = run_job(job, steps, progress)
        return Finished(outcome.folder, outcome.result.score.state.value, outcome.notes)
    if isinstance(job, ReadJob):
        return _read(job, steps, progress)
    if isinstance(job, RescoreJob):
        return _rescore(job, steps, progress)
    if isinstance(job, ReportJob):
        return _report(job, steps, progress)
    return _fetch(job, steps, progress)


def _read(job: ReadJob, steps: Steps, progress: Progress) -> Finished:
    from OsteoScreenLib.radiograph.exchange import save_radiograph
    from OsteoScreenLib.screening.result_folder import write_folder_atomically

    progress("reading", 0.0)
    radiograph = steps.read_film(job)
    with write_folder_atomically(job.folder) as folder:
        progress("writing", 0.7)
        save_radiograph(radiograph, folder)
    progress("done", 1.0)
    return Finished(job.folder)


def _rescore(job: RescoreJob, steps: Steps, progress: Progress) -> Finished:
    from OsteoScreenLib.screening.result_folder import write_folder_atomically
    from OsteoScreenLib.screening.screener import STAGES
    from OsteoScreenLib.screening.storage import load_result, save_result
    from OsteoScreenLib.screening.storage_segmentation import read_segmentation

    progress("reading", 0.0)
    radiograph = steps.read_film(job)
    result = load_result(job.result)
    _refuse_foreign_result(job.result, result, radiograph)
    masks = read_segmentation(job.masks, radiograph.shape)
    refuse_another_film(job.folder, radiograph)
    with write_folder_atomically(job.folder) as folder:
        progress("loading the model", 0.2)
        screener = steps.open_screener(job.bundle, job.engine)
        outlined = STAGES["segmentation"][1]
        judged = part(progress, 0.3, 0.7)
        corrected = screener.rescore(
            radiograph,
            result,
            masks,
            progress=lambda stage, fraction: judged(stage, (fraction - outlined) / (1 - outlined)),
        )
        progress("writing", 0.7)
        save_result(corrected, folder)
    progress("done", 1.0)
    return Finished(job.folder, corrected.score.state.value)


def _report(job: ReportJob, steps: Steps, progress: Progress) -> Finished:
    from OsteoScreenLib.new_folder import new_folder
    from OsteoScreenLib.radiograph.negative import with_polarity
    from OsteoScreenLib.screening.storage import load_result
    from OsteoScreenLib.worker.files import write_page, write_pdf

    progress("reading", 0.0)
    radiograph = steps.read_film(job)
    result = load_result(job.result)
    _refuse_foreign_result(job.result, result, radiograph)
    shown = with_polarity(radiograph, result.film.polarity)
    with new_folder(job.folder, OutputError) as folder:
        progress("drawing", 0.3)
        write_page(result, shown, folder)
        progress("report", 0.6)
        write_pdf(result, shown, folder, job.paper)
    progress("done", 1.0)
    return Finished(job.folder, result.score.state.value)


def _fetch(job: FetchJob, steps: Steps, progress: Progress) -> Finished:
    progress("downloading", 0.0)
    folder = steps.fetch(job, progress)
    progress("done", 1.0)
    return Finished(folder)


def _refuse_foreign_result(folder: Path, result: ScreeningResult, radiograph: Radiograph) -> None:
    """The earlier result must be of this film. A file and an array made of it have hashes that cannot be compared."""
    if result.film.shape != radiograph.shape:
        rows, columns = result.film.shape
        fault = f"is the result of a film of {rows} x {columns} pixels, not {radiograph.shape[0]} x {radiograph.shape[1]}"
    else:
        earlier, now = result.film.source, radiograph.source
        if earlier.file_format != now.file_format or earlier.sha256 == now.sha256:
            return
        fault = f"is the result of other pixels than those of {now.name}"
    raise UsageError(folder, fault, "Screen the film again")
