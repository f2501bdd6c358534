"""Export of a session in a process of its own: ``python -m OsteoScreenLib.annotation SESSION FOLDER --name NAME``.

Prints JSON lines ``{"stage": ..., "fraction": 0..1}`` and a last one, ``{"result": folder, "summary": text, "left_out": [...]}``
or ``{"error": code, "message": text}``. Exit status 0, 2 for an explained error. Ended early, it leaves no folder.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from OsteoScreenLib.annotation.export import export_manifest
from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.errors import OsteoScreenError

_TERMINATED = 143


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m OsteoScreenLib.annotation", description="Export an annotators' session.")
    parser.add_argument("session", type=Path, help="the session's folder")
    parser.add_argument("folder", type=Path, help="new folder for the data set")
    parser.add_argument("--name", required=True, help="what the data set is called")
    parser.add_argument("--licence", help="under which terms it may be used")
    parser.add_argument("--notes", help="free text")
    parser.add_argument("--keep-subjects", action="store_true", help="keep the session's pseudonyms instead of numbers")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))  # an exception, so that what was begun is removed
    try:
        summary = export_manifest(
            Session.open(options.session),
            options.folder,
            options.name,
            options.licence,
            not options.keep_subjects,
            options.notes,
            lambda stage, fraction: _say({"stage": stage, "fraction": round(fraction, 4)}),
        )
    except OsteoScreenError as error:
        _say({"error": error.code, "message": str(error)})
        return 2
    folder = str(summary.manifest.parent.absolute())
    _say({"result": folder, "summary": summary.words(), "left_out": list(summary.left_out)})
    return 0


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
