"""Which summary of a result puts the films with the worst outlines first in the annotators' queue.

Screens simulated films, whose bones are known, and prints for each candidate its rank correlation with 1 - mean Dice, and the
mean Dice of the quarter of films that it puts first and of the others::

    python Testing/benchmarks/queue_order.py --films 80 --seed 78
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.radiograph import radiograph_from_array
from OsteoScreenLib.segmentation.engine import InferenceEngine, make_engine
from OsteoScreenLib.segmentation.inference import segment
from OsteoScreenLib.segmentation.values import BoneSummary
from training.segmentation.metrics import dice
from training.simulation import cast_film

SMALLEST_AREA = 200
"""Film pixels below which a bone that was not outlined is no fault: mostly the film's edge cuts it."""

Summary = Callable[[list[BoneSummary]], float]
CANDIDATES: dict[str, Summary] = {
    "mean of mean_uncertainty": lambda bones: float(np.mean([bone.mean_uncertainty for bone in bones])),
    "largest mean_uncertainty": lambda bones: max(bone.mean_uncertainty for bone in bones),
    "mean of disagreement": lambda bones: float(np.mean([bone.disagreement for bone in bones])),
    "largest disagreement": lambda bones: max(bone.disagreement for bone in bones),
}


def measure(number: int, seed: int, size: int, bundle: Bundle, engine: InferenceEngine) -> tuple[float, list[float]] | None:
    """Mean Dice of film ``number``, and every candidate's value; ``None`` for a film without bones."""
    film = cast_film(np.random.default_rng([seed, number]), (size, size))
    pixels = (np.clip(film.pixels, 0, 1) * 65535).astype(np.uint16)
    found = segment(radiograph_from_array(pixels, invert=False), bundle, engine)
    pairs = [
        (mask, true) for mask, true in zip(found.masks, film.masks, strict=True) if true.sum() >= SMALLEST_AREA or mask.any()
    ]
    if not pairs:
        return None
    bones = [bone for bone in found.bones if bone.found]
    return float(np.mean([dice(*pair) for pair in pairs])), [of(bones) if bones else 1.0 for of in CANDIDATES.values()]


def report(rows: Iterable[tuple[float, list[float]]]) -> str:
    """One line per candidate."""
    scores, values = zip(*rows, strict=True)
    quality, table = np.array(scores), np.array(values)
    lines = [f"{len(quality)} films: rank correlation with 1 - mean Dice; mean Dice of the first quarter, and of the others"]
    for name, column in zip(CANDIDATES, table.T, strict=True):
        order = np.argsort(-column, kind="stable")
        first = len(order) // 4
        parts = quality[order[:first]].mean(), quality[order[first:]].mean()
        lines.append(f"{name:26} {spearmanr(column, -quality)[0]:.2f}  {parts[0]:.3f}  {parts[1]:.3f}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=80)
    parser.add_argument("--size", type=int, default=400, help="rows and columns of a film")
    parser.add_argument("--seed", type=int, default=78)
    parser.add_argument("--bundle", type=Path, help="model bundle (default: the shipped one)")
    options = parser.parse_args()
    bundle, engine = load_bundle(options.bundle), make_engine("openvino")
    rows = (measure(number, options.seed, options.size, bundle, engine) for number in range(options.films))
    print(report(row for row in rows if row is not None))


if __name__ == "__main__":
    main()
