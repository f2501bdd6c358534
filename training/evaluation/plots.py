"""The figures of an evaluation as PNG files; every one says whose films they are and how many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from OsteoScreenLib.errors import UsageError
from training.evaluation.curves import decision_curve, roc_curve
from training.evaluation.look import COLOURS, GREY, MARKERS, MOST_LINES, STYLES, figure, unit_axes
from training.evaluation.paper import PAPER
from training.evaluation.reliability import calibration_curve
from training.evaluation.statistics import auc
from training.evaluation.subgroups import Subgroup
from training.evaluation.summary import Summary
from training.evaluation.values import OutOfFold, Subjects


def plot_roc(path: Path, rows: Sequence[OutOfFold], subjects: Subjects, title: str = "ROC curves") -> None:
    """ROC curves of at most `MOST_LINES` rows; the first one with its 95 % band."""
    _few(rows)
    with figure(path, 5.4, title, _words(subjects, rows)) as drawn:
        axes = drawn.subplots()
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
        for number, (row, colour, style) in enumerate(zip(rows, COLOURS, STYLES, strict=False)):
            curve = roc_curve(subjects.truth, row, resamples=500 if number == 0 else 1)
            label = f"{row.title}, AUC {auc(subjects.truth, row.probability):.2f}"
            axes.plot(curve.false_positive_rate, curve.sensitivity, color=colour, linestyle=style, label=label, zorder=9 - number)
            if number == 0:
                axes.fill_between(
                    curve.false_positive_rate,
                    curve.low,
                    curve.high,
                    color=colour,
                    alpha=0.15,
                    linewidth=0,
                    label="its 95 % band",
                )
        unit_axes(axes, "1 - specificity (share of controls called positive)", "sensitivity (share of cases found)")
        drawn.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2 if len(rows) > 2 else 1)


def plot_calibration(path: Path, row: OutOfFold, subjects: Subjects, title: str = "Calibration") -> None:
    """Observed share by predicted probability in ten bins with Wilson intervals; below, how many subjects were told what."""
    points = calibration_curve(subjects.truth, row.probability)
    with figure(path, 6.2, f"{title}: {row.title}", _words(subjects, [row])) as drawn:
        above, below = drawn.subplots(2, 1, height_ratios=(3.4, 1), sharex=True)
        above.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="every probability comes true")
        share = np.array([(p.share.value, p.share.low, p.share.high) for p in points]).T
        reach = np.maximum([share[0] - share[1], share[2] - share[0]], 0)
        each = f"a tenth of the subjects ({min(p.subjects for p in points):.0f}), 95 % interval"
        above.errorbar(
            [p.probability for p in points], share[0], reach, fmt="o", color=COLOURS[0], capsize=2.5, markersize=5, label=each
        )
        above.set(ylim=(-0.02, 1.02), ylabel="share with osteoporosis")
        above.legend(loc="upper left")
        edges = np.linspace(0, 1, 26)
        case = np.asarray(subjects.truth) > 0
        parts = [row.probability[:, chosen].ravel() for chosen in (~case, case)]
        below.hist(
            parts,
            edges,
            weights=[np.full(len(part), 1 / len(row.probability)) for part in parts],
            stacked=True,
            color=[COLOURS[5], COLOURS[1]],
            label=["without", "with osteoporosis"],
        )
        below.set(xlim=(-0.01, 1.01), xlabel="predicted probability of osteoporosis", ylabel="subjects")
        below.legend(loc="upper right")


def plot_decision(path: Path, rows: Sequence[OutOfFold], subjects: Subjects, title: str = "Decision curves") -> None:
    """Net benefit of at most `MOST_LINES` rows beside sending everybody or nobody to DXA; the first one with its 95 % band."""
    _few(rows)
    with figure(path, 4.9, title, _words(subjects, rows)) as drawn:
        axes = drawn.subplots()
        highest = subjects.cases / len(subjects)
        for number, (row, colour, style) in enumerate(zip(rows, COLOURS, STYLES, strict=False)):
            curve = decision_curve(subjects.truth, row, resamples=500 if number == 0 else 1)
            if number == 0:
                axes.plot(curve.threshold, curve.treat_all, color=GREY, linewidth=1.2, label="DXA for everybody")
                axes.axhline(0, color="black", linewidth=1.2, label="DXA for nobody")
                axes.fill_between(
                    curve.threshold, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0, label="95 % band of the first"
                )
            axes.plot(curve.threshold, curve.net_benefit, color=colour, linestyle=style, label=row.title, zorder=9 - number)
        axes.set(
            xlim=(0, 0.6),
            ylim=(-0.25 * highest, 1.1 * highest),
            xlabel="probability from which DXA is wanted",
            ylabel="net benefit (true positives a subject)",
        )
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        drawn.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)


def plot_forest(path: Path, summaries: Sequence[Summary], subjects: Subjects, title: str = "AUC of every method") -> None:
    """AUC of all rows with bootstrap intervals, and the paper's value where it has the row."""
    count = len(summaries)
    repeats = sorted({each.repeats for each in summaries})
    words = f"{subjects.words}; {' or '.join(map(str, repeats))} repeats; 95 % bootstrap intervals"
    with figure(path, 1.45 + 0.29 * count, title, words) as drawn:
        axes = drawn.subplots()
        places = np.arange(count)[::-1]
        for place, each in zip(places, summaries, strict=True):
            paper = PAPER.get(each.name)
            colour = COLOURS[1] if paper is None else COLOURS[0]
            axes.plot([each.auc.low, each.auc.high], [place, place], color=colour, linewidth=2)
            axes.plot(each.auc.value, place, "s" if paper is None else "o", color=colour, markersize=6)
            if paper is not None:
                axes.plot(paper.auc, place - 0.3, "D", markerfacecolor="white", markeredgecolor="black", markersize=4, zorder=5)
            axes.annotate(
                f"{each.auc.value:.2f} ({each.auc.low:.2f} to {each.auc.high:.2f})",
                (1, place),
                xycoords=("axes fraction", "data"),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
        axes.axvline(0.5, color=GREY, linewidth=1, linestyle=":")
        lowest = min(0.5, *(each.auc.low for each in summaries))
        axes.set(xlim=(lowest - 0.02, 1), ylim=(-0.6, count - 0.4), xlabel="area under the ROC curve (0.5: chance)")
        axes.set_yticks(places, [each.title for each in summaries])
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        drawn.legend(handles=_forest_handles(), loc="outside lower center", ncols=3)


def plot_subgroups(
    path: Path, groups: Sequence[tuple[str, Sequence[Subgroup]]], subjects: Subjects, title: str, repeats: int = 1
) -> None:
    """AUC by decade, sex or bone of at most `MOST_LINES` methods (title, subgroups in equal order), with counts below."""
    _few(groups)
    first = groups[0][1]
    words = f"{subjects.words}{_repeats(repeats)}; 95 % bootstrap intervals"
    with figure(path, 4.2, title, words) as drawn:
        axes = drawn.subplots()
        offsets = (np.arange(len(groups)) - (len(groups) - 1) / 2) * min(0.16, 0.7 / len(groups))
        for (label, parts), offset, colour, marker in zip(groups, offsets, COLOURS, MARKERS, strict=False):
            known = [(place, part.auc) for place, part in enumerate(parts) if part.auc is not None]
            values = np.array([(each.value, each.value - each.low, each.high - each.value) for _, each in known]).reshape(-1, 3)
            at = np.array([place for place, _ in known], float) + offset
            reach = np.maximum(values[:, 1:].T, 0)
            axes.errorbar(at, values[:, 0], reach, fmt=marker, color=colour, capsize=2.5, markersize=5, label=label)
        for place, part in enumerate(first):
            if part.auc is None:
                axes.text(place, 0.03, part.words.replace(" ", "\n"), ha="center", va="bottom", fontsize=8, color=GREY)
        axes.axhline(0.5, color=GREY, linewidth=1, linestyle=":")
        axes.set(xlim=(-0.6, len(first) - 0.4), ylim=(0, 1.02), ylabel="area under the ROC curve")
        axes.set_xticks(range(len(first)), [f"{_broken(p.name)}\n{p.subjects} ({p.cases})" for p in first])
        axes.set_xlabel("subjects (with osteoporosis) below each group")
        axes.grid(visible=False, axis="x")
        drawn.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(groups), 2))


def _forest_handles() -> list[object]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=COLOURS[0], marker="o", label="row of the paper's table"),
        Line2D([], [], color="black", marker="D", markerfacecolor="white", linestyle="none", label="paper (real films)"),
        Line2D([], [], color=COLOURS[1], marker="s", label="not in the paper"),
    ]


def _words(subjects: Subjects, rows: Sequence[OutOfFold]) -> str:
    return subjects.words + _repeats(max(len(row.probability) for row in rows))


def _repeats(count: int) -> str:
    return "; out of fold" if count == 1 else f"; out of fold, mean of {count} repeats"


def _broken(name: str) -> str:
    """A group's name on two lines: "50 to 59" over "years", "metacarpal" over "1"."""
    return "\n".join(name.rsplit(" ", 1)) if " " in name else name + "\n"


def _few(rows: Sequence[object]) -> None:
    if not 1 <= len(rows) <= MOST_LINES:
        raise UsageError("figure", f"was asked to draw {len(rows)} methods", f"Choose 1 to {MOST_LINES}; the table has them all")
