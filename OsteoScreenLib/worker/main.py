"""The worker process: one job file, JSON lines, one exit status; or, resident, one job after the other."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from OsteoScreenLib import __version__
from OsteoScreenLib.errors import OsteoScreenError, UsageError
from OsteoScreenLib.worker.channel import Channel, NobodyListens
from OsteoScreenLib.worker.inbox import Inbox
from OsteoScreenLib.worker.job_file import read_job
from OsteoScreenLib.worker.kinds import run_any
from OsteoScreenLib.worker.run import Steps
from OsteoScreenLib.worker.steps import real_steps
from OsteoScreenLib.worker.termination import (
    TERMINATED,
    Terminated,
    raise_when_terminated,
    request_termination,
    termination_requested,
)

_EXPLAINED, _FAULT = 2, 1


def main(arguments: Sequence[str], steps: Callable[[], Steps] = real_steps) -> int:
    """Run the job named by the only argument, or with ``--serve`` all jobs named on standard input; return the exit status."""
    raise_when_terminated()
    channel = Channel()
    try:
        try:
            options = _parser().parse_args(arguments)
            if options.serve == (options.job is not None):
                raise UsageError("worker", "needs one job file, or --serve", "Give the path of one job file")
        except UsageError as error:
            channel.error(error.code, str(error))
            return _EXPLAINED
        if options.serve:
            return _serve(Inbox(request_termination), options.bundle, options.engine, steps(), channel)
        return _perform(options.job, steps(), channel)
    except (Terminated, KeyboardInterrupt):
        return TERMINATED
    except NobodyListens:
        return _FAULT


def _serve(inbox: Inbox, bundle: Path | None, engine: str, steps: Steps, channel: Channel) -> int:
    """Run jobs until the input ends. A job that fails leaves the process, and what it has loaded, in good order."""
    try:
        steps.prepare(bundle, engine)
    except Exception:
        # Not yet anybody's job: the first one that needs this model says what is wrong with it.
        _end_if_asked()
        traceback.print_exc()
    channel.ready(__version__)
    while (path := inbox.take()) is not None:
        _perform(path, steps, channel, inbox.done)
    return 0


def _perform(path: Path, steps: Steps, channel: Channel, done: Callable[[], None] = lambda: None) -> int:
    """Run one job, call ``done``, say how it ended, and return the exit status that says the same.

    Raises `Terminated` where that was asked.
    """

    def progress(stage: str, fraction: float) -> None:
        _end_if_asked()
        channel.stage(stage, fraction)

    try:
        finished = run_any(read_job(path), steps, progress)
        done()
    except OsteoScreenError as error:
        _end_if_asked()
        done()
        channel.error(error.code, str(error))
        return _EXPLAINED
    except Exception as error:
        _end_if_asked()
        done()
        traceback.print_exc()
        channel.error("internal", f"unexpected {type(error).__name__}: {' '.join(str(error).split())}")
        return _FAULT
    channel.result(str(finished.folder), finished.state, finished.notes)
    return 0


def _end_if_asked() -> None:
    """Raise `Terminated` again where it came in a place that swallowed it or made a fault of it, as imports in C do."""
    if termination_requested():
        raise Terminated


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as an error like any other."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("worker", message, "Give the path of one job file, or --serve")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m OsteoScreenLib.worker", description=__doc__, allow_abbrev=False)
    parser.add_argument("job", nargs="?", type=Path, help="job file")
    parser.add_argument("--serve", action="store_true", help="stay, and run the job files named on standard input, one a line")
    parser.add_argument("--bundle", type=Path, help="with --serve: bundle to load in advance (default: the shipped one)")
    parser.add_argument("--engine", default="openvino", help="with --serve: engine to load it into")
    return parser
