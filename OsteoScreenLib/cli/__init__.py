"""The command line: ``osteoscreen screen``, ``osteoscreen info``."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (``None``: of this process) and return the exit status."""
    from OsteoScreenLib.cli.commands import run

    return run(arguments)
