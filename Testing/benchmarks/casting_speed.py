"""How many training films one process casts per second, by film size, and where the time goes.

    OMP_NUM_THREADS=1 python Testing/benchmarks/casting_speed.py [--films 24] [--sizes 256 384 512]

A training film is a film with its simulated annotators, as ``python -m training.segment`` asks for it. Process time counts this
process alone and holds on a busy machine as well; wall time holds for an idle one. Needs the training extra.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training.segmentation.annotators import annotate
from training.segmentation.films import training_film
from training.simulation import cast_film


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=24, help="films per size")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 384, 512], help="sides of the square films in pixels")
    options = parser.parse_args()
    print("size  films   per second: process time   wall time   | ms per film: film   annotators")
    for size in options.sizes:
        training_film(size, 0, 0)  # tables and resampling matrices are made once
        process, wall = time.process_time(), time.perf_counter()
        for index in range(options.films):
            training_film(size, 1, index)
        process, wall = time.process_time() - process, time.perf_counter() - wall
        film_ms, annotators_ms = parts_ms(size, options.films)
        rates = f"{options.films / process:24.1f} {options.films / wall:11.1f}"
        print(f"{size:4d} {options.films:6d} {rates}   | {film_ms:17.1f} {annotators_ms:12.1f}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def parts_ms(size: int, films: int) -> tuple[float, float]:
    """Process time of casting and of annotating, ms per film."""
    casting = annotating = 0.0
    for index in range(films):
        rng = np.random.default_rng([1, index])
        begun = time.process_time()
        film = cast_film(rng, (size, size))
        cast = time.process_time()
        annotate(film, rng)
        casting += cast - begun
        annotating += time.process_time() - cast
    return casting / films * 1e3, annotating / films * 1e3


if __name__ == "__main__":
    main()
