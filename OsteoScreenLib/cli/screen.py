"""``osteoscreen screen``: every film on its own, the next one after a bad one."""

from __future__ import annotations

import argparse
import glob
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.cli.naming import result_folders
from OsteoScreenLib.cli.progress import ProgressLine
from OsteoScreenLib.cli.status import ExitStatus, worst
from OsteoScreenLib.cli.summary import summary
from OsteoScreenLib.errors import BundleError, OsteoScreenError, UsageError
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.reports.paper import Paper
from OsteoScreenLib.worker.job import Job
from OsteoScreenLib.worker.run import Steps, run_job
from OsteoScreenLib.worker.steps import real_steps
from OsteoScreenLib.worker.termination import interrupted


def screen(given: argparse.Namespace, steps: Steps | None = None) -> ExitStatus:
    """Screen all films and return the gravest status. Raises `BundleError` and `UsageError`, which concern every film."""
    steps = real_steps() if steps is None else steps
    progress = ProgressLine(quiet=given.quiet)
    jobs = _jobs(given)
    statuses = []
    try:
        for number, job in enumerate(jobs, start=1):
            progress.film(job.film.name, number, len(jobs))
            statuses.append(_screen_one(job, steps, progress, quiet=given.quiet))
    finally:
        progress.clear()
    return worst(statuses)


def _screen_one(job: Job, steps: Steps, progress: ProgressLine, *, quiet: bool) -> ExitStatus:
    try:
        outcome = run_job(job, steps, progress)
    except (BundleError, UsageError):
        raise
    except OsteoScreenError as error:
        progress.clear()
        print(error, file=sys.stderr)
        return ExitStatus.BAD_INPUT
    except Exception as error:
        if interrupted():
            raise KeyboardInterrupt from error
        progress.clear()
        traceback.print_exc()
        reason = " ".join(str(error).split())
        print(f"{job.film}: unexpected {type(error).__name__}: {reason}. Please report this with the film", file=sys.stderr)
        return ExitStatus.FAULT
    progress.clear()
    for note in outcome.notes:
        print(f"{job.film}: {note}", file=sys.stderr)
    if not quiet:
        print(summary(job.film.name, outcome), flush=True)
    return ExitStatus.NOT_ANALYSABLE if outcome.result.score.state is State.NOT_ANALYSABLE else ExitStatus.ANALYSED


def _jobs(given: argparse.Namespace) -> list[Job]:
    films = [film for pattern in given.films for film in _expanded(pattern)]
    return [
        Job(
            film=Path(film),
            folder=folder,
            bundle=given.bundle,
            seed=given.seed,
            samples=given.samples,
            spacing_mm=given.spacing,
            invert=given.invert,
            side=None if given.side is None else Laterality(given.side),
            engine=given.engine,
            masks=given.masks,
            nifti=given.nifti,
            pdf=given.pdf,
            paper=Paper(given.paper),
            identify=given.identify,
            dicom=given.dicom,
            coco=given.coco,
            replace=given.force,
        )
        for film, folder in zip(films, result_folders(films, given.out), strict=True)
    ]


def _expanded(pattern: str) -> Sequence[str]:
    """The films that a pattern stands for: the Windows shell hands ``*.png`` over as it is typed."""
    if os.path.exists(pattern) or not glob.has_magic(pattern):
        return [pattern]
    return sorted(glob.glob(pattern)) or [pattern]
