"""Fill the tables of a results page: ``python -m training.results --study FOLDER --figures FOLDER``.

A page marks each table by ``<!-- name -->`` and ``<!-- /name -->``; what lies between is replaced, all else is left alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.segmentation.study.figures import calibration_plot, cost_table, real_film_table, real_summary, unlabelled_summary
from training.segmentation.study.tables import couplings_table, effects_table, evaluations, experts_table, provenance

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "results" / "segmentation.md"
PLOT = ROOT / "docs" / "images" / "calibration_real_films.png"


def fill(page: str, tables: dict[str, str]) -> str:
    """The page with every marked table replaced.

    Raises
    ------
    ValueError
        If a table's marks are not on the page.
    """
    for name, table in tables.items():
        before, after = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if not 0 <= page.find(before) < page.find(after):
            raise ValueError(f"the page has no marks for '{name}': add <!-- {name} --> and <!-- /{name} -->")
        page = page[: page.index(before) + len(before)] + table + "\n" + page[page.index(after) :]
    return page


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.results", description=__doc__.splitlines()[0])
    parser.add_argument("--study", type=Path, required=True, help="folder of training.study")
    parser.add_argument("--effects", type=Path, help="folder of the study of effects, if it is another")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the benchmarks' --out files")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    runs = evaluations(options.study)
    effects = evaluations(options.effects or options.study)
    tables = {
        "study": provenance(runs),
        "couplings": couplings_table(runs),
        "experts": experts_table(runs),
        "effects-study": provenance(effects),
        "effects": effects_table(effects),
        "real": real_summary(options.figures / "real_films.json"),
        "real-by-bone": real_film_table(options.figures / "real_films.json"),
        "unlabelled": unlabelled_summary(options.figures / "real_films_unlabelled.json"),
        "cost": cost_table(options.figures / "network_cost.csv"),
    }
    options.page.write_text(fill(options.page.read_text(encoding="utf-8"), tables), encoding="utf-8", newline="\n")
    calibration_plot(options.figures / "real_films.json", PLOT)
    print(f"{options.page}: {', '.join(tables)}")


if __name__ == "__main__":
    main()
