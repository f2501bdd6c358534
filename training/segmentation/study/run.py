"""One run of a study: train, measure, and leave ``evaluation.json`` in the run's folder.

Runs in a process of its own, so that its peak memory is its own: ``python -m training.segmentation.study.run ...``.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import asdict
from pathlib import Path

from training.segmentation.export import deployed
from training.segmentation.study.film_store import FilmStore
from training.segmentation.study.real_test import annotated_films, real_scores, unlabelled_films
from training.segmentation.study.rows import COUPLINGS, EFFECTS, EXPERTS, Budget, Row
from training.segmentation.study.simulated_test import simulated_scores
from training.segmentation.train import train

EVALUATION = "evaluation.json"
TEST_SEED = 3_000_003
ROWS = {row.name: row for row in (*COUPLINGS, *EXPERTS, *EFFECTS)}


def run(row: Row, seed: int, budget: Budget, study: Path, films: Path | None) -> None:
    """Train one row with one seed and write its figures; ``films`` is the folder of real films, if any."""
    folder = study / "runs" / f"{row.name}-{seed}"
    settings = budget.settings(row, seed)
    store = FilmStore(
        study / "films", size=budget.size, seed=seed, count=budget.batch * budget.steps, without=row.without, quiet=True
    )
    started = time.process_time()
    train(settings, folder, resume=True, quiet=True, source=lambda size, seed: store)
    seconds = (time.process_time() - started) / budget.steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    network = deployed(folder)
    test = FilmStore(study / "films", size=budget.size, seed=TEST_SEED, count=budget.test_films, without=frozenset(), quiet=True)
    figures = {
        "row": row.name,
        "seed": seed,
        "budget": asdict(budget),
        "simulated": asdict(simulated_scores(network, test, len(test), seed)),
        "real": None,
        "cpu_seconds_per_step": seconds,
        "peak_memory_mb": peak,
    }
    if films is not None:
        labelled = annotated_films(films, budget.size)
        unlabelled = unlabelled_films(films, budget.size, study / "reference")
        figures["real"] = asdict(real_scores(network, labelled, unlabelled, seed))
    partial = folder / (EVALUATION + ".partial")
    partial.write_text(json.dumps(figures, indent=1))
    partial.replace(folder / EVALUATION)


def main(arguments: list[str] | None = None) -> None:
    """Command line, called by ``training.study``."""
    parser = argparse.ArgumentParser(prog="python -m training.segmentation.study.run", description=__doc__)
    parser.add_argument("--row", choices=sorted(ROWS), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--films", type=Path)
    for name, value in asdict(Budget()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    options = parser.parse_args(arguments)
    budget = Budget(options.size, options.batch, options.steps, options.test_films)
    run(ROWS[options.row], options.seed, budget, options.study, options.films)


if __name__ == "__main__":
    main()
