"""Cast the sample film that the project ships: ``python -m training.sample --out Resources/SampleData``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from training.simulation import SimulatedFilm, cast_film, subject_with_t_score

CANVAS = (1440, 1130)
SAMPLES = {"simulated_hand": (10, "hand", -3.2), "simulated_wrist": (27, "wrist", -0.2)}
"""Name: seed, view and T-score of the simulated subject, a woman of 71."""


def sample_film(seed: int, kind: str, t_score: float) -> SimulatedFilm:
    """The film of one sample."""
    rng = np.random.default_rng([seed, 0])
    return cast_film(rng, CANVAS, subject=subject_with_t_score(rng, 71.0, "F", t_score), kind=kind)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.sample", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the PNG files into")
    folder = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    for name, (seed, kind, t_score) in SAMPLES.items():
        film = sample_film(seed, kind, t_score)
        top, bottom, left, right = film.view.film_area
        grey = np.round(film.pixels[top:bottom, left:right] * 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"{name}.png", optimize=True)
        print(f"{folder / name}.png: {grey.shape[0]} x {grey.shape[1]} pixels, {film.laterality.value} hand")


if __name__ == "__main__":
    main()
