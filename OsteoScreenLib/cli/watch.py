"""``osteoscreen watch``: films come in, are screened, and their results are stored."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

from OsteoScreenLib.cli.send import STILL_WAITING, random_seed, tell
from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.pacs.address import is_loopback, node, web_node
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.credentials import Credentials, check_way, read_credentials
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.films import Films
from OsteoScreenLib.pacs.packages import silence_libraries
from OsteoScreenLib.pacs.polling import Poller
from OsteoScreenLib.pacs.qido import FilmQuery
from OsteoScreenLib.pacs.queue import Queue
from OsteoScreenLib.pacs.receiver import Receiver
from OsteoScreenLib.pacs.sender import Sender, open_destination
from OsteoScreenLib.pacs.tls import server_context
from OsteoScreenLib.pacs.watch import Arriving, Screen, Source, Watch
from OsteoScreenLib.pacs.web import WebSession
from OsteoScreenLib.worker.job import Job
from OsteoScreenLib.worker.run import run_job
from OsteoScreenLib.worker.steps import real_steps
from OsteoScreenLib.worker.termination import Terminated, interrupted, termination_requested

_ONCE_ATTEMPTS = 5
"""Of an object, or of an unanswered question, with ``--once``; else a watch goes on for ever."""


def watch(given: argparse.Namespace, screen: Screen | None = None) -> ExitStatus:
    """Watch until interrupted. Raises what concerns every film; everything taken in is kept in the queue."""
    silence_libraries()
    to, credentials = node(given.to), read_credentials(given.credentials)
    check_way(to, credentials)
    attempts = _ONCE_ATTEMPTS if given.once else None
    with ExitStack() as open_things:
        database = QueueDatabase(given.queue)
        open_things.callback(database.close)
        queue, films = Queue(database), Films(database)
        destination = open_destination(to, credentials, own_title=given.title, timeout_s=given.timeout, confirm=given.confirm)
        sender = Sender(queue, destination, str(to), Backoff(seed=random_seed()), log_line, attempts)
        watching = Watch(database, films, queue, sender, str(to), screen or real_screen(given), log_line)
        open_things.callback(lambda: _tell(films, queue, str(to)))
        source = _source(given, credentials, films, watching, attempts, open_things)
        watching.run(source, once=given.once)
        return STILL_WAITING if queue.counts(str(to)).waiting else ExitStatus.ANALYSED


def real_screen(given: argparse.Namespace) -> Screen:
    """Screens a film and writes its DICOM objects; the model is loaded once. Raises `BundleError` where it cannot be used."""
    steps = real_steps()
    steps.prepare(given.bundle, given.engine)

    def screen(film: Path, folder: Path) -> Sequence[Path]:
        job = Job(
            film=film, folder=folder / "result", bundle=given.bundle, seed=given.seed, engine=given.engine,
            report=False, scene=False, dicom=True,
        )  # fmt: skip
        return sorted((run_job(job, steps, lambda *_: None).folder / "dicom").glob("*.dcm"))

    return _unless_ending(screen)


def log_line(line: str) -> None:
    """Print one event with its time."""
    print(f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} {line}", flush=True)


def _unless_ending(screen: Screen) -> Screen:
    def screened(film: Path, folder: Path) -> Sequence[Path]:
        try:
            return screen(film, folder)
        except Exception as error:
            # An extension that is interrupted reports a fault of its own, which is not one of the film.
            if interrupted():
                raise KeyboardInterrupt from error
            if termination_requested():
                raise Terminated from error
            raise

    return screened


def _source(
    given: argparse.Namespace,
    credentials: Credentials,
    films: Films,
    watching: Watch,
    attempts: int | None,
    open_things: ExitStack,
) -> Source:
    if given.source is not None:
        session = WebSession(web_node(given.source), credentials, given.timeout)
        open_things.callback(session.close)
        query = FilmQuery(since=given.since, where=dict(given.where))
        return Poller(session, query, films, log_line, Backoff(seed=random_seed()), given.every, attempts)
    if not given.once:
        receiver = _receiver(given, credentials, films, watching.wake)
        port = receiver.start()
        open_things.callback(receiver.stop)
        host = given.listen[0]
        log_line(f"listening on {host}:{port} as {given.title}")
        if not is_loopback(host) and not given.caller and not given.tls:
            log_line("anybody who reaches this address may send films: name the callers (--caller), or use --tls")
    return Arriving()


def _receiver(given: argparse.Namespace, credentials: Credentials, films: Films, arrived: Callable[[], object]) -> Receiver:
    context = server_context(credentials) if given.tls else None
    return Receiver(given.listen, given.title, films, log_line, callers=given.caller, context=context, arrived=arrived)


def _tell(films: Films, queue: Queue, destination: str) -> None:
    counts = films.counts()
    words = (("screened", "screened"), ("received", "waiting to be screened"), ("refused", "refused"), ("own", "our own"))
    log_line("films: " + ", ".join(f"{counts.get(state, 0)} {said}" for state, said in words))
    tell(queue, destination, queue.counts(destination), quiet=False)
