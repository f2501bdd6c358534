"""What repositioning and outlining do to the score of a bundle, on simulated people filmed twice.

    python Testing/benchmarks/repositioned_score.py --pairs 60 --seed 41 [--bundle FOLDER] --out repositioned_score.json

Both films of a person show the same bones and are taken on the same machine; pose, view and noise differ. Reported are the
within-subject scatter of the probability and of the cortical index, how often both films get the same state, and how often a
film's interval, which comes from the plausible outlines, holds the probability that exact outlines give. Simulated films
throughout.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.classification.calibration import logit
from OsteoScreenLib.classification.values import Score
from OsteoScreenLib.screening.screener import Screener
from Testing.benchmarks.measured_levels import write_figures
from training.cohort.simulated import WITHOUT_WRISTS, film_of, radiograph_of
from training.evaluation.coverage import interval_coverage
from training.simulation.presets import PRESETS


@dataclass(frozen=True)
class Visit:
    """One film: its score, its cortical index, and the probability that exact outlines give (NaN where there is none)."""

    score: Score
    index: float
    exact: float

    @property
    def probability(self) -> float:
        """NaN where the film was not scored."""
        return np.nan if self.score.probability is None else self.score.probability

    @property
    def interval(self) -> tuple[float, float]:
        """NaN where the film was not scored."""
        return (np.nan, np.nan) if self.score.interval is None else self.score.interval


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=60, help="people, each filmed twice")
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    screener = Screener(load_bundle(options.bundle))
    people = PRESETS["screening"].draw(options.seed, options.pairs)
    pairs = []
    for number, person in enumerate(people):
        pairs.append([_visit(screener, person, (options.seed, number), visit) for visit in (0, 1)])
        print(f"{number + 1}/{options.pairs}", file=sys.stderr, flush=True)
    figures = _figures(pairs)
    for name, value in figures.items():
        print(f"| {name} | {value} |")
    write_figures(options.out, {"pairs": options.pairs, "seed": options.seed, "bundle": screener.bundle.sha256, **figures})


def _visit(screener: Screener, person: object, seed: tuple[int, int], visit: int) -> Visit:
    film = film_of(person, seed, visit, WITHOUT_WRISTS, machine=seed[0] * 1000 + seed[1])  # type: ignore[arg-type]
    radiograph = radiograph_of(film, f"person-{seed[1]}", seed, visit)
    result = screener.screen(radiograph, seed=visit)
    exact = screener.rescore(radiograph, result, film.masks).score.probability
    index = result.radiogrammetry.mean_mci
    return Visit(result.score, np.nan if index is None else index, np.nan if exact is None else exact)


def _figures(pairs: list[list[Visit]]) -> dict[str, object]:
    probability = np.array([[visit.probability for visit in pair] for pair in pairs])
    index = np.array([[visit.index for visit in pair] for pair in pairs])
    scored = np.isfinite(probability).all(1)
    states = [(one.score.state.value, other.score.state.value) for one, other in pairs]
    intervals = np.array([visit.interval for pair in pairs for visit in pair], float)
    coverage = interval_coverage(intervals, np.array([visit.exact for pair in pairs for visit in pair]))
    within = _within(probability[scored])
    return {
        "people scored twice": int(scored.sum()),
        "probability, mean": round(float(probability[scored].mean()), 4),
        "probability, within-subject SD": round(within, 4),
        "probability, within over between subjects": round(within / float(probability[scored].mean(1).std(ddof=1)), 3),
        "logit, within-subject SD": round(_within(logit(probability[scored])), 3),
        "cortical index, CV %": round(_cv_percent(index), 2),
        "same state": round(float(np.mean([one == other for one, other in states])), 3),
        "opposite states": sum({one, other} == {"consider_dxa", "not_flagged"} for one, other in states),
        "states": dict(Counter(visit.score.state.value for pair in pairs for visit in pair)),
        "coverage": {**asdict(coverage), "words": coverage.words},
    }


def _within(values: np.ndarray) -> float:
    """Root mean square within-subject standard deviation of pairs (n, 2)."""
    return float(np.sqrt(np.mean(np.diff(values, axis=1) ** 2) / 2))


def _cv_percent(values: np.ndarray) -> float:
    """Root mean square within-subject SD over the mean (Gluer et al. 1995, Osteoporos Int 5:262)."""
    known = values[np.isfinite(values).all(1)]
    return 100 * _within(known) / float(known.mean())


if __name__ == "__main__":
    main()
