"""Real films without drawn outlines: how many show all seven bones in anatomical order, and why the others do not.

    python Testing/benchmarks/real_films_unlabelled.py [--films ../shared/films] [--bundle FOLDER] [--out FILE] [--sheet FOLDER]

A film passes where (1) all seven bones were found, (2) the quality gate doubts neither the hand nor its order
(`ORDER_FINDINGS`), and (3) every bone has a plausible width beside metacarpal 3 (`WIDTHS`, `FOREARM_WIDTHS`) and the ulna a
plausible area (`LEAST_ULNA`). Whether the outlines are right has to be seen: ``--sheet`` receives pages with every film's
outlines, which show films and so must not be published. ``--out`` receives the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES, FOREARM_BONES, METACARPALS, Bone
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.quality.shape import bone_shapes
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.screening.screener import Screener
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.landmarks import landmarks
from OsteoScreenLib.segmentation.values import Segmentation
from Testing.benchmarks.contact_sheet import tile, write_sheet
from Testing.benchmarks.film_set import FILMS, provenance, unlabelled_films

ORDER_FINDINGS = (
    "not_a_hand",
    "two_hands",
    "metacarpal_order",
    "bones_out_of_place",
    "metacarpal_proportions",
    "bone_outlined_twice",
)
WIDTHS: dict[Bone, tuple[float, float]] = dict(
    zip(METACARPALS, ((0.11, 0.28), (0.10, 0.24), (0.10, 0.24), (0.085, 0.21), (0.09, 0.21)), strict=True)
)
"""Area over length, in lengths of metacarpal 3: a quarter beyond what eight drawn hands show."""
FOREARM_WIDTHS: dict[Bone, tuple[float, float]] = {Bone.RADIUS: (0.32, 0.69), Bone.ULNA: (0.15, 0.40)}
"""Largest width across the forearm, in lengths of metacarpal 3, on the same terms: films may show only the very end."""
LEAST_ULNA = 0.2
"""Area of the ulna over that of the radius, a third to two thirds on drawn hands, below which it is a fragment."""


def reasons(result: ScreeningResult) -> list[str]:
    """Why a film does not pass; empty where it does."""
    segmentation = result.segmentation
    found = [f"{bone.value} not found" for bone in BONES if not segmentation.found(bone)]
    found += [finding.code for finding in result.quality if finding.code in ORDER_FINDINGS]
    return found + implausible(segmentation)


def implausible(segmentation: Segmentation) -> list[str]:
    """Bones too narrow or wide beside metacarpal 3, and an ulna in part; `metacarpal_proportions` judges the lengths."""
    shapes = bone_shapes(segmentation)
    step = max(1, segmentation.masks.shape[1] // 250)
    seen = landmarks(segmentation.masks[:, ::step, ::step])
    if Bone.METACARPAL_3 not in shapes or seen is None:
        return []
    unit = shapes[Bone.METACARPAL_3].length
    widths = {bone: (shapes[bone].width, WIDTHS[bone]) for bone in METACARPALS if bone in shapes}
    widths |= {bone: (step * float(seen.widths[bone.channel]), FOREARM_WIDTHS[bone]) for bone in FOREARM_BONES if bone in shapes}
    radius, ulna = (int(segmentation.mask(bone).sum()) for bone in FOREARM_BONES)
    fragment = [f"ulna area {ulna / max(radius, 1):.2f} of the radius"] if 0 < ulna < LEAST_ULNA * radius else []
    relative = {bone: (width / unit, limits) for bone, (width, limits) in widths.items()}
    odd = [f"{bone.value} width {width:.2f}" for bone, (width, (low, high)) in relative.items() if not low <= width <= high]
    return odd + fragment


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=Path, default=FILMS)
    parser.add_argument("--bundle", type=Path, help="bundle folder; the shipped one without it")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    parser.add_argument("--sheet", type=Path, help="folder for the contact sheet; it shows films")
    parser.add_argument("--limit", type=int, help="only so many films")
    options = parser.parse_args()
    bundle = load_bundle(options.bundle)
    screener = Screener(bundle)
    codes: Counter[str] = Counter()
    states: Counter[str] = Counter()
    failures: dict[str, list[str]] = {}
    tiles = []
    paths = unlabelled_films(options.films)[: options.limit]
    for path in paths:
        try:
            radiograph = read_radiograph(path)
            result = screener.screen(radiograph)
        except Exception as error:  # the very thing that is counted here
            traceback.print_exc()
            failures[path.stem] = [f"crashed: {type(error).__name__}"]
            continue
        codes.update(finding.code for finding in result.quality)
        states[result.score.state.value] += 1
        why = reasons(result)
        if why:
            failures[path.stem] = why
        if options.sheet:
            tiles.append(tile(radiograph, result.segmentation, " ".join([path.stem, *why]), bool(why)))
    passed = len(paths) - len(failures)
    print(f"{passed} of {len(paths)} films show all seven bones in order (target 97 of 100)")
    for name, why in failures.items():
        print(f"  {name}: {', '.join(why)}")
    print("states:", dict(states))
    print("findings:", dict(codes.most_common()))
    if options.sheet:
        print("contact sheet:", *write_sheet(tiles, options.sheet))
    if options.out:
        figures = {"films": len(paths), "in_order": passed, "failures": failures, "states": states, "findings": codes}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**provenance(bundle), **figures}, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if any(why[0].startswith("crashed") for why in failures.values()) else 0)


if __name__ == "__main__":
    main()
