"""Check a data set of annotated films: ``python -m training.annotations check MANIFEST``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from training.segmentation.annotation_files import AnnotatedFilm, read_films
from training.segmentation.manifest import AnnotationStatus, Manifest, ManifestError, read_manifest


@dataclass
class BoneTally:
    """How often a bone was drawn or absent, and (film, Dice) of every two annotators of which one drew it."""

    drawn: int = 0
    absent: int = 0
    pairs: list[tuple[str, float]] = field(default_factory=list)


def tally(film: AnnotatedFilm, bones: dict[Bone, BoneTally]) -> None:
    """Add a film to the counts."""
    for bone in BONES:
        masks = [drawn[bone.channel] for drawn in film.masks.values()]
        shown = [bool(mask.any()) for mask in masks]
        bones[bone].drawn += sum(shown)
        bones[bone].absent += len(shown) - sum(shown)
        bones[bone].pairs += [(film.entry.id, dice(a, b)) for a, b in combinations(masks, 2) if a.any() or b.any()]


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Overlap of two masks (bool), 0..1; at least one must not be empty."""
    return 2 * int((one & other).sum()) / (int(one.sum()) + int(other.sum()))


def report(manifest: Manifest, bones: dict[Bone, BoneTally]) -> str:
    """What the data set holds and how well its annotators agree."""
    every = [annotation for film in manifest.films for annotation in film.annotations]
    people = Counter(annotation.annotator for annotation in every)
    states = Counter(annotation.status for annotation in every)
    lines = [
        f"{manifest.name}, {manifest.created:%Y-%m-%d}",
        f"{len(manifest.films)} films of {len({film.subject for film in manifest.films})} subjects",
        "annotators: " + ", ".join(f"{name} ({count})" for name, count in sorted(people.items())),
        "annotations: " + ", ".join(f"{states[status]} {status.value}" for status in AnnotationStatus),
        "",
        "bone          drawn  absent  pairs  mean Dice  lowest",
    ]
    for bone, counts in bones.items():
        line = f"{bone.value:13} {counts.drawn:5d} {counts.absent:7d} {len(counts.pairs):6d}"
        if counts.pairs:
            film, lowest = min(counts.pairs, key=lambda pair: pair[1])
            line += f"  {np.mean([value for _, value in counts.pairs]):9.3f}  {lowest:.3f} ({film})"
        lines.append(line)
    return "\n".join(lines)


def check(path: Path) -> int:
    """Print what a data set holds and everything that is wrong with it; 0 where nothing is."""
    bones = {bone: BoneTally() for bone in BONES}
    faults: tuple[Exception, ...] = ()
    try:
        manifest = read_manifest(path)
        try:
            for film in read_films(path):
                tally(film, bones)
        except ManifestError as error:
            faults = error.faults
        print(report(manifest, bones))
    except ManifestError as error:
        faults = error.faults
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(faults)
    if count:
        print(f"{count} fault{'s' if count > 1 else ''}", file=sys.stderr)
    else:
        print("nothing is wrong")
    return 1 if count else 0


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status: 0, or 1 where the data set is faulty."""
    parser = argparse.ArgumentParser(prog="python -m training.annotations", description=__doc__)
    commands = parser.add_subparsers(required=True)
    checking = commands.add_parser("check", help="read every film and mask, and list all faults")
    checking.add_argument("manifest", type=Path, help="manifest.json of the data set")
    return check(parser.parse_args(arguments).manifest)


if __name__ == "__main__":
    sys.exit(main())
