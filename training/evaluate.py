"""The table of methods on a cohort: ``python -m training.evaluate --cohort FOLDER --run FOLDER``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import torch

from OsteoScreenLib.errors import OsteoScreenError
from training.cohort.store import load_cohort
from training.comparison.rows import ROWS, Budget
from training.comparison.run import Plan, evaluate, write
from training.selfsupervision.encoders import ENCODERS


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, or 2 for a wrong option or folder."""
    options = _parser().parse_args(arguments)
    names = list(ROWS) if options.rows is None else options.rows
    budget = Budget(options.pretraining_epochs, options.supervised_epochs, options.batch, options.encoder, options.seed)
    plan = Plan(options.folds, options.repeats, min(options.supervised_repeats, options.repeats), options.seed)
    torch.set_num_threads(options.threads)
    try:
        cohort = load_cohort(options.cohort)
        unlabelled = load_cohort(options.unlabelled) if options.unlabelled else None
        options.run.mkdir(parents=True, exist_ok=True)
        pretrained = options.pretrained or options.run / "pretrained"
        evaluated = evaluate(cohort, unlabelled, names, budget, plan, options.run / "rows", pretrained, _say)
        words = None if unlabelled is None else unlabelled.description
        write(evaluated, cohort, budget, plan, options.run, {"pretrained on": words, "torch": torch.__version__})
    except OsteoScreenError as error:
        print(error, file=sys.stderr)
        return 2
    print((options.run / "table.md").read_text(encoding="utf-8"))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate",
        description="Repeated stratified cross-validation over subjects of every row of the comparison, with age, sex and the "
        "cortical index beside them: tables with intervals, plots, and where the order of methods differs from the paper's. "
        "Finished folds in the run folder are kept: run the same command again to go on, or to write the tables anew.",
    )
    parser.add_argument("--cohort", type=Path, required=True, help="cohort with DXA (python -m training.cohort)")
    parser.add_argument(
        "--unlabelled",
        type=Path,
        help="another cohort, without a subject in common, whose films pretrain each encoder once (supcon sees its labels); "
        "without it every fold pretrains on its own training subjects",
    )
    parser.add_argument("--run", type=Path, required=True, help="folder for tables, plots and finished folds")
    parser.add_argument("--pretrained", type=Path, help="folder of encoders shared by runs (default: RUN/pretrained)")
    parser.add_argument("--rows", nargs="+", choices=tuple(ROWS), help="only these rows (default: all)")
    parser.add_argument("--folds", type=int, default=Plan.folds, help="(default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=Plan.repeats, help="(default: %(default)s)")
    parser.add_argument(
        "--supervised-repeats",
        type=int,
        default=Plan.supervised_repeats,
        help="of rows that train a whole network in every fold (default: %(default)s)",
    )
    parser.add_argument("--encoder", choices=tuple(ENCODERS), default=Budget.encoder, help="(default: %(default)s)")
    parser.add_argument("--pretraining-epochs", type=int, default=Budget.pretraining_epochs, help="(default: %(default)s)")
    parser.add_argument("--supervised-epochs", type=int, default=Budget.supervised_epochs, help="(default: %(default)s)")
    parser.add_argument("--batch", type=int, default=Budget.batch, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=max((os.cpu_count() or 2) // 2, 1), help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
