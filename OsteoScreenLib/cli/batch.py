"""``osteoscreen batch``: an archive of films, one table, one summary page."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from OsteoScreenLib import __version__
from OsteoScreenLib.archive.cluster import ClusterWorkers
from OsteoScreenLib.archive.film_work import FilmWork
from OsteoScreenLib.archive.ledger import Ledger
from OsteoScreenLib.archive.local import LocalWorkers, cores
from OsteoScreenLib.archive.rows import FAILED
from OsteoScreenLib.archive.run import Workers, rows_of, screen_archive, settle_folders, write_tables
from OsteoScreenLib.archive.sources import source_of
from OsteoScreenLib.archive.table import check_format
from OsteoScreenLib.archive.values import INTERNAL, Cell, FilmSource, Settings
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.cli.batch_progress import BatchProgress
from OsteoScreenLib.cli.status import ExitStatus, worst


def batch(given: argparse.Namespace) -> ExitStatus:
    """Screen the archive and return the gravest status. Raises what concerns every film."""
    check_format(given.table)
    source, bundle = source_of(given.source), load_bundle(given.bundle)
    settings = settings_of(given, bundle)
    progress = BatchProgress(quiet=given.quiet)
    with ExitStack() as open_things:
        ledger = open_things.enter_context(Ledger(given.out, settings))
        work = FilmWork(source, settings, None if given.bundle is None else given.bundle.absolute(), given.out.absolute())
        workers = _workers(given, work)
        open_things.callback(workers.end)
        open_things.callback(progress.clear)
        screen_archive(source, ledger, workers, progress)
        progress.clear()
        if given.folders:
            settle_folders(ledger, given.out)
        table, failures = write_tables(source, ledger, given.out, given.table)
        status = _status(source, ledger)
    if not given.quiet:
        print(f"Table: {table}")
        print(f"Failures: {failures}")
    return status


def settings_of(given: argparse.Namespace, bundle: Bundle) -> Settings:
    """What decides the values of the table."""
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


def _status(source: FilmSource, ledger: Ledger) -> ExitStatus:
    return worst(_status_of(row) for row in rows_of(source, ledger))


def _status_of(row: dict[str, Cell]) -> ExitStatus:
    if row["state"] == FAILED:
        return ExitStatus.FAULT if row["failure"] == INTERNAL else ExitStatus.BAD_INPUT
    return ExitStatus.NOT_ANALYSABLE if row["state"] == State.NOT_ANALYSABLE.value else ExitStatus.ANALYSED
