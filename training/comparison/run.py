"""The whole comparison on one cohort: every row out of fold, the sceptic's baselines, tables, sentences, plots."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.classification.people import subjects_of
from training.cohort.store import Cohort
from training.comparison.networks import RowRun, out_of_fold
from training.comparison.rows import ROWS, Budget
from training.evaluation.baselines import INPUTS, Unseen, baseline, combined
from training.evaluation.folds import Fold, repeated_folds
from training.evaluation.order import against_sentences, order_sentences
from training.evaluation.plots import plot_calibration, plot_decision, plot_forest, plot_roc, plot_subgroups
from training.evaluation.subgroups import by_bone, by_decade, by_sex
from training.evaluation.summary import Summary, summarise
from training.evaluation.tables import calibration_table, results_csv, results_table, subgroup_table
from training.evaluation.values import OutOfFold, Subjects
from training.segmentation.commit import commit

Report = Callable[[str], None]
HEADLINE = "full"
_DRAWN = ("full", "combined", "index", "age_sex")
"""Rows of the plots that hold few lines."""


@dataclass(frozen=True)
class Plan:
    """How people are split; ``supervised_repeats`` for the rows whose whole network is trained in every fold."""

    folds: int = 5
    repeats: int = 5
    supervised_repeats: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Evaluated:
    """All rows of a cohort, networks first, in the table's order."""

    subjects: Subjects
    rows: tuple[OutOfFold, ...]

    def row(self, name: str) -> OutOfFold | None:
        """A row by name."""
        return next((row for row in self.rows if row.name == name), None)


def evaluate(
    cohort: Cohort,
    unlabelled: Cohort | None,
    names: Sequence[str],
    budget: Budget,
    plan: Plan,
    folder: Path,
    pretrained: Path,
    report: Report = print,
) -> Evaluated:
    """Run or read the rows ``names`` and add the baselines.

    Encoders trained on ``unlabelled`` lie in ``pretrained`` and are shared by cohorts. Raises `UsageError` where the cohort has
    too few cases for so many folds.
    """
    subjects = subjects_of(cohort)
    folds = repeated_folds(subjects, plan.folds, plan.repeats, seed=plan.seed)
    rows: list[OutOfFold] = []
    unseen: tuple[Unseen, ...] = ()
    for name in names:
        row = ROWS[name]
        mine = folds if row.labels == "heads" else _first_repeats(folds, plan.supervised_repeats)
        found, said = out_of_fold(RowRun(row, budget, cohort, unlabelled, folder, pretrained, report), mine)
        rows.append(found)
        if name == HEADLINE:
            unseen = said
    rows += [baseline(name, subjects, folds) for name in INPUTS]
    if unseen:
        rows.append(combined(subjects, unseen))
    return Evaluated(subjects, tuple(rows))


def write(evaluated: Evaluated, cohort: Cohort, budget: Budget, plan: Plan, folder: Path, provenance: dict[str, Any]) -> None:
    """Tables as ``table.md``, ``table.csv``, ``*.md``, plots as PNG, and ``evaluation.json`` with how they came about."""
    subjects, rows = evaluated.subjects, evaluated.rows
    summaries = [summarise(row, subjects) for row in rows]
    texts = {
        "table.md": results_table(summaries),
        "table.csv": results_csv(summaries),
        "calibration.md": calibration_table(summaries),
        "order.md": "\n".join(f"- {sentence}" for sentence in order_sentences(rows, subjects)),
    }
    headline = evaluated.row(HEADLINE)
    if headline is not None:
        others = [row for row in rows if row.name in (*INPUTS, "combined")]
        texts["against.md"] = "\n".join(f"- {sentence}" for sentence in against_sentences(headline, others, subjects))
        texts["subgroups.md"] = _subgroups(evaluated, headline)
    for name, text in texts.items():
        (folder / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    _draw(evaluated, summaries, folder)
    content = {
        "cohort": {key: value for key, value in cohort.description.items() if key != "folder"},
        "subjects": subjects.words,
        "budget": asdict(budget),
        "plan": asdict(plan),
        "commit": commit(),
        **provenance,
        "auc": {each.name: [each.auc.value, each.auc.low, each.auc.high] for each in summaries},
    }
    (folder / "evaluation.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _subgroups(evaluated: Evaluated, headline: OutOfFold) -> str:
    subjects = evaluated.subjects
    index = evaluated.row("index")
    compared = [headline, *([] if index is None else [index])]
    parts = [
        subgroup_table([(row.title, by_decade(row, subjects)) for row in compared]),
        subgroup_table([(row.title, by_sex(row, subjects)) for row in compared]),
        subgroup_table([(headline.title, by_bone(headline, subjects))]),
    ]
    return "\n\n".join(parts)


def _draw(evaluated: Evaluated, summaries: Sequence[Summary], folder: Path) -> None:
    subjects = evaluated.subjects
    drawn = [row for row in map(evaluated.row, _DRAWN) if row is not None]
    plot_forest(folder / "forest.png", summaries, subjects)
    if not drawn:
        return
    plot_roc(folder / "roc.png", drawn, subjects)
    plot_decision(folder / "decision.png", drawn, subjects)
    plot_calibration(folder / "calibration.png", drawn[0], subjects)
    groups = [(row.title, by_decade(row, subjects)) for row in drawn[:3]]
    plot_subgroups(folder / "decades.png", groups, subjects, "AUC by decade of life", len(drawn[0].probability))


def _first_repeats(folds: Sequence[Fold], repeats: int) -> tuple[Fold, ...]:
    return tuple(fold for fold in folds if fold.repeat < repeats)
