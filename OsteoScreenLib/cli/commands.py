"""Runs the command that was typed, and turns every way of ending into an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from OsteoScreenLib.cli.arguments import parser
from OsteoScreenLib.cli.status import ExitStatus


def run(arguments: Sequence[str] | None) -> int:
    """Parse and run; the parser itself ends the process for ``--help``, ``--version`` and wrong usage."""
    given = parser().parse_args(arguments)

    from OsteoScreenLib.errors import OsteoScreenError
    from OsteoScreenLib.worker.termination import Terminated, note_interrupts, raise_when_terminated

    try:
        command: Callable[..., ExitStatus] = getattr(import_module(f"OsteoScreenLib.cli.{given.command}"), given.command)
        raise_when_terminated()
        note_interrupts()
        return int(command(given))
    except OsteoScreenError as error:
        print(error, file=sys.stderr)
        return int(ExitStatus.BAD_INPUT)
    except KeyboardInterrupt:
        print("Interrupted; nothing is left half-written.", file=sys.stderr)
        return int(ExitStatus.INTERRUPTED)
    except Terminated:
        return int(ExitStatus.TERMINATED)
    except BrokenPipeError:
        # The reader of our output is gone. Keep the interpreter from failing again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitStatus.FAULT)
