"""What can be typed after ``osteoscreen batch``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from OsteoScreenLib.cli.option_values import checked, count_option, samples_option, seconds_option, seed_option

_SOURCES = """\
SOURCE is one of
  a folder        searched with everything below it; films are told by their content; hidden files and results of
                  OsteoScreen are left out
  a .csv file     the column 'film' holds paths, from the folder of the file; optional columns: spacing_mm,
                  side (left, right), age_years, sex (F, M), invert (true, false); all others are carried into the table
  an address      https://host/dicom-web[?key=value...]: a QIDO-RS query; films are fetched one by one and removed

DIR gets
  films.csv       one row per film (films.parquet with --table parquet)
  failures.csv    the films that gave no result, and why
  summary.html    counts, distributions, drift against the films the model was tried on, the worst films
  films/          with --folders: a result folder per film, as 'osteoscreen screen' writes, without scene
  ledger.sqlite   what is done already: the same command goes on where it was ended

exit status:
  0  all films analysed
  3  some are not analysable
  2  some failed, or bad input or usage
  1  a fault of the software
"""


def add_batch(commands: Any) -> None:
    """Add the command to the parsers of the command line."""
    batch = commands.add_parser(
        "batch",
        help="screen an archive of films",
        description="Screens all films of an archive and writes one table and one summary page. Ended at any point, "
        "the same command goes on where it was.",
        epilog=_SOURCES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    batch.add_argument("source", metavar="SOURCE", help="folder, .csv file or QIDO-RS address")
    batch.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for table, summary and ledger")
    batch.add_argument(
        "--workers", metavar="N", type=checked(count_option), help="processes, one film each at a time (default: one per core)"
    )
    batch.add_argument("--bundle", metavar="PATH", type=Path, help="folder of a model bundle (default: the shipped one)")
    batch.add_argument(
        "--seed", metavar="N", type=checked(seed_option), default=0, help="seed of the drawn outlines (default: 0)"
    )
    batch.add_argument(
        "--samples", metavar="S", type=checked(samples_option), help="outlines drawn per expert (default: what the bundle says)"
    )
    batch.add_argument("--engine", metavar="NAME", default="openvino", help="inference engine (default: openvino)")
    batch.add_argument("--table", choices=("csv", "parquet"), default="csv", help="form of the table (default: csv)")
    batch.add_argument("--folders", action="store_true", help="also write a result folder per film")
    batch.add_argument(
        "--scheduler", metavar="ADDRESS", help="share the films out to a Dask cluster, such as tcp://host:8786, instead"
    )
    batch.add_argument(
        "--reference", metavar="TABLE", type=Path, help="table of an earlier run to compare with (default: what the bundle says)"
    )
    batch.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=checked(seconds_option),
        default=300.0,
        help="a film that takes longer is tried once more, and then given up (default: 300)",
    )
    batch.add_argument("--quiet", action="store_true", help="print errors only")
