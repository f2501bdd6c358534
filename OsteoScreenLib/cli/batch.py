"""``osteoscreen batch``: an archive of films, one table, one summary page."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from OsteoScreenLib import __version__
from OsteoScreenLib.archive.cluster import ClusterWorkers
from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.ledger import Count, Ledger
from OsteoScreenLib.archive.local import LocalWorkers, cores
from OsteoScreenLib.archive.read_table import read_table
from OsteoScreenLib.archive.reference import Reference, reference_of
from OsteoScreenLib.archive.rows import FAILED
from OsteoScreenLib.archive.run import Workers, rows_of, screen_archive, settle_folders, write_tables
from OsteoScreenLib.archive.sources import source_of
from OsteoScreenLib.archive.summary import write_summary
from OsteoScreenLib.archive.table import check_format
from OsteoScreenLib.archive.values import INTERNAL, Cell, FilmSource, Settings
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.cli.batch_progress import BatchProgress
from OsteoScreenLib.cli.status import ExitStatus, worst
from OsteoScreenLib.screening.screener import Screener


def batch(given: argparse.Namespace) -> ExitStatus:
    """Screen the archive and return the gravest status. Raises what concerns every film."""
    check_format(given.table)
    source, bundle = source_of(given.source, given.out.absolute()), load_bundle(given.bundle)
    settings = settings_of(given, bundle)
    progress = BatchProgress(quiet=given.quiet)
    reference = _reference(given.reference, bundle)
    with Ledger(given.out, settings) as ledger, _cleared(source):
        work = FilmWork(source, settings, None if given.bundle is None else given.bundle.absolute(), given.out.absolute())
        with _ended(_workers(given, work)) as workers, _ended(progress):
            screen_archive(source, ledger, workers, progress)
        if given.folders:
            settle_folders(ledger, given.out)
        written = [*write_tables(source, ledger, given.out, given.table)]
        with _ended(LocalWorkers(work, 1, given.timeout)) as drawing:
            written.append(
                write_summary(
                    given.out,
                    ledger.entries,
                    source.columns,
                    bundle=bundle,
                    settings=settings,
                    reference=reference,
                    drawn=drawing.thumbnails,
                )
            )
        counts = Counter(_status_of(row) for row in rows_of(source, ledger))
    if not given.quiet:
        print(_words(ledger.count(), counts), *map(str, written), sep="\n")
    return worst(counts)


def settings_of(given: argparse.Namespace, bundle: Bundle) -> Settings:
    """What decides the values of the table. Raises `UsageError` where there is no such engine."""
    Screener(bundle, given.engine)
    return Settings(
        software_version=__version__,
        bundle_name=f"{bundle.name} {bundle.version}",
        bundle_sha256=bundle.sha256,
        seed=given.seed,
        samples=given.samples,
        engine=given.engine,
        folders=given.folders,
    )


def _workers(given: argparse.Namespace, work: FilmWork) -> Workers:
    if given.scheduler is None:
        return LocalWorkers(work, given.workers or cores(), given.timeout)
    return ClusterWorkers(given.scheduler, work, given.timeout)


def _reference(table: Path | None, bundle: Bundle) -> Reference | None:
    if table is not None:
        return reference_of(read_table(table), f"an earlier run ({table.name})")
    return None if bundle.reference is None else Reference.of_document(bundle.reference)


def _status_of(row: dict[str, Cell]) -> ExitStatus:
    if row["state"] == FAILED:
        return ExitStatus.FAULT if row["failure"] == INTERNAL else ExitStatus.BAD_INPUT
    return ExitStatus.NOT_ANALYSABLE if row["state"] == State.NOT_ANALYSABLE.value else ExitStatus.ANALYSED


def _words(count: Count, statuses: Counter[ExitStatus]) -> str:
    refused = statuses[ExitStatus.NOT_ANALYSABLE]
    return (
        f"{count.total:,} films: {statuses[ExitStatus.ANALYSED]:,} analysed, {refused:,} not analysable, {count.failed:,} failed"
    )


@contextmanager
def _cleared(source: FilmSource) -> Iterator[None]:
    """Nothing of the films themselves is left behind, not by an earlier run that was killed either."""
    source.clear()
    try:
        yield
    finally:
        source.clear()


class _Ends(Protocol):
    def end(self) -> None: ...


_Ending = TypeVar("_Ending", bound=_Ends)


@contextmanager
def _ended(thing: _Ending) -> Iterator[_Ending]:
    try:
        yield thing
    finally:
        thing.end()
