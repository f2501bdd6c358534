"""``python -m training.classification``: train the classifier on a simulated cohort and export it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import fields
from pathlib import Path

import torch

from OsteoScreenLib.errors import OsteoScreenError
from training.classification.run import Settings, run

_HELP = {
    "train": "training subjects (enriched with cases)",
    "validation": "subjects for calibration and thresholds",
    "test": "subjects that only the reported figures see",
    "pretraining_epochs": "epochs of self-supervised pretraining",
    "supervised_epochs": "epochs of the supervised comparison",
    "batch": "bones per step",
    "seed": "seed of subjects, films, order and augmentation",
}


def main(arguments: list[str] | None = None) -> int:
    """Parse ``arguments`` and run; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training.classification",
        description="Cast a simulated cohort, pretrain an encoder by contrast, fit one linear head per bone, compare with the "
        "same network trained on labels, calibrate, and export classification.onnx with classification.json.",
    )
    parser.add_argument("--run", type=Path, required=True, help="run folder outside the repository: cohort, checkpoints, log")
    parser.add_argument("--out", type=Path, help="folder for the exported files (default: RUN/export)")
    for field in fields(Settings):
        option = "--" + field.name.replace("_", "-")
        parser.add_argument(option, type=int, default=field.default, help=f"{_HELP[field.name]} (default: %(default)s)")
    threads = max((os.cpu_count() or 2) // 2, 1)
    parser.add_argument("--threads", type=int, default=threads, help="CPU threads (default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the checkpoints in the run folder")
    chosen = parser.parse_args(arguments)
    settings = Settings(**{field.name: getattr(chosen, field.name) for field in fields(Settings)})
    wrong = [field.name for field in fields(Settings) if field.name != "seed" and getattr(settings, field.name) < 1]
    if wrong:
        parser.error(f"--{wrong[0].replace('_', '-')}: {getattr(settings, wrong[0])} is not at least 1")
    torch.set_num_threads(chosen.threads)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    chosen.run.mkdir(parents=True, exist_ok=True)
    with (chosen.run / "log.txt").open("a", encoding="utf-8") as log:

        def report(line: str) -> None:
            print(line, flush=True)
            print(line, file=log, flush=True)

        try:
            path = run(chosen.run, chosen.out or chosen.run / "export", settings, resume=chosen.resume, report=report)
        except OsteoScreenError as error:
            print(error, file=sys.stderr)
            return 2
    print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
