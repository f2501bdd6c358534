"""How much the cortical indices of one person differ between two films, repositioned and exposed anew.

    python Testing/benchmarks/radiogrammetry_repeatability.py --pairs 60 --seed 22 --out repeatability.json

Simulated films of the same bones. The second film is repositioned and taken anew: once on the same machine, with its technique,
detector and display processing, as short-term precision is measured; once on another machine. The coefficient of variation is
the root mean square within-subject standard deviation over the mean (Gluer et al. 1995, Osteoporos Int 5:262), with a 95 %
interval from the chi-squared distribution. "True" rows are what repositioning itself changes: a rolled hand shows another
projection of the same cortex, and no measurement can undo that. The goal: at most 1.5 % for the film's mean MCI.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiogrammetry import Radiogrammetry, indices
from OsteoScreenLib.radiogrammetry.measure import LEVELS
from OsteoScreenLib.radiogrammetry.values import MID_SHAFT
from Testing.benchmarks.measured_levels import measured, write_figures
from training.simulation import SimulatedFilm, cast_film, shaft_truth
from training.simulation.cohort import sample_subject

GOAL_PERCENT = 1.5


@dataclass(frozen=True)
class Visit:
    """One film of a person: what was measured, and the truth of its pose."""

    result: Radiogrammetry
    truth: dict[tuple[Bone, float], float]
    true_bhi: float


def main(arguments: list[str] | None = None) -> int:
    """Cast, measure, print and write; the exit status is 1 where no pair could be measured."""
    options = _parser().parse_args(arguments)
    people = [_visits(options, number) for number in range(options.pairs)]
    tables = {
        "same machine": _rows([(first, same) for first, same, _ in people]),
        "another machine": _rows([(first, other) for first, _, other in people]),
    }
    for name, rows in tables.items():
        _show(name, rows)
    settings = {"pairs": options.pairs, "seed": options.seed, "size": options.size, "goal_percent": GOAL_PERCENT}
    everything = [{"second film": name, **row} for name, rows in tables.items() for row in rows]
    write_figures(options.out, {**settings, "quantities": everything})
    return 0 if everything else 1


def _rows(pairs: list[tuple[Visit, Visit]]) -> list[dict[str, Any]]:
    return [row for name, values in _quantities(pairs).items() if (row := _row(name, values)) is not None]


def _show(name: str, rows: list[dict[str, Any]]) -> None:
    print(f"\nSecond film on the {name}\n\n| quantity | pairs | mean | CV % (95 % interval) | largest difference |")
    print("|---|---|---|---|---|")
    for row in rows:
        low, high = row["cv_percent_interval"]
        cv = f"{row['cv_percent']:.2f} ({low:.2f} to {high:.2f})"
        print(f"| {row['quantity']} | {row['pairs']} | {row['mean']:.4f} | {cv} | {row['largest_difference']:.4f} |", flush=True)


def _visits(options: argparse.Namespace, number: int) -> tuple[Visit, Visit, Visit]:
    """A first film, one repositioned on the same machine, and the same on another machine."""
    person = sample_subject(np.random.default_rng([options.seed, number]))
    shape = (options.size, round(options.size * 0.8))
    films = [
        cast_film(
            options.seed * 100_003 + 2 * number + visit,
            shape,
            subject=person,
            anatomy=options.seed * 1000 + number,
            machine=options.seed * 1000 + 2 * number + machine,
            kind="hand",
        )
        for visit, machine in ((0, 0), (1, 0), (1, 1))
    ]
    first, same, other = (_visit(film, options.bundle) for film in films)
    return first, same, other


def _visit(film: SimulatedFilm, bundle: Path | None) -> Visit:
    truth = {(bone, level): shaft_truth(film, bone, level).mci for bone in RADIOGRAMMETRY_BONES for level in LEVELS}
    return Visit(measured(film, bundle), truth, float(np.mean([_true_bhi(film, bone) for bone in RADIOGRAMMETRY_BONES])))


def _true_bhi(film: SimulatedFilm, bone: Bone) -> float:
    widths, to_cm = shaft_truth(film, bone, MID_SHAFT), 0.1 / film.pixels_per_mm
    length_cm = film.hand.outlined[bone].length / 10
    return indices.bone_health_index(widths.outer_width_px * to_cm, widths.medullary_width_px * to_cm, length_cm)


def _quantities(pairs: list[tuple[Visit, Visit]]) -> dict[str, list[tuple[float | None, float | None]]]:
    """Both films' values of every quantity, by name."""
    quantities: dict[str, list[tuple[float | None, float | None]]] = {
        "mean MCI": [(a.result.mean_mci, b.result.mean_mci) for a, b in pairs],
        "mean MCI, levels measured on both films": [_shared(a, b) for a, b in pairs],
        "2MCP": [(a.result.second_metacarpal_index, b.result.second_metacarpal_index) for a, b in pairs],
        "mean PCA": [(a.result.mean_pca, b.result.mean_pca) for a, b in pairs],
        "BHI": [(a.result.bone_health_index, b.result.bone_health_index) for a, b in pairs],
        "true mean MCI": [(_mean(a.truth), _mean(b.truth)) for a, b in pairs],
        "true 2MCP": [(a.truth[Bone.METACARPAL_2, MID_SHAFT], b.truth[Bone.METACARPAL_2, MID_SHAFT]) for a, b in pairs],
        "true mean PCA": [(_mean(a.truth, pca=True), _mean(b.truth, pca=True)) for a, b in pairs],
        "true BHI": [(a.true_bhi, b.true_bhi) for a, b in pairs],
    }
    return quantities


def _shared(a: Visit, b: Visit) -> tuple[float | None, float | None]:
    first, second = ({(each.bone, each.level): each.mci for each in visit.result.levels} for visit in (a, b))
    both = first.keys() & second.keys()
    if not both:
        return None, None
    return float(np.mean([first[key] for key in both])), float(np.mean([second[key] for key in both]))


def _mean(truth: dict[tuple[Bone, float], float], pca: bool = False) -> float:
    return float(np.mean([1 - (1 - value) ** 2 if pca else value for value in truth.values()]))


def _row(name: str, values: list[tuple[float | None, float | None]]) -> dict[str, Any] | None:
    both = np.array([(a, b) for a, b in values if a is not None and b is not None], float)
    if not len(both):
        return None
    difference = both[:, 1] - both[:, 0]
    squares = float((difference**2 / 2).sum())
    count, mean = len(both), float(both.mean())
    interval = [100 * float(np.sqrt(squares / chi2.ppf(share, count))) / mean for share in (0.975, 0.025)]
    return {
        "quantity": name,
        "pairs": count,
        "mean": mean,
        "cv_percent": 100 * float(np.sqrt(squares / count)) / mean,
        "cv_percent_interval": interval,
        "median_difference": float(np.median(np.abs(difference))),
        "largest_difference": float(np.abs(difference).max()),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=40, help="people, each with two films")
    parser.add_argument("--seed", type=int, default=1, help="of the people and their films")
    parser.add_argument("--size", type=int, default=1400, help="rows of each film")
    parser.add_argument("--bundle", type=Path, default=None, help="outline with this model instead of the exact masks")
    parser.add_argument("--out", type=Path, default=None, help="write the figures to this JSON file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
