"""Train the segmentation network: ``python -m training.segment --run FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.segmentation.settings import read_settings
from training.segmentation.train import train


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.segment", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run: checkpoint, settings, metrics")
    parser.add_argument("--settings", type=Path, help="JSON file; without it the settings of the shipped model")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint if it has one")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    train(read_settings(options.settings), options.run, resume=options.resume, quiet=options.quiet)


if __name__ == "__main__":
    main()
