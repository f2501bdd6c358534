"""The worker process: one job file, JSON lines, one exit status."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from OsteoScreenLib.errors import OsteoScreenError, UsageError
from OsteoScreenLib.worker.channel import Channel
from OsteoScreenLib.worker.job import read_job
from OsteoScreenLib.worker.run import Steps, real_steps, run_job
from OsteoScreenLib.worker.termination import TERMINATED, Terminated, raise_when_terminated

_EXPLAINED, _FAULT = 2, 1


def main(arguments: Sequence[str], steps: Callable[[], Steps] = real_steps) -> int:
    """Run the job named by the only argument and return the exit status."""
    raise_when_terminated()
    channel = Channel()
    try:
        outcome = run_job(read_job(_job_path(arguments)), steps(), channel.stage)
        channel.result(str(outcome.folder), outcome.result.score.state.value, outcome.notes)
    except OsteoScreenError as error:
        channel.error(error.code, str(error))
        return _EXPLAINED
    except (Terminated, KeyboardInterrupt):
        return TERMINATED
    except BrokenPipeError:
        # Whoever started the job is gone: nobody is left to tell.
        return _FAULT
    except Exception as error:
        traceback.print_exc()
        channel.error("internal", f"unexpected {type(error).__name__}: {' '.join(str(error).split())}")
        return _FAULT
    return 0


def _job_path(arguments: Sequence[str]) -> Path:
    if len(arguments) != 1:
        raise UsageError("worker", f"got {len(arguments)} arguments", "Give the path of one job file")
    return Path(arguments[0])
