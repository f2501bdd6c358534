"""``python -m training.cohort``: cast a simulated cohort, or cut out a hospital's films, for training and evaluation."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from OsteoScreenLib.errors import OsteoScreenError
from training.cohort.hospital import HospitalFilms
from training.cohort.making import Source, make_cohort
from training.cohort.sources import SimulatedPeople
from training.cohort.table import read_table
from training.simulation.presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, or 2 for a wrong table, option or folder."""
    options = _parser().parse_args(arguments)
    try:
        make_cohort(_source(options), options.out, options.bundle, workers=options.workers, resume=options.resume)
    except (OsteoScreenError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written: {options.out}")
    return 0


def _source(options: argparse.Namespace) -> Source:
    if options.table is not None:
        return HospitalFilms(read_table(options.table))
    count = options.count or PRESETS[options.preset].count
    return SimulatedPeople(options.preset, count, options.seed, options.visits)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.cohort",
        description="Outline and cut out the films of a cohort once, so that pretraining, classification and evaluation can "
        "read them many times.",
    )
    people = parser.add_mutually_exclusive_group(required=True)
    people.add_argument("--table", metavar="CSV", type=Path, help="a hospital's films and DXA (training/README.md)")
    people.add_argument("--preset", choices=sorted(PRESETS), help="simulated people to cast")
    parser.add_argument("--count", type=int, help="people to cast (default: the preset's own number)")
    parser.add_argument("--visits", type=int, default=1, help="films of each person, repositioned (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of people and films (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the cohort, outside the repository")
    parser.add_argument("--bundle", type=Path, help="model bundle that outlines the bones (default: the shipped one)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="keep the films that are cut out already")
    return parser


if __name__ == "__main__":
    sys.exit(main())
