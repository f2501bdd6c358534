"""``osteoscreen send``: DICOM objects into a PACS, through a queue on disk."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.address import node
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.credentials import check_way, read_credentials
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.objects import DicomObject, objects_in, read_object
from OsteoScreenLib.pacs.packages import silence_libraries
from OsteoScreenLib.pacs.queue import Added, Counts, Queue
from OsteoScreenLib.pacs.sender import Sender, open_destination, send_until_done

STILL_WAITING = ExitStatus.FAULT
"""Exit status 1 of the PACS commands: nobody refused anything, and another run may store the rest."""


def send(given: argparse.Namespace) -> ExitStatus:
    """Queue the objects and store them. Raises what concerns all of them."""
    silence_libraries()
    if not given.paths and given.queue is None:
        raise UsageError("send", "is given neither a PATH nor a queue", "Name DICOM files or result folders, or --queue DIR")
    to, credentials = node(given.to), read_credentials(given.credentials)
    check_way(to, credentials)
    destination = open_destination(to, credentials, own_title=given.title, timeout_s=given.timeout, confirm=given.confirm)
    log = (lambda _: None) if given.quiet else lambda line: print(line, flush=True)
    with _queue_folder(given.queue) as folder, closing(QueueDatabase(folder)) as database:
        queue = Queue(database)
        objects, bad = _read(given.paths)
        for item, added in zip(objects, queue.add(objects, str(to), again=True), strict=True):
            if added is Added.OTHER_CONTENT:
                bad = True
                print(f"{item.file}: another object with its UID is stored or queued already; it is not sent", file=sys.stderr)
        sender = Sender(queue, destination, str(to), Backoff(seed=random_seed()), log, given.attempts)
        try:
            send_until_done(sender, given.retry_for)
        finally:
            counts = queue.counts(str(to))
            tell(queue, str(to), counts, quiet=given.quiet)
            if counts.waiting and given.queue is None:
                print("They are not kept: give the same command again, with --queue DIR to keep them", file=sys.stderr)
    if bad or counts.refused:
        return ExitStatus.BAD_INPUT
    return STILL_WAITING if counts.waiting else ExitStatus.ANALYSED


def tell(queue: Queue, destination: str, counts: Counts, *, quiet: bool) -> None:
    """Say what is stored, what is left, and why."""
    for uid, state, error in queue.troubles(destination):
        print(f"{uid}: {state}: {error}", file=sys.stderr)
    if not quiet or counts.waiting or counts.refused:
        print(f"{destination}: {counts}", file=sys.stderr if quiet else sys.stdout, flush=True)


def random_seed() -> int:
    """A seed that differs from process to process: several senders must not come back at the same moments."""
    return int.from_bytes(os.urandom(4), "big")


@contextmanager
def _queue_folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="osteoscreen-send-") as private:
        yield Path(private)


def _read(paths: list[Path]) -> tuple[list[DicomObject], bool]:
    """All objects that the paths mean, and whether one of them is bad, which is told."""
    objects, bad = [], False
    for path in paths:
        try:
            for file in objects_in(path):
                try:
                    objects.append(read_object(file))
                except UsageError as error:
                    bad = True
                    print(error, file=sys.stderr)
        except UsageError as error:
            bad = True
            print(error, file=sys.stderr)
    return objects, bad
