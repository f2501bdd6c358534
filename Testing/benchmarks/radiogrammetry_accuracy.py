"""Error of the metacarpal cortical index on simulated films, whose cortical widths are known exactly.

    python Testing/benchmarks/radiogrammetry_accuracy.py --films 60 --seed 1 --size 1536

The truth is taken where the profile was measured. Films are cast with the simulator's whole range of poses, noise, blur and
display processing; outlines are the exact masks, or with ``--bundle`` those of a model.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES, RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiogrammetry import LevelMeasurement
from OsteoScreenLib.radiogrammetry.measure import LEVELS, measure
from OsteoScreenLib.radiograph.values import FilmSource, Polarity, PolarityBasis, Radiograph, Spacing
from OsteoScreenLib.segmentation.values import BoneSummary, Segmentation, UncertaintyMaps
from training.simulation import SimulatedFilm, cast_film, shaft_truth

TARGET = 0.02


@dataclass(frozen=True)
class Reading:
    """One measured level beside its truth."""

    bone: Bone
    level: float
    width_px: float
    mci: float
    error: float
    width_error: float


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    readings: list[Reading] = []
    reasons: Counter[str] = Counter()
    seconds: list[float] = []
    tried = 0
    for number in range(options.films):
        film = cast_film(options.seed * 100_003 + number, (options.size, round(options.size * 0.8)), kind=options.kind)
        radiograph = radiograph_of(film)
        segmentation = segmentation_of(film.masks, radiograph, options.bundle)
        started = time.perf_counter()
        result = measure(radiograph, segmentation)
        seconds.append(time.perf_counter() - started)
        readings.extend(_reading(film, one) for one in result.levels)
        reasons.update(_kind(one.reason) for one in result.rejected)
        tried += len(result.levels) + len(result.rejected)
    _report(readings, reasons, tried, seconds)
    if not readings:
        return 1
    return 0 if np.median([abs(one.error) for one in readings]) <= TARGET else 1


def radiograph_of(film: SimulatedFilm) -> Radiograph:
    """The film as the reader would hand it over."""
    low, high = np.percentile(film.pixels[film.field], (0.5, 99.5))
    return Radiograph(
        pixels=film.pixels.astype(np.float32),
        field=film.field,
        window=(float(low), float(high)),
        spacing=Spacing(),
        laterality=film.laterality,
        polarity=Polarity(False, PolarityBasis.CONTENT),
        source=FilmSource("simulated", "0" * 64, "simulated", 16),
    )


def segmentation_of(masks: np.ndarray, radiograph: Radiograph, bundle: Path | None) -> Segmentation:
    """Exact outlines, or those of a model."""
    if bundle is not None:
        from OsteoScreenLib.bundle import load_bundle
        from OsteoScreenLib.segmentation.engine import make_engine
        from OsteoScreenLib.segmentation.inference import segment

        return segment(radiograph, load_bundle(bundle), make_engine())
    flat = np.zeros(masks.shape[1:], np.float32)
    areas = masks.sum(axis=(1, 2))
    bones = tuple(BoneSummary(bone, bool(area > 0), int(area), 0.0, 0.0) for bone, area in zip(BONES, areas, strict=True))
    return Segmentation(masks, UncertaintyMaps(flat, flat, flat), bones, None)


def _reading(film: SimulatedFilm, one: LevelMeasurement) -> Reading:
    tube = film.hand.outlined[one.bone]
    ends = film.view.placement.to_film(np.array([tube.base, tube.head]))
    middle = np.mean(one.profile, axis=0)[::-1]
    station = float((middle - ends[0]) @ (ends[1] - ends[0]) / np.sum((ends[1] - ends[0]) ** 2))
    truth = shaft_truth(film, one.bone, station)
    error = one.mci - truth.mci
    return Reading(one.bone, one.level, one.outer_width_px, truth.mci, error, one.outer_width_px / truth.outer_width_px - 1)


def _report(readings: list[Reading], reasons: Counter[str], tried: int, seconds: list[float]) -> None:
    print(f"{'':24s}{'n':>6s}{'median |error|':>16s}{'bias':>9s}{'90 % below':>12s}{'W bias %':>10s}")

    def row(name: str, chosen: list[Reading]) -> None:
        if chosen:
            error = np.array([one.error for one in chosen])
            size, bias, tail = np.median(np.abs(error)), np.median(error), np.quantile(np.abs(error), 0.9)
            width = 100 * np.median([one.width_error for one in chosen])
            print(f"{name:24s}{len(chosen):6d}{size:16.4f}{bias:+9.4f}{tail:12.4f}{width:+10.2f}")

    row("all", readings)
    for bone in RADIOGRAMMETRY_BONES:
        row(bone.title, [one for one in readings if one.bone is bone])
    for level in LEVELS:
        row(f"level {level:g}", [one for one in readings if one.level == level])
    for low, high in ((0.0, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 1.0)):
        row(f"true MCI {low:g} to {high:g}", [one for one in readings if low <= one.mci < high])
    for low, high in ((0, 12), (12, 20), (20, 30), (30, 45), (45, 500)):
        row(f"W {low} to {high} pixels", [one for one in readings if low <= one.width_px < high])
    print(f"accepted {len(readings)} of {tried} levels ({100 * len(readings) / max(tried, 1):.0f} %)")
    for reason, count in reasons.most_common():
        print(f"  {count:5d}  {reason}")
    print(f"time per film: median {1000 * np.median(seconds):.0f} ms, longest {1000 * max(seconds):.0f} ms")


def _kind(reason: str) -> str:
    """A rejection without its numbers, so that equal ones count together."""
    return "".join("#" if letter.isdigit() else letter for letter in reason).replace("##", "#")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=40, help="films to cast")
    parser.add_argument("--seed", type=int, default=1, help="of the first film")
    parser.add_argument("--size", type=int, default=1400, help="rows of each film")
    parser.add_argument("--kind", choices=("hand", "wrist", "close"), default=None, help="only this view")
    parser.add_argument("--bundle", type=Path, default=None, help="outline with this model instead of the exact masks")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
