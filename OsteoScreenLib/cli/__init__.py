"""The command line: ``osteoscreen screen``, ``batch``, ``export``, ``send``, ``fetch``, ``watch``, ``info``."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (``None``: of this process) and return the exit status."""
    from OsteoScreenLib.cli.commands import run

    return run(arguments)


def entry() -> int:
    """The process's own command line: `main`, with the exit status of an interrupt kept."""
    import os
    import sys

    from OsteoScreenLib.cli.status import ExitStatus

    status = main()
    if status == ExitStatus.INTERRUPTED:
        # The interpreter ends itself by the signal where the interrupt met an import in an extension, although it was handled.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status
