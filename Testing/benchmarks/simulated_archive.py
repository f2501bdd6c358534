"""Cast an archive of small simulated films as DICOM files, one study each, for the benchmarks of archives and PACS.

    python Testing/benchmarks/simulated_archive.py --out FOLDER [--films 2000] [--seed 4100] [--copies 20] [--faults 10]

Subjects are drawn from the simulated screening population, with seeds that no training film shares. ``--large`` casts films of
the size that the classifier was trained and tested on. ``--copies`` adds exact copies of films under other names, ``--faults``
files that are no readable film. What is there already is not cast again.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from Testing.radiograph.dicom_films import write_dicom
from training.cohort.simulated import VIEWS as LARGE_VIEWS
from training.simulation import SimulatedFilm, cast_film
from training.simulation.cohort import sample_subject

VIEWS: dict[str, tuple[float, tuple[int, int]]] = {
    "hand": (0.50, (640, 520)),
    "close": (0.40, (520, 460)),
    "wrist": (0.10, (480, 480)),
}
"""View: its share of the films, and rows x columns."""
BITS = 12


def cast(number: int, seed: int, *, large: bool) -> SimulatedFilm:
    """The film of one number of an archive."""
    views = LARGE_VIEWS if large else VIEWS
    rng = np.random.default_rng([seed, number])
    kind = str(rng.choice(list(views), p=[share for share, _ in views.values()]))
    return cast_film(rng, views[kind][1], subject=sample_subject(rng), kind=kind)


def write_film(number: int, seed: int, folder: Path, *, large: bool = False) -> Path:
    """Cast one film and write it, unless it is there."""
    path = folder / f"{number // 100:03d}" / f"film-{number:05d}.dcm"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    film = cast(number, seed, large=large)
    spacing = round(1 / film.pixels_per_mm, 6)
    uid = f"2.25.{seed}{number:06d}"
    part = path.with_suffix(".part")
    write_dicom(
        part,
        np.rint(film.pixels * ((1 << BITS) - 1)).astype(np.uint16),
        photometric="MONOCHROME1" if film.inverted else "MONOCHROME2",
        stored_as_given=film.inverted,
        bits_stored=BITS,
        tags={
            "StudyInstanceUID": f"{uid}.1",
            "SeriesInstanceUID": f"{uid}.2",
            "SOPInstanceUID": f"{uid}.3",
            "PatientName": f"Simulated^{number:05d}",
            "PatientID": f"SIM{number:05d}",
            "PatientAge": f"{round(film.subject.age_years):03d}Y",
            "PatientSex": film.subject.sex,
            "ImagerPixelSpacing": [spacing, spacing],
            "ImageLaterality": film.laterality.value[0].upper(),
            "StudyDate": "20260101",
        },
    )
    part.rename(path)
    return path


def add_copies(films: list[Path], count: int) -> None:
    """Exact copies of the first films, under other names."""
    for film in films[:count]:
        copy = film.parent.parent / "copies" / f"copy of {film.name}"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(film.read_bytes())


def add_faults(films: list[Path], count: int) -> None:
    """Files that cannot be screened: cut off, or no film at all."""
    for number, film in enumerate(films[:count]):
        bad = film.parent.parent / "faults" / f"bad-{number:02d}.dcm"
        bad.parent.mkdir(exist_ok=True)
        bad.write_bytes(film.read_bytes()[:3000] if number % 2 else b"This is no radiograph.\n" * 40)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--films", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=4100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--faults", type=int, default=10)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        write = partial(write_film, seed=options.seed, folder=options.out, large=options.large)
        films = list(pool.map(write, range(options.films), chunksize=4))
    add_copies(films, options.copies)
    add_faults(films, options.faults)
    print(f"{len(films)} films, {options.copies} copies, {options.faults} faults: {options.out}")


if __name__ == "__main__":
    main()
