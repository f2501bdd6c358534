"""Train the segmentation network: ``python -m training.segment --run FOLDER``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from OsteoScreenLib.errors import OsteoScreenError
from training.segmentation.run_folder import SETTINGS
from training.segmentation.settings import read_settings
from training.segmentation.settings_errors import explain
from training.segmentation.train import train


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, 1 where training diverged, 2 for a wrong setting or folder, 130 if interrupted."""
    parser = argparse.ArgumentParser(prog="python -m training.segment", description="Train the segmentation network.")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run: checkpoint, settings, metrics, pictures")
    parser.add_argument("--settings", type=Path, help="JSON file; without it those of a resumed run or of the shipped model")
    parser.add_argument("--initial", type=Path, metavar="RUN", help="start from the averaged weights of another run")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on from the run's checkpoint if it has one")
    again.add_argument("--overwrite", action="store_true", help="replace the run that the folder holds")
    parser.add_argument("--quiet", action="store_true", help="plain lines instead of a progress bar")
    options = parser.parse_args(arguments)
    path = options.settings
    if path is None and options.resume and (options.run / SETTINGS).exists():
        path = options.run / SETTINGS
    try:
        settings = read_settings(path)
    except FileNotFoundError:
        return _fail([f"{path}: no file is here. Give the path of a JSON file"], 2)
    except OSError as error:
        return _fail([f"{path}: cannot be read ({error.strerror}). Give the path of a JSON file"], 2)
    except ValidationError as error:
        return _fail(explain(error, path), 2)
    try:
        train(
            settings,
            options.run,
            resume=options.resume,
            overwrite=options.overwrite,
            initial=options.initial,
            quiet=options.quiet,
        )
    except OsteoScreenError as error:
        return _fail([str(error)], 2)
    except FloatingPointError as error:
        return _fail([f"{options.run}: {error}. The checkpoint is from before"], 1)
    except KeyboardInterrupt:
        return _fail([f"{options.run}: stopped. Go on from its last checkpoint with --resume"], 130)
    return 0


def _fail(lines: list[str], status: int) -> int:
    if os.environ.get("RANK", "0") == "0":  # of several processes one speaks
        print(*lines, sep="\n", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
