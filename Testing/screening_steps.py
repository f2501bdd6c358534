"""Stands in for reading and screening, so that jobs and commands can be tested without a model.

The results are the synthetic ones of ``screening_results``; everything that is written from them is written for real.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import FilmDescription, ScreeningResult
from OsteoScreenLib.worker import FetchJob, FilmJob, Steps
from Testing.screening_results import make_score, make_screening_result

STATE_BY_WORD = {state.value: state for state in State}


def film_file(path: Path, text: str = State.INDETERMINATE.value) -> Path:
    """Write a file that `StandInSteps` takes for a film: its first word is the state that screening it gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@dataclass
class StandInScreener:
    """Gives the synthetic result; ``during`` is called in the middle of every film."""

    during: Callable[[], None]
    states: dict[str, State]
    seen: list[dict[str, object]] = field(default_factory=list)
    rescored: list[np.ndarray] = field(default_factory=list)

    def screen(self, radiograph: Radiograph, *, seed: int, samples: int | None, progress) -> ScreeningResult:
        self.seen.append({"seed": seed, "samples": samples})
        progress("segmentation", 0.5)
        self.during()
        result, _ = make_screening_result(state=self.states[radiograph.source.sha256])
        return replace(result, film=FilmDescription.of(radiograph), seed=seed)

    def rescore(self, radiograph: Radiograph, result: ScreeningResult, masks: np.ndarray, *, progress) -> ScreeningResult:
        self.rescored.append(masks)
        progress("radiogrammetry", 0.75)
        self.during()
        score = make_score(self.states[radiograph.source.sha256])
        segmentation = replace(result.segmentation, masks=masks, hypotheses=None)
        return replace(result, film=FilmDescription.of(radiograph), segmentation=segmentation, score=score)


@dataclass
class StandInSteps:
    """Collects what it was asked for; ``steps`` is what a job or command is given."""

    during: Callable[[], None] = lambda: None
    states: dict[str, State] = field(default_factory=dict)
    jobs: list[FilmJob] = field(default_factory=list)
    opened: list[tuple[Path | None, str]] = field(default_factory=list)
    prepared: list[tuple[Path | None, str]] = field(default_factory=list)
    screener: StandInScreener | None = None

    @property
    def steps(self) -> Steps:
        return Steps(read_film=self._read, open_screener=self._open, fetch=self._fetch, prepare=self._prepare)

    def _read(self, job: FilmJob) -> Radiograph:
        self.jobs.append(job)
        try:
            content = job.film.read_bytes()
        except OSError as error:
            raise FilmError(job.film, f"cannot be read ({error.strerror})", "Check the path") from error
        word = content.decode("utf-8").split()[0] if content.split() else ""
        if word not in STATE_BY_WORD:
            raise FilmError(job.film, "is no film", "Give a hand radiograph")
        digest = hashlib.sha256(content).hexdigest()
        self.states[digest] = STATE_BY_WORD[word]
        _, radiograph = make_screening_result()
        return replace(radiograph, source=replace(radiograph.source, name=job.film.name, sha256=digest))

    def _open(self, bundle: Path | None, engine: str) -> StandInScreener:
        self.opened.append((bundle, engine))
        if self.screener is None:
            self.screener = StandInScreener(self.during, self.states)
        return self.screener

    def _fetch(self, job: FetchJob, progress) -> Path:
        """Writes a folder of the address's last word, beginning with a hidden one."""
        partial, folder = job.library / ".partial", job.library / job.url.rpartition("/")[2]
        partial.mkdir(parents=True)
        try:
            progress("downloading", 0.5)
            self.during()
            return partial.rename(folder)
        except BaseException:
            partial.rmdir()
            raise

    def _prepare(self, bundle: Path | None, engine: str) -> None:
        self.prepared.append((bundle, engine))
