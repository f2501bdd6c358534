"""Tables and a plot from what the benchmarks on real films and on cost have written."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np


def real_summary(path: Path) -> str:
    """Targets and what was reached on the annotated real films."""
    figures = _read(path)
    unsure, error = figures["uncertainty_ratio"], figures["calibration_error"]
    rows = (
        ("mean Dice", "at least .96", f"{figures['dice']['mean']:.4f}"),
        ("worst bone of any film", "at least .90", f"{figures['dice']['worst']:.3f}"),
        ("mean 95 % Hausdorff distance, % of the film's height", "at most 0.5", f"{figures['hausdorff95_percent']['mean']:.3f}"),
        ("total uncertainty at wrong pixels over right ones, near bones", "at least 5", f"{unsure['near_bones']:.1f}"),
        ("the same over the whole film", "", f"{unsure['whole_film']:.1f}"),
        ("calibration error over all pixels, %", "", f"{100 * error['all_pixels']:.2f}"),
        ("calibration error where .01 <= p <= .99, %", "", f"{100 * error['probability_.01_to_.99']:.1f}"),
    )
    lines = ["| | wanted | measured |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([*lines, "", _made_with(figures)])


def real_film_table(path: Path) -> str:
    """Dice per film and bone."""
    figures = _read(path)
    bones = [name.replace("metacarpal_", "MC ") for name in figures["bones"]]
    table = np.array([film["dice"] for film in figures["by_film"]])
    rows = [(f"film {number + 1}", *row) for number, row in enumerate(table)]
    rows += [("mean", *table.mean(0)), ("worst", *table.min(0))]
    lines = [f"| | {' | '.join(bones)} |", "|---" * (len(bones) + 1) + "|"]
    return "\n".join(lines + [f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |" for name, *values in rows])


def unlabelled_summary(path: Path) -> str:
    """How many unlabelled films show all bones in order, and why the others do not."""
    figures = _read(path)
    lines = [f"{figures['in_order']} of {figures['films']} films show all seven bones in anatomical order (wanted: 97).", ""]
    reasons = sorted(why for whys in figures["failures"].values() for why in whys)
    counted = {why: reasons.count(why) for why in dict.fromkeys(reasons)}
    lines += [f"- {why}: {count} {'film' if count == 1 else 'films'}" for why, count in counted.items()]
    return "\n".join(lines)


COST_COLUMNS = {
    "network": "network",
    "task": "task",
    "precision": "number format",
    "parameters_m": "million weights",
    "process_s": "CPU s",
    "peak_mb": "peak MB",
}


def cost_table(path: Path) -> str:
    """The cost benchmark's processor time and memory per batch."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [{key: _rounded(row[key]) for key in COST_COLUMNS} for row in csv.DictReader(stream)]
    lines = [f"| {' | '.join(COST_COLUMNS.values())} |", "|---" * len(COST_COLUMNS) + "|"]
    return "\n".join(lines + [f"| {' | '.join(row.values())} |" for row in rows])


def _rounded(text: str) -> str:
    try:
        return f"{float(text):.3g}" if abs(float(text)) < 100 else f"{float(text):.0f}"
    except ValueError:
        return text


def calibration_plot(path: Path, picture: Path) -> None:
    """Reliability diagram on the annotated real films as a small PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    bins = _read(path)["calibration"]
    figure, axes = pyplot.subplots(figsize=(4.2, 4.2), dpi=100, layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--", label="perfect")
    axes.plot(
        [row["mean_probability"] for row in bins],
        [row["reference_fraction"] for row in bins],
        color="#0b6e99",
        marker="o",
        label="shipped model",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability given to a pixel", ylabel="share drawn as bone", aspect="equal")
    axes.legend(frameon=False)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, metadata={"Software": None})
    pyplot.close(figure)


def _made_with(figures: dict[str, Any]) -> str:
    bundle = figures["bundle"]
    name = f"Bundle `{bundle['name']}` (SHA-256 `{bundle['sha256'][:12]}...`)"
    return f"{name}, code of commit `{figures['commit'][:12]}`, seed {figures['seed']}."


def _read(path: Path) -> dict[str, Any]:
    """Raises FileNotFoundError naming the command that makes the file."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: make it with python Testing/benchmarks/{path.stem}.py --out ...")
    return dict(json.loads(path.read_text(encoding="utf-8")))
