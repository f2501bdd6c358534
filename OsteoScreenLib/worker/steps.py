"""The real steps of a job: films read, models kept loaded from job to job, bundles fetched."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.worker.job import FetchJob, FilmJob
from OsteoScreenLib.worker.run import Progress, Steps, part

if TYPE_CHECKING:
    from OsteoScreenLib.screening.screener import Screener

_KEPT_BUNDLES = 2
_DOWNLOADED = 0.9
"""Fraction of a fetch when the archive is complete; the rest is unpacking and verifying."""


def real_steps() -> Steps:
    """The steps of a real run. A bundle is loaded once, however many films are screened with it."""
    screeners = KeptScreeners()
    return Steps(read_film=read_film, open_screener=screeners.open, fetch=fetch_bundle, prepare=screeners.prepare)


def read_film(job: FilmJob) -> Radiograph:
    """The film of a job, from a file or from a folder with a ``film.json``; the user's word replaces what the film says.

    Raises `FilmError` or `UsageError`.
    """
    radiograph = _radiograph_of(job)
    source = radiograph.source
    if job.age_years is not None:
        source = replace(source, patient_age_years=job.age_years)
    if job.sex is not None:
        source = replace(source, patient_sex=job.sex)
    return replace(radiograph, source=source)


class KeptScreeners:
    """Screeners kept for the next job with the same bundle; one whose files have changed meanwhile is loaded anew."""

    def __init__(self) -> None:
        self._screeners: OrderedDict[object, Screener] = OrderedDict()

    def open(self, bundle: Path | None, engine: str) -> Screener:
        """A screener with the bundle in this folder (``None``: the shipped one). Raises `BundleError` or `UsageError`."""
        from OsteoScreenLib.bundle import DEFAULT_BUNDLE, load_bundle
        from OsteoScreenLib.screening.screener import Screener

        key = (engine, _files_of(DEFAULT_BUNDLE if bundle is None else bundle))
        if key not in self._screeners:
            self._screeners[key] = Screener(load_bundle(bundle), engine=engine)
        self._screeners.move_to_end(key)
        while len(self._screeners) > _KEPT_BUNDLES:
            self._screeners.popitem(last=False)
        return self._screeners[key]

    def prepare(self, bundle: Path | None, engine: str) -> None:
        """Load a bundle, compile its graphs, and import what a job needs. Raises `BundleError` or `UsageError`."""
        import OsteoScreenLib.radiograph.exchange
        import OsteoScreenLib.radiograph.read
        import OsteoScreenLib.screening.result_folder  # noqa: F401
        from OsteoScreenLib.screening.storage_nrrd import prepare

        prepare()
        self.open(bundle, engine).prepare()


def fetch_bundle(job: FetchJob, progress: Progress) -> Path:
    """Download a bundle's archive and add it to the library; give its new folder.

    A download that was cut off stays in the hidden folder ``.downloads`` of the library and is resumed by the next fetch of the
    same address. Raises `BundleError`.
    """
    from OsteoScreenLib.bundle import DEFAULT_BUNDLE
    from OsteoScreenLib.bundle.download import download
    from OsteoScreenLib.bundle.library import BundleLibrary

    archive = job.library / ".downloads" / f"{sha256(job.url.encode()).hexdigest()[:16]}.zip"
    told = part(progress, 0.0, _DOWNLOADED)

    def received(count: int, total: int | None) -> None:
        told("downloading", count / total if total else 0.0)

    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BundleError(
            archive.parent, f"cannot be created ({error.strerror})", "Choose a folder of bundles with write access"
        ) from error
    download(job.url, archive, sha256=job.sha256, progress=received)
    try:
        progress("unpacking", _DOWNLOADED)
        return BundleLibrary(DEFAULT_BUNDLE.parent, job.library).add_archive(archive, job.sha256).folder
    finally:
        archive.unlink(missing_ok=True)
        with suppress(OSError):  # another download goes on
            archive.parent.rmdir()


def _radiograph_of(job: FilmJob) -> Radiograph:
    from OsteoScreenLib.radiograph.any_film import read_film

    return read_film(job.film, spacing_mm=job.spacing_mm, invert=job.invert, laterality=job.side)


def _files_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Every file of a bundle with its time and size; nothing for a folder that cannot be read, which loading then explains."""
    try:
        states = [(str(path), path.stat()) for path in sorted(folder.rglob("*"))]
    except OSError:
        states = []
    return ((str(folder), 0, 0), *((name, state.st_mtime_ns, state.st_size) for name, state in states))
