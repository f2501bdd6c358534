"""Runs one screening job: reads the film, screens it, writes every file, and puts the folder in place when it is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker.files import write_files
from OsteoScreenLib.worker.job import FetchJob, FilmJob, Job

Progress = Callable[[str, float], None]
"""Called with the stage's name and the fraction of the whole job, 0 to 1."""

_READ, _SCREENED = 0.05, 0.70
"""Fractions of the whole job when the film is read and when it is screened; the rest is writing."""


class FilmScreener(Protocol):
    """Whatever turns a film into a result."""

    def screen(self, radiograph: Radiograph, *, seed: int, samples: int | None, progress: Progress | None) -> ScreeningResult:
        """Screen one film; ``progress`` hears fractions of the screening alone."""
        ...

    def rescore(
        self, radiograph: Radiograph, result: ScreeningResult, masks: np.ndarray, *, progress: Progress | None
    ) -> ScreeningResult:
        """Measure and score corrected ``masks``; ``progress`` hears the fractions that the same stages have in a screening."""
        ...


@dataclass(frozen=True)
class Steps:
    """The collaborators of a job.

    ``open_screener`` gets the bundle's folder (or ``None``) and the engine's name; ``fetch`` brings a bundle into its library
    and gives its new folder; ``prepare`` gets what ``open_screener`` gets and makes the first job with it a quick one.
    """

    read_film: Callable[[FilmJob], Radiograph]
    open_screener: Callable[[Path | None, str], FilmScreener]
    fetch: Callable[[FetchJob, Progress], Path]
    prepare: Callable[[Path | None, str], None]


@dataclass(frozen=True)
class JobOutcome:
    """A finished screening. ``notes`` say what was left out and why, one sentence each."""

    folder: Path
    result: ScreeningResult
    notes: tuple[str, ...]


def run_job(job: Job, steps: Steps, progress: Progress) -> JobOutcome:
    """Screen one film into ``job.folder``. When anything is raised, an interrupt included, no folder is left behind.

    Raises `FilmError`, `BundleError`, `UsageError` or `OutputError`.
    """
    from OsteoScreenLib.radiograph.negative import with_polarity
    from OsteoScreenLib.screening.result_folder import write_folder_atomically

    progress("reading", 0.0)
    radiograph = steps.read_film(job)
    if not job.replace:
        refuse_another_film(job.folder, radiograph)
    with write_folder_atomically(job.folder) as folder:
        progress("loading the model", _READ)
        screener = steps.open_screener(job.bundle, job.engine)
        result = screener.screen(radiograph, seed=job.seed, samples=job.samples, progress=part(progress, _READ, _SCREENED))
        shown = with_polarity(radiograph, result.film.polarity)
        notes = write_files(result, shown, folder, job, part(progress, _SCREENED, 1.0))
    progress("done", 1.0)
    return JobOutcome(folder=job.folder, result=result, notes=notes)


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one part of a job, told as progress of the whole."""
    return lambda stage, fraction: progress(stage, start + (end - start) * min(max(fraction, 0.0), 1.0))


def refuse_another_film(folder: Path, radiograph: Radiograph) -> None:
    """A film may replace its own older result, never silently that of another film with the same name."""
    from OsteoScreenLib.screening.storage import RESULT_FILE, read_document

    try:
        film = read_document(folder / RESULT_FILE).get("film")
    except OutputError:
        return  # no result there
    if not isinstance(film, dict) or film.get("sha256") != radiograph.source.sha256:
        raise OutputError(
            folder,
            f"holds the result of another film named {radiograph.source.name}",
            "Choose another --out folder, or replace it with --force",
        )
