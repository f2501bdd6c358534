"""Parts of the results page of the classifier, from the folders of finished runs and the figures of benchmarks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.evaluation.tables import markdown

PLOTS = ("forest", "roc", "calibration", "decision", "decades")
_PARTS = {"table": "table.md", "order": "order.md", "calibration": "calibration.md", "against": "against.md"}
MOST_FINDINGS = 5
_HEADINGS = ("By decade of life", "By sex", "By bone")


def cohort_parts(name: str, run: Path, images: Path) -> dict[str, str]:
    """Tables, sentences and provenance of one evaluated cohort, by the marks of the page; its plots are copied to ``images``."""
    parts = {f"{name}-{part}": (run / file).read_text(encoding="utf-8").strip() for part, file in _PARTS.items()}
    parts[f"{name}-subgroups"] = _headed((run / "subgroups.md").read_text(encoding="utf-8").strip())
    parts[f"{name}-provenance"] = _provenance(json.loads((run / "evaluation.json").read_text(encoding="utf-8")))
    images.mkdir(parents=True, exist_ok=True)
    for plot in PLOTS:
        shutil.copyfile(run / f"{plot}.png", images / f"{name}_{plot}.png")
    return parts


def shipped_parts(classification: Path) -> dict[str, str]:
    """The shipped classifier's own figures from ``classification.json``."""
    section = json.loads(classification.read_text(encoding="utf-8"))
    results, point = section["results"], section["operating_point"]
    areas = [(name, f"{value:.3f} ({low:.3f} to {high:.3f})") for name, (value, low, high) in results["auc"].items()]
    error = results["calibration_error"]
    rows = [
        ("test subjects, with osteoporosis", f"{results['test_subjects']}, {results['test_cases']}"),
        ("Brier score", f"{results['brier']['classifier']:.3f}"),
        ("calibration error, plain", f"{error['plain']:.1%}"),
        ("the same of perfect probabilities on as many subjects", f"{error['if it were perfect']:.1%}"),
        ("calibration error, debiased", f"{error['debiased']:.1%}"),
        ("calibration chosen", section["calibration_kind"]),
        ("thresholds", f"{point['rule_out']:.3f} and {point['rule_in']:.3f}"),
        *(
            (
                f"sensitivity, specificity at the {end}",
                f"{point[f'sensitivity_at_{key}']:.2f}, {point[f'specificity_at_{key}']:.2f}",
            )
            for end, key in (("lower", "rule_out"), ("upper", "rule_in"))
        ),
    ]
    run = section["run"]
    made = f"{section['method']}. {section['training_data']} Seed {run['seed']}, commit `{run['commit']}`."
    return {
        "shipped-auc": markdown(("method", "AUC on the test subjects (95 % interval)"), areas),
        "shipped-figures": markdown(("", "value"), rows),
        "shipped-made": made,
    }


def figure_table(path: Path, rows: str, columns: Mapping[str, str]) -> str:
    """A table of what a benchmark wrote as the list ``rows``; ``columns`` are keys of its entries with headings."""
    content = json.loads(path.read_text(encoding="utf-8"))
    cells = [[_cell(row.get(key)) for key in columns] for row in content[rows]]
    return "\n".join([markdown(tuple(columns.values()), cells), "", provenance_words(content)])


def vicreg_table(path: Path) -> str:
    """Value, largest differences and ratios of times of the covariance term, by batch and dimensions."""
    content = json.loads(path.read_text(encoding="utf-8"))
    others = [name for name in content["cases"][0]["ratio"] if name != "gram"]
    heads = ["B", "D", "value", "largest relative difference", "of the gradient", *(f"time, {name} / Gram" for name in others)]
    rows = []
    for case in content["cases"]:
        differences = [f"{max(case[key].values()):.0e}" for key in ("relative_difference", "gradient_difference")]
        ratios = [f"{case['ratio'][name]:.0f}" for name in others]
        rows.append([str(case["batch"]), str(case["dimensions"]), f"{case['value']:.5g}", *differences, *ratios])
    note = (
        f"{content['threads']} thread, shortest of {content['repeats']}, torch {content['torch']}, commit `{content['commit']}`."
    )
    return "\n".join([markdown(heads, rows), "", note])


def quality_table(path: Path) -> str:
    """Good films and faults of the quality gate's benchmark: how many are limited, and by what."""
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = []
    for name, found in content["sets"].items():
        limiting = sorted(found["findings"].items(), key=lambda item: -item[1])
        words = ", ".join(f"`{code}` {share:.0%}" for code, share in limiting[:MOST_FINDINGS])
        states = ", ".join(f"{state.replace('_', ' ')} {share:.0%}" for state, share in found["states"].items())
        rows.append([name, str(found["films"]), f"{found['clear']:.0%}", words or "-", states])
    heads = ("films", "n", "limited by no finding", "findings", "states")
    return "\n".join([markdown(heads, rows), "", provenance_words(content)])


def pair_table(path: Path) -> str:
    """A table of the plain figures of a benchmark, name by name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = {key: value for key, value in content.items() if key not in ("commit", "seed", "seeds", "bundle")}
    words = kept.pop("coverage", {}).get("words", "")
    rows = [(name, _cell(value)) for name, value in kept.items()]
    return "\n".join([markdown(("", "value"), rows), "", words, "", provenance_words(content)])


def provenance_words(content: Mapping[str, Any]) -> str:
    """Seed and commit of a benchmark's figures."""
    return f"Seed {content.get('seed', content.get('seeds'))}, commit `{content['commit']}`."


def _provenance(content: Mapping[str, Any]) -> str:
    cohort, budget, plan = content["cohort"], content["budget"], content["plan"]
    lines = [
        f"{content['subjects']} (`python -m training.cohort --preset {cohort.get('preset')} --count {cohort.get('count')} "
        f"--seed {cohort.get('seed')}`, commit `{cohort.get('commit')}`).",
        f"{plan['folds']} folds, {plan['repeats']} repeats ({plan['supervised_repeats']} of rows that train a whole network), "
        f"seed {plan['seed']}; encoder `{budget['encoder']}`, {budget['pretraining_epochs']} epochs of pretraining, "
        f"{budget['supervised_epochs']} supervised, {budget['batch']} bones a step.",
    ]
    other = content.get("pretrained on")
    if other:
        lines.append(
            f"Encoders are pretrained on {other['subjects']} other people ({other['words']}; `--preset {other['preset']} "
            f"--count {other['count']} --seed {other['seed']}`); SupCon alone sees their labels."
        )
    return " ".join(lines)


def _headed(text: str) -> str:
    tables = text.split("\n\n")
    return "\n\n".join(f"*{heading}*\n\n{table}" for heading, table in zip(_HEADINGS, tables, strict=False))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return " to ".join(_cell(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return "-" if value is None else str(value)
