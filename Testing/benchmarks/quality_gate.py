"""What the quality gate finds on good films and on films with a fault, real and simulated: the share with each finding.

    python Testing/benchmarks/quality_gate.py [--films 30] [--good 60] [--real ../shared/films] [--bundle FOLDER] [--out FILE]

Every fault but those of the real films is simulated, and so are the good films; real films are postero-anterior, of adolescents
of 14 to 19 years, most with closed growth plates. ``--only`` names sets to run. "Clear" is the share of films whose state no
finding limits: for a fault it is what slipped through, whatever the score then said. ``--out`` receives the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.radiograph import radiograph_from_array, read_radiograph
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.screener import Screener
from Testing.benchmarks.film_set import FILMS, annotated_films, provenance, unlabelled_films
from training.simulation import Family, SimulatedFilm, cast_film, subject_with_t_score
from training.simulation.objects import choice
from training.simulation.objects.immobilisation import cast, splint
from training.simulation.objects.implants import metacarpal_plate, radius_plate, wires
from training.simulation.obliquity import Attitude

KINDS = ("hand", "wrist", "close")
Make = Callable[[np.random.Generator, int], tuple[SimulatedFilm, np.ndarray]]


class Studio:
    """Casts films of adults of 25 to 90 years with nothing on them unless asked for, the kinds in turn."""

    def __init__(self, size: int) -> None:
        self.size = size

    def film(
        self,
        rng: np.random.Generator,
        number: int,
        *,
        age: tuple[float, float] = (25, 90),
        roll: float = 0.0,
        thing: Callable[..., Any] | None = None,
        kind: str | None = None,
    ) -> SimulatedFilm:
        """One film; ``roll`` in degrees (0: as hands usually lie)."""
        sex = "F" if rng.random() < 0.7 else "M"
        person = subject_with_t_score(rng, float(rng.uniform(*age)), sex, float(rng.uniform(-4, 1)))
        bare = thing is None and kind != "both"
        attitude = Attitude(float(np.deg2rad(roll)), float(np.deg2rad(rng.normal(0, 4)))) if roll else None
        with mock.patch.dict(choice.ON_THE_HAND, {thing: 1.0} if thing else {}, clear=True):
            return cast_film(
                rng,
                (self.size, self.size),
                subject=person,
                kind=kind or KINDS[number % len(KINDS)],
                attitude=attitude,
                without=frozenset({Family.OBJECTS}) if bare else frozenset(),
            )

    def sets(self) -> dict[str, Make]:
        """How a film of each set is made; the good ones first."""
        return {
            "good": lambda rng, n: _as_cast(self.film(rng, n)),
            "oblique": lambda rng, n: _as_cast(self.film(rng, n, roll=_either(rng, n, 30, 60))),
            "lateral": lambda rng, n: _as_cast(self.film(rng, n, roll=_either(rng, n, 75, 105))),
            "both hands": lambda rng, n: _as_cast(self.film(rng, n, kind="both")),
            "11 to 15 years": lambda rng, n: _as_cast(self.film(rng, n, age=(11, 15))),
            "implants": lambda rng, n: _as_cast(self.film(rng, n, thing=(radius_plate, metacarpal_plate, wires)[n % 3])),
            "cast or splint": lambda rng, n: _as_cast(self.film(rng, n, thing=(cast, splint)[n % 2])),
            "noise": lambda rng, n: _noisy(self.film(rng, n), float(rng.uniform(0.1, 0.25)), rng),
            "blur": lambda rng, n: _blurred(self.film(rng, n), float(rng.uniform(0.8, 2.0))),
            "clipped": lambda rng, n: _clipped(self.film(rng, n)),
            "too coarse": lambda rng, n: _coarse(self.film(rng, n), float(rng.uniform(0.1, 0.25))),
        }


def _either(rng: np.random.Generator, number: int, low: float, high: float) -> float:
    return float(rng.uniform(low, high)) * (1 if number % 2 else -1)


def _as_cast(film: SimulatedFilm) -> tuple[SimulatedFilm, np.ndarray]:
    return film, film.pixels


def _noisy(film: SimulatedFilm, sigma: float, rng: np.random.Generator) -> tuple[SimulatedFilm, np.ndarray]:
    """Noise of ``sigma`` in the film's range of grey."""
    return film, np.clip(film.pixels + rng.normal(0, sigma, film.pixels.shape), 0, 1).astype(np.float32)


def _blurred(film: SimulatedFilm, sigma_mm: float) -> tuple[SimulatedFilm, np.ndarray]:
    return film, ndimage.gaussian_filter(film.pixels, sigma_mm * film.pixels_per_mm)


def _clipped(film: SimulatedFilm) -> tuple[SimulatedFilm, np.ndarray]:
    """Two fifths of the bones' pixels saturated."""
    return film, np.minimum(film.pixels, np.quantile(film.pixels[film.masks.any(0)], 0.6))


def _coarse(film: SimulatedFilm, scale: float) -> tuple[SimulatedFilm, np.ndarray]:
    return film, ndimage.zoom(ndimage.gaussian_filter(film.pixels, 0.4 / scale), scale, order=1)


def simulated(name: str, count: int, size: int, seed: int) -> Iterator[Radiograph]:
    """The films of a set; the same for equal arguments."""
    sets = Studio(size).sets()
    for number in range(count):
        _, pixels = sets[name](np.random.default_rng([seed, list(sets).index(name), number]), number)
        yield radiograph_from_array(pixels, name=f"{name} {number}")


def real(folder: Path) -> Iterator[Radiograph]:
    """The real films, annotated ones first."""
    for path in (*annotated_films(folder), *unlabelled_films(folder)):
        yield read_radiograph(path)


def figures(screener: Screener, films: Iterator[Radiograph]) -> dict[str, Any]:
    """Shares over films: of each finding by severity, of each state, and of films that nothing limits."""
    count, clear = 0, 0
    codes: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for film in films:
        result = screener.screen(film)
        count += 1
        states[result.score.state.value] += 1
        codes.update(f"{one.code}: {one.severity.value}" for one in result.quality if one.severity is not Severity.INFO)
        clear += all(one.severity in (Severity.INFO, Severity.WARNING) for one in result.quality)
    share = max(count, 1)
    return {
        "films": count,
        "clear": clear / share,
        "findings": {code: number / share for code, number in codes.most_common()},
        "states": {state: number / share for state, number in states.most_common()},
    }


def main() -> None:
    """Command line."""
    names = list(Studio(0).sets())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=30, help="films of each fault")
    parser.add_argument("--good", type=int, default=60, help="good films")
    parser.add_argument("--size", type=int, default=800, help="pixels of a simulated film's side")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--real", type=Path, default=FILMS, help="set of real films")
    parser.add_argument("--only", nargs="+", choices=[*names, "real"], default=[*names, "real"], metavar="SET")
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    bundle = load_bundle(options.bundle)
    screener = Screener(bundle)
    found = {}
    for name in options.only:
        count = options.good if name == "good" else options.films
        films = real(options.real) if name == "real" else simulated(name, count, options.size, options.seed)
        found[name] = figures(screener, films)
        show(name, found[name])
        if options.out:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            content = {**provenance(bundle), "seed": options.seed, "size": options.size, "sets": found}
            options.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def show(name: str, found: dict[str, Any]) -> None:
    """Print a set's figures."""
    print(f"{name}: {found['films']} films, {found['clear']:.0%} limited by no finding", flush=True)
    for kind in ("findings", "states"):
        print(f"  {kind}: " + ", ".join(f"{code} {share:.0%}" for code, share in found[kind].items()), flush=True)


if __name__ == "__main__":
    main()
