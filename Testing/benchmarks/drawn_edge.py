"""How far inside a bone's projection its outer gradient is steepest, in millimetres, on simulated films.

    python Testing/benchmarks/drawn_edge.py [--films 24] [--seed 3000] [--size 1200]

People draw a bone where its edge is seen, at the steepest gradient. A round bone's margin is thin, and blur takes it away, so
this lies inside the exact projection. `training.segmentation.annotators.EDGE_INSIDE_MM` is the median that is printed last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from training.simulation import SimulatedFilm, cast_film

REACH_MM = 1.0
STEP_MM = 0.05
PROFILES = 300


def steepest_inside_mm(film: SimulatedFilm, channel: int, rng: np.random.Generator) -> float:
    """Median distance of the steepest inward rise from the projection's edge, inwards positive; nan without enough edge."""
    mask = film.masks[channel]
    others = np.delete(film.masks, channel, axis=0).any(0)
    if not mask.any() or mask.all():
        return float("nan")
    distance = gaussian_filter((distance_transform_edt(mask) - distance_transform_edt(~mask)).astype(np.float32), 2)
    edge = np.argwhere((np.abs(distance) < 0.6) & ~others & film.field)
    if len(edge) < PROFILES:
        return float("nan")
    edge = edge[rng.choice(len(edge), PROFILES, replace=False)]
    normal = np.stack([slope[tuple(edge.T)] for slope in np.gradient(distance)], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    inwards = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    points = edge[:, None] + (inwards * film.pixels_per_mm)[None, :, None] * normal[:, None]
    values = map_coordinates(gaussian_filter(film.pixels, 1.0), points.transpose(2, 0, 1), order=1, mode="nearest")
    rises = np.diff(values, axis=1)
    steepest = rises.argmax(1)
    found = inwards[steepest] + STEP_MM / 2 + distance[tuple(edge.T)] / film.pixels_per_mm
    # A steepest rise at the profile's end belongs to something else.
    clear = (rises.max(1) > 0.004) & (steepest > 2) & (steepest < len(inwards) - 4)
    return float(np.median(found[clear])) if clear.sum() > PROFILES / 6 else float("nan")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=24)
    parser.add_argument("--seed", type=int, default=3000)
    parser.add_argument("--size", type=int, default=1200)
    options = parser.parse_args()
    films = (cast_film(options.seed + number, (options.size, options.size), kind="close") for number in range(options.films))
    table = np.array([[steepest_inside_mm(film, c, np.random.default_rng(c)) for c in range(len(BONES))] for film in films])
    for bone in BONES:
        low, middle, high = np.nanpercentile(table[:, bone.channel], [25, 50, 75])
        print(f"{bone.value:14} {middle:.3f} mm (quartiles {low:.3f} to {high:.3f})")
    print(f"median over bones: {np.median(np.nanmedian(table, axis=0)):.3f} mm")


if __name__ == "__main__":
    main()
