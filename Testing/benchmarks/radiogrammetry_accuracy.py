"""Error of the metacarpal cortical index on simulated films, whose cortical widths are known exactly.

    python Testing/benchmarks/radiogrammetry_accuracy.py --films 160 --seed 21 --out accuracy.json

The truth is taken where the profile was measured. Films are cast in turn at the given ``--sizes``, with the simulator's
whole range of poses, noise, blur and display processing; outlines are the exact masks, or with ``--bundle`` those of a
model. The goal, in every stratum: median absolute error and bias (median error) of at most .01.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES
from OsteoScreenLib.radiogrammetry.measure import LEVELS
from OsteoScreenLib.radiogrammetry.values import Trust
from Testing.benchmarks.measured_levels import Reading, measured, readings_of, write_figures
from training.simulation import cast_film

GOAL = 0.01
SMALLEST_STRATUM = 5


@dataclass(frozen=True)
class Axis:
    """Something that the error may depend on, cut into strata at ``edges``; ``name`` has a place for both."""

    name: str
    of: Callable[[Reading], float]
    edges: tuple[float, ...]


AXES = (
    Axis("W {:g} to {:g} mm", lambda each: each.width_mm, (0, 7, 8, 9, 10, 20)),
    Axis("contrast {:g} to {:g}", lambda each: each.contrast, (0, 0.1, 0.2, 0.3, 0.4, 2)),
    Axis("{:g} to {:g} photons/mm2", lambda each: each.photons, (5e3, 1e4, 2e4, 5e4, 1e5, 2e5)),
    Axis("{:g} to {:g} pixels/mm", lambda each: each.pixels_per_mm, (0, 2, 3, 5, 8, 40)),
    Axis("W {:g} to {:g} pixels", lambda each: each.truth.outer_width_px, (0, 12, 16, 20, 30, 45, 70, 500)),
    Axis("true MCI {:g} to {:g}", lambda each: each.truth.mci, (0, 0.3, 0.4, 0.5, 0.6, 1)),
)


def main(arguments: list[str] | None = None) -> int:
    """Cast, measure, print and write; the exit status is 1 where nothing could be measured."""
    options = _parser().parse_args(arguments)
    readings: list[Reading] = []
    reasons: Counter[str] = Counter()
    seconds: list[float] = []
    tried = 0
    for number in range(options.films):
        rows = options.sizes[number % len(options.sizes)]
        kind = options.kinds[number // len(options.sizes) % len(options.kinds)]
        film = cast_film(options.seed * 100_003 + number, (rows, round(rows * 0.8)), kind=kind)
        started = time.perf_counter()
        result = measured(film, options.bundle)
        seconds.append(time.perf_counter() - started)
        readings.extend(readings_of(film, result))
        reasons.update(_kind(one.reason) for one in result.rejected)
        tried += len(result.levels) + len(result.rejected)
    strata = [_row(name, chosen) for name, chosen in _strata(readings) if len(chosen) >= SMALLEST_STRATUM]
    _show(strata, len(readings), tried, reasons, seconds)
    write_figures(
        options.out,
        {
            "films": options.films,
            "seed": options.seed,
            "sizes": options.sizes,
            "kinds": options.kinds,
            "outlines": "exact" if options.bundle is None else options.bundle.name,
            "goal": GOAL,
            "levels_tried": tried,
            "levels_measured": len(readings),
            "rejected": dict(reasons.most_common()),
            "strata": strata,
        },
    )
    return 0 if readings else 1


def _strata(readings: list[Reading]) -> list[tuple[str, list[Reading]]]:
    """All readings, then those of every bone, level, verdict, and stratum of the axes."""
    strata = [("all", readings)]
    strata += [(bone.title, [each for each in readings if each.level.bone is bone]) for bone in RADIOGRAMMETRY_BONES]
    strata += [(f"level {level:g}", [each for each in readings if each.level.level == level]) for level in LEVELS]
    for trust in Trust:
        trusted = [each for each in readings if each.level.quality is not None and each.level.quality.trust is trust]
        strata.append((f"trust {trust.value}", trusted))
    for axis in AXES:
        for low, high in zip(axis.edges, axis.edges[1:], strict=False):
            strata.append((axis.name.format(low, high), [each for each in readings if low <= axis.of(each) < high]))
    return strata


def _row(name: str, chosen: list[Reading]) -> dict[str, Any]:
    error = np.array([each.error for each in chosen])
    width = np.array([each.level.outer_width_px / each.truth.outer_width_px - 1 for each in chosen])
    median, bias = float(np.median(np.abs(error))), float(np.median(error))
    return {
        "stratum": name,
        "n": len(chosen),
        "median_absolute_error": median,
        "bias": bias,
        "error_90_percent_below": float(np.quantile(np.abs(error), 0.9)),
        "width_bias_percent": float(100 * np.median(width)),
        "goal_met": median <= GOAL and abs(bias) <= GOAL,
    }


def _show(strata: list[dict[str, Any]], accepted: int, tried: int, reasons: Counter[str], seconds: list[float]) -> None:
    """Markdown table, and what was not measured."""
    print("| stratum | n | median absolute error of MCI | bias | 90 % below | W bias % | goal |\n|---|---|---|---|---|---|---|")
    for row in strata:
        numbers = f"{row['median_absolute_error']:.4f} | {row['bias']:+.4f} | {row['error_90_percent_below']:.3f}"
        met = "met" if row["goal_met"] else "missed"
        print(f"| {row['stratum']} | {row['n']} | {numbers} | {row['width_bias_percent']:+.2f} | {met} |")
    print(f"\nAccepted {accepted} of {tried} levels ({100 * accepted / max(tried, 1):.0f} %)")
    for reason, count in reasons.most_common():
        print(f"  {count:5d}  {reason}")
    print(f"Time per film: median {1000 * np.median(seconds):.0f} ms, longest {1000 * max(seconds):.0f} ms")


def _kind(reason: str) -> str:
    """A rejection without its numbers, so that equal ones count together."""
    return "".join("#" if letter.isdigit() else letter for letter in reason).replace("##", "#")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=40, help="films to cast")
    parser.add_argument("--seed", type=int, default=1, help="of the first film")
    parser.add_argument("--sizes", type=int, nargs="+", default=[700, 1000, 1400, 2000], help="rows of the films, in turn")
    parser.add_argument(
        "--kinds", choices=("hand", "wrist", "close"), nargs="+", default=["hand", "close"], help="views, in turn"
    )
    parser.add_argument("--bundle", type=Path, default=None, help="outline with this model instead of the exact masks")
    parser.add_argument("--out", type=Path, default=None, help="write the figures to this JSON file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
