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

from training.segmentation.device import choose_device
from training.segmentation.export import deployed
from training.segmentation.run_folder import SETTINGS
from training.segmentation.settings import SegmentationSettings
from training.segmentation.state import CHECKPOINT, content, new_state, read, write
from training.segmentation.study.film_store import FilmStore
from training.segmentation.study.real_test import annotated_films, real_scores, unlabelled_films
from training.segmentation.study.rows import COUPLINGS, EFFECTS, EXPERTS, Budget, Row
from training.segmentation.study.simulated_test import simulated_scores
from training.segmentation.train import train

EVALUATION = "evaluation.json"
TEST_SEED = 3_000_003
ROWS = {row.name: row for row in (*COUPLINGS, *EXPERTS, *EFFECTS)}


SCRATCH_RATE, WARM_RATE = 2e-3, 6e-4
"""Learning rates at the start: of new weights, and of runs whose encoder and decoder are trained already."""


def run(row: Row, seed: int, budget: Budget, study: Path, films: Path | None, backbone: Path | None = None) -> None:
    """Train one row with one seed and write its figures.

    ``films`` is the folder of real films, if any; ``backbone`` a run whose encoder and decoder all rows start from.
    """
    folder = study / "runs" / f"{row.name}-{seed}"
    settings = budget.settings(row, seed, rate=WARM_RATE if backbone else SCRATCH_RATE)
    store = FilmStore(study / "films", size=budget.size, seed=seed, count=budget.cast, without=row.without, quiet=True)
    if backbone is not None and not (folder / CHECKPOINT).exists():
        start_from_backbone(settings, folder, backbone)
    started = time.process_time()
    train(settings, folder, resume=True, quiet=True, source=lambda size, seed: lambda index: store(index % len(store)))
    seconds = (time.process_time() - started) / budget.steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    network = deployed(folder)
    test = FilmStore(study / "films", size=budget.size, seed=TEST_SEED, count=budget.test_films, without=frozenset(), quiet=True)
    figures = {
        "row": row.name,
        "seed": seed,
        "budget": asdict(budget),
        "backbone_films": read(backbone / CHECKPOINT)["films"] if backbone else 0,
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


def start_from_backbone(settings: SegmentationSettings, folder: Path, backbone: Path) -> None:
    """Leave a checkpoint at step 0: shared encoder and decoder of another run, experts and gate as the seed draws them."""
    state = new_state(settings, choose_device("cpu", "auto"))
    trained = read(backbone / CHECKPOINT)["average"]
    shared = {name: value for name, value in trained.items() if not name.startswith(("experts.", "gate."))}
    for network in (state.network, state.average):
        missing = network.load_state_dict(shared, strict=False).missing_keys
        if not all(name.startswith(("experts.", "gate.")) for name in missing):
            raise ValueError(f"{backbone} lacks {missing[0]}: give a run of the same network")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(settings.model_dump_json(indent=1) + "\n")
    write(content(state), folder / CHECKPOINT)


def main(arguments: list[str] | None = None) -> None:
    """Command line, called by ``training.study``."""
    parser = argparse.ArgumentParser(prog="python -m training.segmentation.study.run", description=__doc__)
    parser.add_argument("--row", choices=sorted(ROWS), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--films", type=Path)
    parser.add_argument("--backbone", type=Path)
    for name, value in asdict(Budget()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    options = parser.parse_args(arguments)
    budget = Budget(options.size, options.batch, options.steps, options.cast, options.test_films)
    run(ROWS[options.row], options.seed, budget, options.study, options.films, options.backbone)


if __name__ == "__main__":
    main()
