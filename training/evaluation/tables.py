"""Tables of any set of rows, as Markdown to read and as CSV to compute with."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from math import isnan

from training.evaluation.paper import PAPER
from training.evaluation.subgroups import Subgroup
from training.evaluation.summary import Summary
from training.evaluation.values import Interval

_INTERVALS = ("f1", "macro_f1", "auc", "accuracy", "sensitivity", "specificity", "brier")
_RATES = ("accuracy", "sensitivity", "specificity")


def results_table(summaries: Sequence[Summary]) -> str:
    """Markdown: a row a method, with intervals, and the paper's values where the paper has the row."""
    heads = ("method", "F1", "AUC", "AUC, DeLong", *_RATES, "Brier", "n", "paper: F1 / AUC / accuracy")
    rows = [
        (
            each.title,
            _cell(each.f1),
            _cell(each.auc),
            _range(each.delong.plain if isnan(each.delong.logit.low) else each.delong.logit),
            _cell(each.accuracy),
            _cell(each.sensitivity),
            _cell(each.specificity),
            _cell(each.brier, 3),
            f"{each.subjects} ({each.cases})",
            paper_words(each.name),
        )
        for each in summaries
    ]
    return "\n".join([markdown(heads, rows), "", _footnote(summaries)])


def calibration_table(summaries: Sequence[Summary]) -> str:
    """Markdown: calibration error, plain and without what chance adds to it, and the calibration line."""
    heads = ("method", "ECE", "of which chance", "ECE, debiased", "RMS error, unbiased", "slope", "intercept", "in the large")
    rows = []
    for each in summaries:
        error, line = each.calibration_error, each.calibration_line
        errors = [f"{100 * value:.1f} %" for value in (error.plain, error.if_perfect, error.debiased, error.root)]
        rows.append((each.title, *errors, *(_cell(part) for part in (line.slope, line.intercept, line.in_the_large))))
    note = (
        'Ten bins of equally many subjects. The plain error (ECE) of a perfect score is not 0: "of which chance" is what these '
        "very probabilities would show on as many subjects if all of them were right."
    )
    return "\n".join([markdown(heads, rows), "", note])


def predictive_table(summaries: Sequence[Summary]) -> str:
    """Markdown: positive and negative predictive values."""
    heads = ("method", "prevalence", "PPV", "NPV")
    rows = [(each.title, f"{each.prevalence:.1%}", f"{each.ppv:.2f}", f"{each.npv:.2f}") for each in summaries]
    return markdown(heads, rows)


def subgroup_table(groups: Sequence[tuple[str, Sequence[Subgroup]]]) -> str:
    """Markdown: AUC in every subgroup (columns' titles with their subgroups, in equal order), with counts."""
    titles = [title for title, _ in groups]
    rows = []
    for parts in zip(*(parts for _, parts in groups), strict=True):
        first = parts[0]
        rows.append((first.name, str(first.subjects), str(first.cases), *(_cell(p.auc) if p.auc else p.words for p in parts)))
    return markdown(("", "subjects", "cases", *(f"AUC, {title}" for title in titles)), rows)


def results_csv(summaries: Sequence[Summary]) -> str:
    """CSV: every figure with its ends in columns of their own; empty cells where the paper has no such figure."""
    stream = io.StringIO()
    lines = [_flat(each) for each in summaries]
    writer = csv.DictWriter(stream, list(lines[0]) if lines else ["name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return stream.getvalue()


def paper_words(name: str) -> str:
    """The paper's figures of a row; "not in the paper" for ours alone."""
    if name not in PAPER:
        return "not in the paper"
    row = PAPER[name]
    values = [f"{row.f1:.2f}", f"{row.auc:.2f}", "-" if row.accuracy is None else f"{row.accuracy:.2f}"]
    if row.spread is not None:
        values = [f"{value} ± {spread:.2f}" for value, spread in zip(values, row.spread, strict=True)]
    return " / ".join(values)


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def _flat(each: Summary) -> dict[str, str]:
    line: dict[str, str] = {"name": each.name, "title": each.title}
    line |= {"subjects": str(each.subjects), "cases": str(each.cases), "repeats": str(each.repeats)}
    ends = {name: getattr(each, name) for name in _INTERVALS}
    ends |= {"auc_delong": each.delong.plain, "auc_delong_logit": each.delong.logit}
    lines = each.calibration_line
    ends |= {"calibration_slope": lines.slope, "calibration_intercept": lines.intercept, "in_the_large": lines.in_the_large}
    for name, interval in ends.items():
        line |= {name: _exact(interval.value), f"{name}_low": _exact(interval.low), f"{name}_high": _exact(interval.high)}
    error = each.calibration_error
    figures = {
        "prevalence": each.prevalence,
        "ppv": each.ppv,
        "npv": each.npv,
        "calibration_error": error.plain,
        "calibration_error_if_perfect": error.if_perfect,
        "calibration_error_debiased": error.debiased,
        "calibration_error_squared_unbiased": error.squared,
    }
    line |= {name: _exact(value) for name, value in figures.items()}
    paper = PAPER.get(each.name)
    for name in ("f1", "auc", "accuracy"):
        value = None if paper is None else getattr(paper, name)
        line[f"paper_{name}"] = "" if value is None else f"{value:.2f}"
    return line


def _footnote(summaries: Sequence[Summary]) -> str:
    repeats = sorted({each.repeats for each in summaries})
    said = " or ".join(map(str, repeats))
    return (
        f"Mean over {said} repeat{'' if repeats == [1] else 's'} of the cross-validation; 95 % intervals in brackets: bootstrap "
        "over subjects, and DeLong's on the logit scale for the AUC. They tell of other subjects, not of other trainings. n: "
        "subjects (with osteoporosis)."
    )


def _cell(interval: Interval, decimals: int = 2) -> str:
    return f"{interval.value:.{decimals}f} {_range(interval, decimals)}"


def _range(interval: Interval, decimals: int = 2) -> str:
    return f"({interval.low:.{decimals}f} to {interval.high:.{decimals}f})"


def _exact(value: float) -> str:
    return "" if isnan(value) else f"{value:.6g}"
