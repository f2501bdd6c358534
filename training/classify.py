"""Train, calibrate and export the classifier: ``python -m training.classify --cohort FOLDER --encoder RUN --run FOLDER``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

import torch

from OsteoScreenLib.errors import OsteoScreenError
from training.classification.run import Pretrained, Settings, classify
from training.cohort.store import load_cohort
from training.selfsupervision.encoders import ENCODERS, make_encoder
from training.selfsupervision.run_folder import pretrained_encoder


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, or 2 for a wrong option or folder."""
    options = _parser().parse_args(arguments)
    if options.labels != "supervised" and options.encoder is None:
        print("--encoder: name the run folder of training.pretrain, or take --labels supervised", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    options.run.mkdir(parents=True, exist_ok=True)
    try:
        pretrained, reduction = _pretrained(options)
        settings = Settings(options.labels, options.epochs, options.batch, reduction, options.seed)
        path = classify(
            load_cohort(options.cohort),
            load_cohort(options.calibration) if options.calibration else None,
            pretrained,
            settings,
            options.run,
            options.out or options.run / "export",
            resume=options.resume,
        )
    except OsteoScreenError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"written: {path}")
    return 0


def _pretrained(options: argparse.Namespace) -> tuple[Pretrained, int]:
    """The encoder to start from, and the reduction it was trained with."""
    if options.labels == "supervised":
        torch.manual_seed(options.seed)
        return Pretrained(make_encoder(options.network), "none"), options.reduction
    encoder, settings = pretrained_encoder(options.encoder)
    return Pretrained(encoder, f"{settings.method}, {settings.crops} multi-crop"), settings.reduction


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.classify",
        description="Fit linear heads on a frozen pretrained encoder (or train all of it), calibrate on other subjects, choose "
        "the two thresholds, measure on further ones, and export classification.onnx with classification.json.",
    )
    parser.add_argument("--cohort", type=Path, required=True, help="cohort to train on (python -m training.cohort)")
    parser.add_argument(
        "--calibration",
        type=Path,
        help="cohort for calibration and figures, halved between them (default: subjects of --cohort, by its splits or drawn)",
    )
    parser.add_argument("--encoder", type=Path, help="run folder of training.pretrain")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run, outside the repository")
    parser.add_argument("--out", type=Path, help="folder for the exported files (default: RUN/export)")
    parser.add_argument("--labels", choices=("heads", "fine-tuned", "supervised"), default="heads", help="(default: %(default)s)")
    parser.add_argument("--network", choices=tuple(ENCODERS), default="narrow", help="with --labels supervised")
    parser.add_argument("--reduction", type=int, default=2, help="with --labels supervised (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="where the encoder is trained (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=64, help="bones per step (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="(default: %(default)s)")
    parser.add_argument("--threads", type=int, default=max((os.cpu_count() or 2) // 2, 1), help="(default: %(default)s)")
    parser.add_argument("--resume", action="store_true", help="go on with the checkpoint in the run folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
