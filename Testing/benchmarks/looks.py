"""Dice on annotated films for several sizes of the first and second look: which to write into ``bundle.json``.

    python Testing/benchmarks/looks.py [--films ../shared/films] [--bundle FOLDER] [--first 384 512] [--second 0 320 384 448]

A second look of size 0 is none. Every combination runs over all annotated films.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.segmentation.engine import make_engine
from OsteoScreenLib.segmentation.inference import segment
from Testing.benchmarks.film_set import FILMS, annotated_films, reference
from training.segmentation.metrics import dice


def with_looks(bundle: Bundle, first: int, second: int, margin: float) -> Bundle:
    """The bundle with other look sizes."""
    model = bundle.segmentation
    closer = replace(model.second_look, enabled=second > 0, input_size=max(second, 32), margin=margin)
    return replace(bundle, segmentation=replace(model, input_size=first, second_look=closer))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--first", type=int, nargs="+", default=[384, 512])
    parser.add_argument("--second", type=int, nargs="+", default=[0, 320, 384, 448])
    parser.add_argument("--margin", type=float, nargs="+", default=[0.1])
    options = parser.parse_args()
    paths = annotated_films(options.films)
    films = [read_radiograph(path) for path in paths]
    drawn = [reference(path.parent, film.shape) for path, film in zip(paths, films, strict=True)]
    bundle, engine = load_bundle(options.bundle), make_engine()
    bones = " ".join(f"{name:>6}" for name in ("radius", "ulna", *(f"mc{number}" for number in range(1, 6))))
    print(f"first second margin   mean  worst  films moved by the second look   seconds   {bones}")
    for first in options.first:
        for second in options.second:
            for margin in options.margin if second else options.margin[:1]:
                chosen = with_looks(bundle, first, second, margin)
                started, rows, moved = time.perf_counter(), [], 0
                for film, masks in zip(films, drawn, strict=True):
                    found = segment(film, chosen, engine)
                    rows.append([dice(found.mask(bone), masks[bone.channel]) for bone in BONES])
                    assert found.hypotheses is not None
                    whole = chosen.segmentation.output_stride * max(film.shape) / first
                    moved += found.hypotheses.mapping.film_pixels_per_grid_pixel < 0.999 * whole
                table = np.array(rows)
                by_bone = " ".join(f"{value:6.3f}" for value in table.mean(0))
                print(
                    f"{first:5} {second:6} {margin:6.2f} {table.mean():6.3f} {table.min():6.3f} {moved:6} of {len(films)}"
                    f"{(time.perf_counter() - started) / len(films):30.2f}   {by_bone}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
