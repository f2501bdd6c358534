"""Outlines on long, narrow simulated films: wrists with much of the forearm, and hands in a narrow strip of the cassette.

    python Testing/benchmarks/narrow_films.py [--films 24] [--seed 9000] [--bundle FOLDER]

Wrist views are cast until enough are more than `NARROW` times as long as wide. Polarity is decided from the film alone.
"""

from __future__ import annotations

import argparse
import sys
from itertools import count, islice
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import radiograph_from_array
from OsteoScreenLib.screening.screener import Screener
from training.segmentation.metrics import dice
from training.simulation import cast_film

NARROW = 1.72
SHAPE = (1000, 785)
FAILED = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=24)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--bundle", type=Path)
    given = parser.parse_args()
    screener = Screener(load_bundle(given.bundle))
    overlaps = []
    for number, pixels, masks in islice(narrow_films(given.seed), given.films):
        found = screener.screen(radiograph_from_array(pixels, name=f"simulated {number}"))
        of_film = [dice(found.segmentation.mask(bone), masks[bone.channel]) for bone in BONES if masks[bone.channel].any()]
        overlaps.append(float(np.mean(of_film)))
        print(f"{number}: {pixels.shape[0]} x {pixels.shape[1]}, Dice {overlaps[-1]:.3f}, {found.score.state.words}", flush=True)
    failed = sum(value < FAILED for value in overlaps)
    print(f"{len(overlaps)} films: mean Dice {np.mean(overlaps):.3f}, median {np.median(overlaps):.3f}, below {FAILED}: {failed}")


def narrow_films(first: int):
    """Seed, pixels (16 bit) and masks of narrow films, one after the other."""
    for seed in count(first):
        film = cast_film(seed, SHAPE, kind="wrist")
        top, bottom, left, right = film.view.film_area
        sides = sorted((bottom - top, right - left))
        if sides[1] > NARROW * sides[0]:
            pixels = np.round(film.pixels[top:bottom, left:right] * 65535).astype(np.uint16)
            yield seed, pixels, film.masks[:, top:bottom, left:right]


if __name__ == "__main__":
    main()
