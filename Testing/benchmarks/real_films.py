"""Outlines on annotated real films against the reference standard: overlap, distance, uncertainty, calibration.

    python Testing/benchmarks/real_films.py [--films ../shared/films] [--bundle FOLDER] [--seed 0] [--out FOLDER]

``--out`` receives ``real_films.json`` (everything), ``real_films.csv`` (a row per film and bone) and
``real_films_calibration.csv`` (a row per bin). The films are only measured on: nothing of them is written.

Near a bone: within `NEAR_MM` of any drawn bone, the drawn metacarpal 3 taken to be `METACARPAL_3_MM` long, since the films
bring no pixel spacing. A pixel is wrong where the consensus of any bone differs from what was drawn.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.segmentation.consensus import film_maps
from OsteoScreenLib.segmentation.engine import make_engine
from OsteoScreenLib.segmentation.inference import segment
from OsteoScreenLib.segmentation.values import Segmentation
from Testing.benchmarks.film_set import FILMS, annotated_films, provenance, reference
from training.segmentation.metrics import Calibration, calibration, dice, hausdorff_95, marginal

NEAR_MM = 15.0
METACARPAL_3_MM = 64.3
MIDDLE = (0.01, 0.99)
"""Probabilities between which calibration is also told alone: beyond lies nearly all of a film's background."""


@dataclass(frozen=True)
class Bin:
    """Pixels of all bones whose marginal probability lies in one tenth of 0..1."""

    low: float
    high: float
    pixels: int
    mean_probability: float
    reference_fraction: float


@dataclass(frozen=True)
class FilmFigures:
    """Figures of one film, per bone in channel order; distances in percent of the film's height.

    ``*_entropy``: sum of the total uncertainty in bits over wrong and right pixels, whose numbers are ``*_pixels``; first
    over the whole film, then near a bone.
    """

    film: str
    seconds: float
    dice: tuple[float, ...]
    hausdorff95_percent: tuple[float, ...]
    wrong_pixels: tuple[int, int]
    wrong_entropy: tuple[float, float]
    right_pixels: tuple[int, int]
    right_entropy: tuple[float, float]


def near_bones(drawn: np.ndarray) -> np.ndarray:
    """Pixels within `NEAR_MM` of any drawn bone (rows x columns, bool)."""
    points = np.argwhere(drawn[Bone.METACARPAL_3.channel])
    _, vectors = np.linalg.eigh(np.cov(points.T))
    pixels_per_mm = float(np.ptp(points @ vectors[:, 1])) / METACARPAL_3_MM
    return np.asarray(ndimage.distance_transform_edt(~drawn.any(0)) <= NEAR_MM * pixels_per_mm)


def marginals(segmentation: Segmentation) -> np.ndarray:
    """Weighted mean probability of the hypotheses on the film, 7 x rows x columns."""
    hypotheses = segmentation.hypotheses
    assert hypotheses is not None
    mean = marginal(hypotheses.probabilities, hypotheses.weights)
    return np.stack([film_maps([channel], hypotheses.mapping)[0] for channel in mean])


def pooled(parts: list[Calibration]) -> Calibration:
    """One reliability diagram over the pixels of several."""
    pixels = np.sum([part.pixels for part in parts], axis=0)
    with np.errstate(invalid="ignore"):
        means = [
            np.nansum([getattr(part, name) * part.pixels for part in parts], axis=0) / pixels
            for name in ("probability", "reference")
        ]
    return Calibration(pixels, *means)


def bins_of(curve: Calibration) -> list[Bin]:
    """A reliability diagram as rows of a table, without empty bins."""
    count = len(curve.pixels)
    return [
        Bin(i / count, (i + 1) / count, int(curve.pixels[i]), float(curve.probability[i]), float(curve.reference[i]))
        for i in range(count)
        if curve.pixels[i]
    ]


def figures_of(film: str, seconds: float, found: Segmentation, drawn: np.ndarray) -> FilmFigures:
    """All figures of one film but its calibration counts."""
    wrong = (found.masks != drawn).any(0)
    near = near_bones(drawn)
    regions = (np.ones_like(near), near)
    total = found.uncertainty.total
    return FilmFigures(
        film=film,
        seconds=seconds,
        dice=tuple(dice(found.mask(bone), drawn[bone.channel]) for bone in BONES),
        hausdorff95_percent=tuple(100 * hausdorff_95(found.mask(bone), drawn[bone.channel]) / drawn.shape[1] for bone in BONES),
        wrong_pixels=tuple(int((wrong & region).sum()) for region in regions),  # type: ignore[arg-type]
        wrong_entropy=tuple(float(total[wrong & region].sum()) for region in regions),  # type: ignore[arg-type]
        right_pixels=tuple(int((~wrong & region).sum()) for region in regions),  # type: ignore[arg-type]
        right_entropy=tuple(float(total[~wrong & region].sum()) for region in regions),  # type: ignore[arg-type]
    )


def ratio(films: list[FilmFigures], region: int) -> float:
    """Mean total uncertainty at wrong pixels over that at right ones, pixels of all films pooled."""
    wrong = sum(film.wrong_entropy[region] for film in films) / max(sum(film.wrong_pixels[region] for film in films), 1)
    right = sum(film.right_entropy[region] for film in films) / max(sum(film.right_pixels[region] for film in films), 1)
    return wrong / max(right, 1e-12)


def summary(films: list[FilmFigures], everywhere: Calibration, middle: Calibration) -> dict[str, Any]:
    """Figures over all films."""
    overlap, distance = (np.array([getattr(film, name) for film in films]) for name in ("dice", "hausdorff95_percent"))
    return {
        "films": len(films),
        "dice": {"mean": float(overlap.mean()), "worst": float(overlap.min())},
        "dice_by_bone": {bone.value: float(overlap[:, bone.channel].mean()) for bone in BONES},
        "hausdorff95_percent": {"mean": float(distance.mean()), "worst": float(distance.max())},
        "hausdorff95_percent_by_bone": {bone.value: float(distance[:, bone.channel].mean()) for bone in BONES},
        "uncertainty_ratio": {"near_bones": ratio(films, 1), "whole_film": ratio(films, 0)},
        "calibration_error": {"all_pixels": everywhere.error, "probability_.01_to_.99": middle.error},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder for the figures as JSON and CSV")
    options = parser.parse_args()
    bundle, engine = load_bundle(options.bundle), make_engine()
    films: list[FilmFigures] = []
    everywhere: list[Calibration] = []
    middle: list[Calibration] = []
    for path in annotated_films(options.films):
        radiograph = read_radiograph(path)
        drawn = reference(path.parent, radiograph.shape)
        started = time.perf_counter()
        found = segment(radiograph, bundle, engine, seed=options.seed)
        films.append(figures_of(path.parent.name, time.perf_counter() - started, found, drawn))
        probability = marginals(found)
        everywhere.append(calibration(probability, drawn))
        between = (probability >= MIDDLE[0]) & (probability <= MIDDLE[1])
        if between.any():
            middle.append(calibration(probability[between], drawn[between]))
    curve = pooled(everywhere)
    figures = summary(films, curve, pooled(middle))
    show(films, figures, bins_of(curve))
    if options.out:
        write(options.out, {**provenance(bundle), "seed": options.seed, **figures}, films, bins_of(curve))


def show(films: list[FilmFigures], figures: dict[str, Any], bins: list[Bin]) -> None:
    """Print the tables."""
    for title, name, places in (("Dice", "dice", 3), ("HD95 % height", "hausdorff95_percent", 2)):
        print(f"{title:14}{' '.join(f'{bone.value:>13}' for bone in BONES)}")
        rows = {film.film: np.array(getattr(film, name)) for film in films}
        for film, row in {**rows, "mean": np.mean(list(rows.values()), axis=0)}.items():
            print(f"{film:14}{' '.join(f'{value:13.{places}f}' for value in row)}")
        print()
    overlap, distance, unsure = (figures[name] for name in ("dice", "hausdorff95_percent", "uncertainty_ratio"))
    error = figures["calibration_error"]
    print(f"mean Dice {overlap['mean']:.4f} (target .96), worst bone {overlap['worst']:.3f} (target .90)")
    print(f"mean HD95 {distance['mean']:.3f} % of the height (target .5), worst {distance['worst']:.2f} %")
    print(
        f"uncertainty at wrong pixels over right ones: {unsure['near_bones']:.1f} within {NEAR_MM:.0f} mm of a bone, "
        f"{unsure['whole_film']:.1f} over all pixels (target 5)"
    )
    print(
        f"ECE {100 * error['all_pixels']:.3f} % over all pixels, "
        f"{100 * error['probability_.01_to_.99']:.2f} % where .01 <= p <= .99"
    )
    print("\nmarginal probability    pixels   mean   drawn")
    for row in bins:
        print(f"{row.low:10.1f} to {row.high:.1f}{row.pixels:14}{row.mean_probability:7.3f}{row.reference_fraction:8.3f}")


def write(folder: Path, figures: dict[str, Any], films: list[FilmFigures], bins: list[Bin]) -> None:
    """Write the figures as JSON and CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {**figures, "bones": [bone.value for bone in BONES], "by_film": [asdict(film) for film in films]}
    content["calibration"] = [asdict(row) for row in bins]
    (folder / "real_films.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    with (folder / "real_films.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["film", "bone", "dice", "hausdorff95_percent"])
        for film in films:
            table.writerows(
                zip([film.film] * len(BONES), [b.value for b in BONES], film.dice, film.hausdorff95_percent, strict=True)
            )
    with (folder / "real_films_calibration.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.DictWriter(stream, list(asdict(bins[0])))
        rows.writeheader()
        rows.writerows(asdict(row) for row in bins)


if __name__ == "__main__":
    main()
