"""Screens every real film of a development set: crashes, bones found, states, findings; Dice where outlines were drawn.

    python Testing/benchmarks/real_films.py [--films ../shared/films] [--bundle FOLDER] [--overlays FOLDER] [--limit N]

The set holds ``annotated/<id>/image.png`` with one mask per bone, and ``unlabelled/*.png``. The films are only looked at and
measured on: nothing of them is written but the overlays asked for.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.screening.screener import Screener
from OsteoScreenLib.screening.values import ScreeningResult

FILMS = Path(__file__).resolve().parents[3] / "shared" / "films"


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Dice coefficient; 1 where both are empty."""
    both = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / both if both else 1.0


def reference(folder: Path, shape: tuple[int, int]) -> np.ndarray:
    """The drawn masks of one annotated film, 7 x rows x columns."""
    import SimpleITK as sitk

    masks = np.zeros((len(BONES), *shape), bool)
    for bone in BONES:
        path = folder / f"{bone.value}.png"
        if path.is_file():
            masks[bone.channel] = sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 127
    return masks


def describe(name: str, result: ScreeningResult) -> str:
    """One line about one film."""
    codes = [finding.code for finding in result.quality if finding.severity is not Severity.INFO]
    unsure = np.mean([bone.disagreement for bone in result.segmentation.bones if bone.found] or [0])
    mci = result.radiogrammetry.mean_mci
    return (
        f"{name:10} {len(result.segmentation.found_bones)} of 7  disagreement {unsure:.3f}  "
        f"mci {'  -  ' if mci is None else f'{mci:.3f}'}  {result.score.state.value:15} {' '.join(codes)}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--overlays", type=Path, help="write an overlay of every film here")
    parser.add_argument("--limit", type=int, help="only so many unlabelled films")
    options = parser.parse_args()
    screener = Screener(load_bundle(options.bundle))
    annotated = sorted(options.films.glob("annotated/*/image.png"))
    films = annotated + sorted(options.films.glob("unlabelled/*.png"))[: options.limit]
    if not films:
        sys.exit(f"no films under {options.films}: give the set with --films")
    codes: Counter[str] = Counter()
    states: Counter[str] = Counter()
    scores: dict[str, list[float]] = {}
    crashed: list[str] = []
    started = time.perf_counter()
    for path in films:
        name = path.parent.name if path in annotated else path.stem
        try:
            radiograph = read_radiograph(path)
            result = screener.screen(radiograph)
            if options.overlays:
                from OsteoScreenLib.reports.overlay import write_overlay

                options.overlays.mkdir(parents=True, exist_ok=True)
                write_overlay(result, radiograph, options.overlays / f"{name}.png")
        except Exception:  # the very thing that is counted here
            traceback.print_exc()
            crashed.append(name)
            continue
        print(describe(name, result), flush=True)
        codes.update(finding.code for finding in result.quality)
        states[result.score.state.value] += 1
        if path in annotated:
            drawn = reference(path.parent, radiograph.shape)
            scores[name] = [dice(result.segmentation.mask(bone), drawn[bone.channel]) for bone in BONES]
    print(f"\n{len(films)} films in {time.perf_counter() - started:.0f} s, {len(crashed)} crashed {' '.join(crashed)}")
    print("states:", dict(states))
    print("findings:", dict(codes.most_common()))
    if scores:
        table = np.array(list(scores.values()))
        print(f"\nDice          {' '.join(f'{bone.value:>13}' for bone in BONES)}")
        for name, row in scores.items():
            print(f"{name:13} {' '.join(f'{value:13.3f}' for value in row)}")
        print(f"{'mean':13} {' '.join(f'{value:13.3f}' for value in table.mean(0))}")
        print(f"mean Dice {table.mean():.3f} (target .92), worst bone {table.min():.3f} (target .80)")
    sys.exit(1 if crashed else 0)


if __name__ == "__main__":
    main()
