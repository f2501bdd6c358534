"""The whole path on simulated subjects that no training film shares a seed with: outlines, cortical index, score, states.

    python Testing/benchmarks/screening_accuracy.py [--subjects 200] [--seed 900] [--size 900] [--bundle FOLDER]

Subjects are drawn from the screening population of the simulated cohort, views from whole hands, wrists and close films.
These are simulated films throughout: the figures say how well the software recovers what the simulation put in, and
nothing about patients.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_dilation
from sklearn.metrics import brier_score_loss, roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.radiograph import radiograph_from_array
from OsteoScreenLib.screening.screener import Screener
from OsteoScreenLib.screening.values import ScreeningResult
from training.segmentation.metrics import dice
from training.simulation import SimulatedFilm, cast_film, shaft_truth
from training.simulation.cohort import sample_subject

SMALLEST_AREA = 400
"""Film pixels below which a bone is mostly cut off by the film's edge."""


@dataclass
class Tally:
    """What is collected over the films."""

    dice: list[list[float]] = field(default_factory=lambda: [[] for _ in BONES])
    mci_errors: list[float] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    indices: list[float] = field(default_factory=list)
    cases: list[bool] = field(default_factory=list)
    states: Counter[tuple[str, bool]] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, film: SimulatedFilm, result: ScreeningResult) -> None:
        """Collect one film."""
        for bone in BONES:
            true = film.masks[bone.channel]
            if true.sum() >= SMALLEST_AREA:
                self.dice[bone.channel].append(dice(result.segmentation.mask(bone), true))
        complete = {bone for bone in BONES if not _cut(film, bone.channel)}
        for level in result.radiogrammetry.levels:
            if level.bone in complete:
                self.mci_errors.append(level.mci - shaft_truth(film, level.bone, level.level).mci)
        self.states[(result.score.state.value, film.subject.osteoporotic)] += 1
        self.findings.update(finding.code for finding in result.quality)
        if result.score.probability is not None and result.radiogrammetry.mean_mci is not None:
            self.probabilities.append(result.score.probability)
            self.indices.append(result.radiogrammetry.mean_mci)
            self.cases.append(film.subject.osteoporotic)


def _cut(film: SimulatedFilm, channel: int) -> bool:
    """Whether the film's edge or the field cuts the bone, so that its length, and with it the levels, are unknown."""
    mask = np.pad(film.masks[channel], 2)
    return not mask.any() or bool((binary_dilation(mask, iterations=2) & ~np.pad(film.field, 2)).any())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=200)
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--size", type=int, default=900)
    parser.add_argument("--bundle", type=Path)
    options = parser.parse_args()
    screener = Screener(load_bundle(options.bundle))
    tally = Tally()
    for number in range(options.subjects):
        rng = np.random.default_rng([options.seed, number])
        film = cast_film(rng, (options.size, options.size), subject=sample_subject(rng))
        tally.add(film, screener.screen(radiograph_from_array(film.pixels, name=f"subject {number}"), seed=0))
    show(tally, options.subjects)


def show(tally: Tally, subjects: int) -> None:
    """Print the figures."""
    print(f"{subjects} simulated subjects, {sum(len(values) for values in tally.dice)} bones")
    for bone in BONES:
        values = np.array(tally.dice[bone.channel])
        print(
            f"  Dice {bone.value:13} mean {values.mean():.3f}  median {np.median(values):.3f}  "
            f"below .8 {np.mean(values < 0.8):.1%}"
        )
    every = np.concatenate([np.array(values) for values in tally.dice])
    print(f"  Dice all           mean {every.mean():.3f}  median {np.median(every):.3f}")
    errors = np.array(tally.mci_errors)
    print(
        f"cortical index, {len(errors)} levels of complete bones: median |error| {np.median(np.abs(errors)):.4f}, "
        f"bias {np.median(errors):+.4f}, 90 % below {np.percentile(np.abs(errors), 90):.3f}"
    )
    cases, probabilities = np.array(tally.cases), np.array(tally.probabilities)
    print(f"scored {len(cases)} of {subjects}, {cases.sum()} cases")
    if 0 < cases.sum() < len(cases):
        low, high = bootstrap_auc(cases, probabilities)
        print(f"AUC of the probability {roc_auc_score(cases, probabilities):.3f} ({low:.3f} to {high:.3f}), ", end="")
        print(f"of the measured cortical index alone {roc_auc_score(cases, -np.array(tally.indices)):.3f}")
        brier = brier_score_loss(cases, probabilities)
        print(f"Brier {brier:.3f}, mean probability {probabilities.mean():.3f}, share of cases {cases.mean():.3f}")
    for (state, case), count in sorted(tally.states.items()):
        print(f"  {state:15} {'osteoporotic' if case else 'not osteoporotic':17} {count}")
    print("findings:", dict(tally.findings))


def bootstrap_auc(cases: np.ndarray, scores: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    """95 % interval over subjects."""
    rng = np.random.default_rng(0)
    values = []
    while len(values) < draws:
        index = rng.integers(0, len(cases), len(cases))
        if 0 < cases[index].sum() < len(cases):
            values.append(roc_auc_score(cases[index], scores[index]))
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))


if __name__ == "__main__":
    main()
