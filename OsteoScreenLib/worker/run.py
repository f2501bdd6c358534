"""Runs one job: reads the film, screens it, writes every file, and puts the folder in place when it is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker.files import write_files
from OsteoScreenLib.worker.job import Job

Progress = Callable[[str, float], None]
"""Called with the stage's name and the fraction of the whole job, 0 to 1."""

_READ, _SCREENED = 0.05, 0.70
"""Fractions of the whole job when the film is read and when it is screened; the rest is writing."""


class FilmScreener(Protocol):
    """Whatever turns a film into a result."""

    def screen(self, radiograph: Radiograph, *, seed: int, samples: int | None, progress: Progress | None) -> ScreeningResult:
        """Screen one film; ``progress`` hears fractions of the screening alone."""
        ...


@dataclass(frozen=True)
class Steps:
    """The two collaborators of a job. ``open_screener`` gets the bundle's folder (or ``None``) and the engine's name."""

    read_film: Callable[[Job], Radiograph]
    open_screener: Callable[[Path | None, str], FilmScreener]


@dataclass(frozen=True)
class JobOutcome:
    """A finished job. ``notes`` say what was left out and why, one sentence each."""

    folder: Path
    result: ScreeningResult
    notes: tuple[str, ...]


def real_steps() -> Steps:
    """The steps of a real run. A bundle is loaded once, however many films are screened with it."""
    return Steps(read_film=_read_film, open_screener=cache(_open_screener))


def run_job(job: Job, steps: Steps, progress: Progress) -> JobOutcome:
    """Screen one film into ``job.folder``. When anything is raised, an interrupt included, no folder is left behind.

    Raises `FilmError`, `BundleError`, `UsageError` or `OutputError`.
    """
    from OsteoScreenLib.screening.result_folder import write_folder_atomically

    progress("reading", 0.0)
    radiograph = steps.read_film(job)
    if not job.replace:
        _refuse_another_film(job.folder, radiograph)
    with write_folder_atomically(job.folder) as folder:
        progress("loading the model", _READ)
        screener = steps.open_screener(job.bundle, job.engine)
        result = screener.screen(radiograph, seed=job.seed, samples=job.samples, progress=_part(progress, _READ, _SCREENED))
        notes = write_files(result, radiograph, folder, job, _part(progress, _SCREENED, 1.0))
    progress("done", 1.0)
    return JobOutcome(folder=job.folder, result=result, notes=notes)


def _part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one part of a job, told as progress of the whole."""
    return lambda stage, fraction: progress(stage, start + (end - start) * min(max(fraction, 0.0), 1.0))


def _refuse_another_film(folder: Path, radiograph: Radiograph) -> None:
    """A film may replace its own older result, never silently that of another film with the same name."""
    from OsteoScreenLib.screening.result_folder import is_result_folder
    from OsteoScreenLib.screening.storage import RESULT_FILE, read_document

    if not is_result_folder(folder):
        return
    film = read_document(folder / RESULT_FILE).get("film")
    if not isinstance(film, dict) or film.get("sha256") != radiograph.source.sha256:
        raise OutputError(
            folder,
            f"holds the result of another film named {radiograph.source.name}",
            "Choose another --out folder, or replace it with --force",
        )


def _read_film(job: Job) -> Radiograph:
    from OsteoScreenLib.radiograph import read_radiograph

    return read_radiograph(job.film, spacing_mm=job.spacing_mm, invert=job.invert, laterality=job.side)


def _open_screener(bundle: Path | None, engine: str) -> FilmScreener:
    from OsteoScreenLib.bundle import load_bundle
    from OsteoScreenLib.screening.screener import Screener

    return Screener(load_bundle(bundle), engine=engine)
