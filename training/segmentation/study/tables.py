"""Tables of a finished study as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.segmentation.study.rows import COUPLINGS, EFFECTS, EXACT, EXPERTS, Row
from training.segmentation.study.run import EVALUATION


@dataclass(frozen=True)
class Column:
    """A figure of an evaluation: where it lies, its heading, its decimals, its factor, and whether more is better."""

    path: tuple[str, ...]
    heading: str
    decimals: int
    factor: float = 1.0
    more_is_better: bool = False

    def values(self, evaluations: Iterable[dict[str, Any]]) -> list[float]:
        """One value a seed."""
        found = []
        for evaluation in evaluations:
            value: Any = evaluation
            for key in self.path:
                value = value[key]
            found.append(self.factor * float(value))
        return found


SCORES = (
    Column(("simulated", "energy_distance"), "GED", 4),
    Column(("simulated", "matched_iou"), "matched IoU", 4, more_is_better=True),
    Column(("simulated", "calibration_error"), "ECE, %", 3, 100.0),
    Column(("simulated", "dice"), "Dice", 4, more_is_better=True),
    Column(("simulated", "hausdorff_percent"), "HD95, % of height", 2),
)
COSTS = (
    Column(("cpu_seconds_per_step",), "CPU s a step", 3),
    Column(("peak_memory_mb",), "peak MB", 0),
)
REAL = (
    Column(("real", "dice"), "Dice, annotated real films", 3, more_is_better=True),
    Column(("real", "worst_dice"), "worst bone", 3, more_is_better=True),
    Column(("real", "failing"), "failing of the unlabelled", 0),
)


def evaluations(study: Path) -> dict[str, list[dict[str, Any]]]:
    """Finished runs by row name, in order of seed.

    Raises
    ------
    FileNotFoundError
        If the folder holds no finished run.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(study.glob(f"runs/*/{EVALUATION}")):
        evaluation = json.loads(path.read_text())
        found.setdefault(evaluation["row"], []).append(evaluation)
    if not found:
        raise FileNotFoundError(f"{study} holds no finished run: make some with python -m training.study --out {study}")
    return found


def couplings_table(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Single U-Net, greedy and exact coupling, mean and standard deviation over seeds, and which differences exceed these."""
    table = _table(COUPLINGS, (*SCORES, *COSTS), runs)
    return "\n".join([table, "", *_verdicts(runs)])


def experts_table(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Numbers of experts, seed 0."""
    named = [Row(row.name, f"K = {row.experts}") for row in EXPERTS]
    return _table(named, (*SCORES, *COSTS), _first_seeds(runs))


def effects_table(runs: dict[str, list[dict[str, Any]]]) -> str:
    """What each family of effects is worth on real films, seed 0."""
    columns = (*REAL, Column(("simulated", "dice"), "Dice, simulated films with all effects", 3, more_is_better=True))
    named = [Row(row.name, "nothing" if row is EXACT else row.title) for row in EFFECTS]
    return _table(named, columns, _first_seeds(runs), first="left out")


def provenance(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Budget, seeds and commits of all runs."""
    every = [evaluation for row in runs.values() for evaluation in row]
    budgets = {json.dumps(evaluation["budget"], sort_keys=True) for evaluation in every}
    form = "{size} x {size} pixels, {steps} steps of {batch} films, {cast} different ones, {test_films} test films"
    said = "; ".join(form.format(**json.loads(budget)) for budget in sorted(budgets))
    warm = any(evaluation["backbone_films"] for evaluation in every)
    said += ", encoder and decoder from another run, experts and gate new" if warm else ", from scratch"
    commits = sorted({str(evaluation["commit"]) for evaluation in every})
    return f"{len(every)} runs of {said}; code of commit {', '.join(f'`{c}`' for c in commits)}."


def _table(rows: Sequence[Row], columns: Sequence[Column], runs: dict[str, list[dict[str, Any]]], first: str = "") -> str:
    lines = [f"| {first} | {' | '.join(c.heading for c in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [_cell(column, runs.get(row.name, [])) for column in columns]
        lines.append(f"| {row.title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(column: Column, evaluations_of_row: list[dict[str, Any]]) -> str:
    if not evaluations_of_row:
        return "not run"
    values = column.values(evaluations_of_row)
    mean = f"{np.mean(values):.{column.decimals}f}"
    return mean if len(values) == 1 else f"{mean} &plusmn; {np.std(values, ddof=1):.{column.decimals}f}"


def _first_seeds(runs: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [e for e in found if e["seed"] == 0] for name, found in runs.items()}


def _verdicts(runs: dict[str, list[dict[str, Any]]]) -> list[str]:
    """One sentence per rival: in which figures exact transport differs by more than both standard deviations together."""
    sentences = []
    for rival in COUPLINGS:
        if rival is EXACT or min(len(runs.get(rival.name, [])), len(runs.get(EXACT.name, []))) < 2:
            continue
        better: list[str] = []
        worse: list[str] = []
        level: list[str] = []
        for column in SCORES:
            ours, theirs = column.values(runs[EXACT.name]), column.values(runs[rival.name])
            gain = float(np.mean(ours) - np.mean(theirs)) * (1 if column.more_is_better else -1)
            spread = float(np.std(ours, ddof=1) + np.std(theirs, ddof=1))
            (level if abs(gain) <= spread else better if gain > 0 else worse).append(column.heading.split(",")[0])
        parts = [f"{word} in {', '.join(names)}" for word, names in (("better", better), ("worse", worse)) if names]
        if level:
            parts.append(f"not separable from seed noise in {', '.join(level)}")
        sentences.append(f"- Exact transport against the {rival.title.removeprefix('mixture, ')}: {'; '.join(parts)}.")
    return sentences
