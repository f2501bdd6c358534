"""Fill the results page of the classifier: ``python -m training.classification_results --paper RUN --screening RUN ...``.

The page marks each part by ``<!-- name -->`` and ``<!-- /name -->``; what lies between is replaced, all else is left alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.comparison.page import cohort_parts, figure_table, pair_table, quality_table, shipped_parts, vicreg_table
from training.results import ROOT, fill

PAGE = ROOT / "docs" / "results" / "classification.md"
IMAGES = ROOT / "docs" / "images" / "classification"


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.classification_results", description=__doc__.splitlines()[0])
    parser.add_argument("--paper", type=Path, required=True, help="run of training.evaluate on the published cohort")
    parser.add_argument("--screening", type=Path, required=True, help="run of training.evaluate on the larger cohort")
    parser.add_argument("--classification", type=Path, required=True, help="classification.json of training.classify")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the benchmarks' --out files")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    parts = {
        **cohort_parts("paper", options.paper, IMAGES),
        **cohort_parts("screening", options.screening, IMAGES),
        **shipped_parts(options.classification),
        **_figures(options.figures),
    }
    options.page.write_text(fill(options.page.read_text(encoding="utf-8"), parts), encoding="utf-8", newline="\n")
    print(f"{options.page}: {', '.join(parts)}")


def _figures(folder: Path) -> dict[str, str]:
    """Tables of the benchmarks."""
    return {
        "repositioned": pair_table(folder / "repositioned_score.json"),
        "repeatability": figure_table(folder / "radiogrammetry_repeatability.json", "quantities", _REPEATABILITY),
        "radiogrammetry": figure_table(folder / "radiogrammetry_accuracy.json", "strata", _ACCURACY),
        "quality": quality_table(folder / "quality_gate.json"),
        "vicreg": vicreg_table(folder / "vicreg_gram.json"),
    }


_REPEATABILITY = {
    "second film": "second film",
    "quantity": "quantity",
    "pairs": "pairs",
    "mean": "mean",
    "cv_percent": "CV %",
    "cv_percent_interval": "95 % interval",
}
_ACCURACY = {
    "stratum": "stratum",
    "n": "levels",
    "median_absolute_error": "median absolute error",
    "bias": "bias",
    "error_90_percent_below": "90 % below",
    "goal_met": "goal met",
}


if __name__ == "__main__":
    main()
