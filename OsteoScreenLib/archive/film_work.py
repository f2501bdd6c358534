"""What one worker process does with one film: identify it, screen it, draw it small. One bundle, one engine, one thread."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from OsteoScreenLib.archive.film_names import folder_of
from OsteoScreenLib.archive.rows import row_of
from OsteoScreenLib.archive.values import INTERNAL, NOT_FETCHED, FilmReference, FilmSource, Outcome, Settings
from OsteoScreenLib.errors import BundleError, FilmError, OsteoScreenError
from OsteoScreenLib.screening.values import ScreeningResult

if TYPE_CHECKING:
    from OsteoScreenLib.screening.screener import Screener
    from OsteoScreenLib.worker.job import Job

THUMBNAIL_SIDE = 192
"""Pixels of the longer side of a film on the summary page."""
_AGAIN = "Run the same command again to try it once more"


@dataclass(frozen=True)
class FilmWork:
    """Everything a worker needs to know, apart from the film. ``bundle`` is ``None`` for the shipped one.

    ``folder`` gets ``films/`` where the settings ask for result folders.
    """

    source: FilmSource
    settings: Settings
    bundle: Path | None
    folder: Path

    def identify(self, reference: FilmReference) -> str | None:
        """SHA-256 of the film's bytes, ``None`` where it cannot be read (`screen` then says why)."""
        try:
            with self.source.open(reference) as path:
                return _sha256(path)
        except (OsteoScreenError, OSError):
            return None

    def screen(self, reference: FilmReference, wanted: Callable[[str], bool]) -> Outcome | None:
        """Screen one film. ``wanted`` hears its SHA-256 first; where it says no, nothing more is done (``None``).

        Faults of the film are an `Outcome`. Raises `BundleError`, `UsageError` or `OutputError`, which concern every film.
        """
        sha256, path = None, None
        try:
            with self.source.open(reference) as path:
                sha256 = _sha256(path)
                if not wanted(sha256):
                    return None
                row = row_of(self._result(path, reference))
            return Outcome(sha256, row, resident_mb=resident_mb())
        except FilmError as error:
            return _failed(sha256, error.code, f"{error.fault}. {error.remedy}", reference, path)
        except OsteoScreenError:
            raise
        except OSError as error:
            return _failed(sha256, NOT_FETCHED, f"it could not be fetched ({error}). {_AGAIN}", reference, path)
        except Exception as error:
            text = f"unexpected {type(error).__name__}: {error}. Please report this with the film"
            return _failed(sha256, INTERNAL, text, reference, path)

    def thumbnail(self, reference: FilmReference) -> bytes | None:
        """The film as a small JPEG; ``None`` where it cannot be read any more."""
        from OsteoScreenLib.radiograph.any_film import read_film
        from OsteoScreenLib.reports.picture import picture_of

        try:
            with self.source.open(reference) as path:
                film = read_film(path, invert=reference.options.invert)
        except (OsteoScreenError, OSError):
            return None
        from PIL import Image

        stream = BytesIO()
        Image.fromarray(picture_of(film, THUMBNAIL_SIDE).grey).save(stream, "JPEG", quality=80)
        return stream.getvalue()

    def _result(self, path: Path, reference: FilmReference) -> ScreeningResult:
        from OsteoScreenLib.worker.run import Steps, run_job
        from OsteoScreenLib.worker.steps import fetch_bundle, read_film

        job = self._job(path, reference)
        with _one_film_at_a_time:
            screener = _screener(self.bundle, self.settings)
            if not self.settings.folders:
                return screener.screen(read_film(job), seed=job.seed, samples=job.samples)
            steps = Steps(read_film, lambda bundle, engine: screener, fetch_bundle, lambda bundle, engine: None)
            return run_job(job, steps, lambda stage, fraction: None).result

    def _job(self, path: Path, reference: FilmReference) -> Job:
        from OsteoScreenLib.worker.job import Job

        options = reference.options
        return Job(
            film=path,
            folder=folder_of(reference.name, self.folder),
            bundle=self.bundle,
            seed=self.settings.seed,
            samples=self.settings.samples,
            engine=self.settings.engine,
            scene=False,
            replace=True,
            spacing_mm=options.spacing_mm,
            invert=options.invert,
            side=options.laterality,
            age_years=options.age_years,
            sex=options.sex,
        )


_one_film_at_a_time = threading.RLock()
"""A process has one engine, whatever threads a cluster gives it."""
_kept: dict[tuple[Path | None, Settings], Screener] = {}


def _screener(bundle: Path | None, settings: Settings) -> Screener:
    """The process's one screener, loaded at its first film. Raises `BundleError` where the bundle is not the run's own."""
    key = (bundle, settings)
    if key not in _kept:
        from OsteoScreenLib.bundle import load_bundle
        from OsteoScreenLib.screening.screener import Screener

        loaded = load_bundle(bundle)
        if loaded.sha256 != settings.bundle_sha256:
            fault = f"has SHA-256 {loaded.sha256[:12]}..., the run began with {settings.bundle_sha256[:12]}..."
            raise BundleError(loaded.folder, fault, "Give every worker the same bundle, and leave it alone during a run")
        _kept.clear()
        _kept[key] = Screener(loaded, settings.engine, threads=1)
    return _kept[key]


def _sha256(path: Path) -> str:
    """Hash of a file. Raises `FilmError` where it is not there or no file, in the words of the reader."""
    digest = hashlib.sha256()
    if not path.is_file():
        from OsteoScreenLib.radiograph.read import read_radiograph

        read_radiograph(path)  # says what is wrong with it
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except PermissionError as error:
        raise FilmError(path, "the file may not be read", "Ask for permission to read it, or copy it") from error
    return digest.hexdigest()


def _failed(sha256: str | None, code: str, text: str, reference: FilmReference, path: Path | None) -> Outcome:
    """The text names no place of this machine and nothing that differs from run to run, so that the table does not."""
    places = [os.fspath(path)] if path is not None else []
    for place in [*places, reference.location]:
        text = text.replace(place, "the film")
    text = text.replace(tempfile.gettempdir(), "a temporary folder")
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", text)
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return Outcome(sha256, None, code, text, resident_mb())


def resident_mb() -> float | None:
    """Memory that this process holds now, in MiB (Linux; ``None`` elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
