"""Print how films are read: polarity on real films and their crops, field against bones, time and memory of a large DX.

Usage: python Testing/benchmarks/reading_films.py [--films FOLDER]

Without the folder of real films (``annotated/*/image.png`` with bone masks beside it, ``unlabelled/*.png``) only the large DX is
measured. Every film is tried as it is and as its negative, in frames, and cut hard.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.radiograph import radiograph_from_array, read_radiograph
from Testing.radiograph.dicom_films import LOSSLESS, hand_phantom, write_dicom


def variants(film: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (name, image) for one uint8 film."""
    rows, columns = film.shape
    border = int(0.06 * max(rows, columns))
    yield "as it is", film
    for name, shade in (("white frame", 255), ("grey frame", 128), ("black frame", 0)):
        yield name, np.pad(film, border, constant_values=shade)
    yield "wide white frame", np.pad(film, int(0.2 * max(rows, columns)), constant_values=255)
    yield "lower half", film[rows // 2 :]
    yield "lower 40 %", film[int(0.6 * rows) :]
    yield "upper half", film[: rows // 2]
    yield "palm only", film[int(0.3 * rows) : int(0.8 * rows), int(0.3 * columns) : int(0.75 * columns)]
    yield "forearm only", film[int(0.75 * rows) :, int(0.3 * columns) : int(0.7 * columns)]


def polarity(paths: list[Path]) -> None:
    """Print the share of films whose polarity is right, as they are and negative, without help of tags."""
    tally: dict[str, list[bool]] = {}
    for path in paths:
        film = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
        step = max(1, max(film.shape) // 900)
        for name, image in variants(film[::step, ::step]):
            for negative in (False, True):
                try:
                    seen = radiograph_from_array(255 - image if negative else image)
                    right = seen.polarity.inverted == negative
                except Exception as error:  # a crash is a finding here
                    print(f"  {path}: {name}: {error}")
                    right = False
                tally.setdefault(f"{name}{', negative' if negative else ''}", []).append(right)
    print("polarity decided from the content alone")
    for name, results in tally.items():
        print(f"  {name:28s} {sum(results):4d} of {len(results)}")


def bones_in_field(folders: list[Path]) -> None:
    """Print which part of the outlined bones lies inside the field, and which is clipped by the window."""
    print("annotated films: bone inside the field, bone at or above the window's end, median bone")
    for folder in folders:
        film = read_radiograph(folder / "image.png")
        masks = [sitk.GetArrayFromImage(sitk.ReadImage(str(p))) > 0 for p in folder.glob("*.png") if p.name != "image.png"]
        bone = np.logical_or.reduce(masks)
        shown = film.normalised()[bone]
        print(f"  {folder.name:8s} {film.field[bone].mean():7.2%} {np.mean(shown >= 1):7.2%} {np.median(shown):6.2f}")


def large_film(repeats: int = 3) -> None:
    """Print time and peak memory of reading and normalising a 2500 x 2000 DX of 12 bits in each lossless transfer syntax."""
    film = hand_phantom(2500, 2000, bits=12)
    print("2500 x 2000 pixels, 12 of 16 bits, MONOCHROME1: best of", repeats)
    with tempfile.TemporaryDirectory() as folder:
        for syntax in LOSSLESS:
            path = write_dicom(Path(folder) / "film.dcm", film, photometric="MONOCHROME1", transfer_syntax=syntax, bits_stored=12)
            times = []
            for _ in range(repeats):
                start = time.perf_counter()
                read_radiograph(path).normalised()
                times.append(time.perf_counter() - start)
            tracemalloc.start()
            read_radiograph(path).normalised()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            print(f"  {syntax.keyword:34s} {min(times):6.3f} s   {peak / 2**20:5.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=Path, default=Path(os.environ.get("OSTEOSCREEN_FILMS", "../shared/films")))
    films = parser.parse_args().films
    large_film()
    folders = sorted(path.parent for path in films.glob("annotated/*/image.png"))
    if folders:
        bones_in_field(folders)
        polarity(sorted(films.glob("unlabelled/*.png")) + [folder / "image.png" for folder in folders])
    else:
        print(f"no real films in {films}")


if __name__ == "__main__":
    main()
