"""Pretrain an encoder without labels: ``python -m training.pretrain --cohort FOLDER --run FOLDER``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
from pydantic import ValidationError

from OsteoScreenLib.errors import OsteoScreenError, UsageError
from training.cohort.samples import VARIANTS, BoneSamples, load_samples
from training.selfsupervision.run_folder import SETTINGS, pretrain_in_folder, read_settings
from training.selfsupervision.settings import PretrainingSettings


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the status: 0, 1 where training diverged, 2 for a wrong option or folder, 130 if interrupted."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    cohort, run, variant, subjects = (given.pop(name) for name in ("cohort", "run", "variant", "subjects"))
    resume, overwrite = given.pop("resume"), given.pop("overwrite")
    try:
        settings = _settings(run, given, resume)
        samples = _of_subjects(load_samples(cohort, variant), subjects)
        pretrain_in_folder(run, samples, settings, f"{cohort.name} ({variant})", resume=resume, overwrite=overwrite, report=_say)
    except OsteoScreenError as error:
        return _fail(str(error), 2)
    except FloatingPointError as error:
        return _fail(f"{run}: {error}. The checkpoint is from before", 1)
    except KeyboardInterrupt:
        return _fail(f"{run}: stopped. Go on from its last checkpoint with --resume", 130)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.pretrain",
        description="Pretrain an encoder on the bones of a cohort by self-supervision (SimCLR, VICReg, SwAV) or with labels "
        "(SupCon), for python -m training.classify. Several processes: torchrun --nproc-per-node N -m training.pretrain ...",
    )
    parser.add_argument("--cohort", type=Path, required=True, help="folder made by python -m training.cohort")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run: checkpoint, settings, metrics, record")
    parser.add_argument("--variant", choices=VARIANTS, default=VARIANTS[0], help="cut-outs to see (default: %(default)s)")
    parser.add_argument(
        "--subjects",
        type=Path,
        metavar="FILE",
        help="numbers of the subjects to train on, one a line, counted from 0 in the cohort's order; all without. With supcon, "
        "which sees labels, leave out every subject that is to test the classifier",
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on from the run's checkpoint, with the run's settings")
    again.add_argument("--overwrite", action="store_true", help="replace the run that the folder holds")
    for name, field in PretrainingSettings.model_fields.items():
        default = "" if field.default is None else f" (default: {field.default})"
        option: dict[str, Any] = {"help": f"{field.description or 'of everything random'}{default}", "default": argparse.SUPPRESS}
        if name.endswith("_shape"):
            option |= {"type": int, "nargs": 2, "metavar": ("ROWS", "COLUMNS")}
        elif isinstance(field.default, str) and get_args(field.annotation):
            option["choices"] = get_args(field.annotation)
        else:
            option["metavar"] = name.upper()
        parser.add_argument("--" + name.replace("_", "-"), dest=name, **option)
    return parser


def _settings(run: Path, given: dict[str, Any], resume: bool) -> PretrainingSettings:
    """Settings given as options, and beside them those of a resumed run or the defaults."""
    there = read_settings(run).model_dump() if resume and (run / SETTINGS).exists() else {}
    try:
        return PretrainingSettings.model_validate(there | given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "--" + str(first["loc"][0]).replace("_", "-") if first["loc"] else "options"
        raise UsageError(place, f"{first['input']!r} is wrong: {first['msg']}", "See --help") from error


def _of_subjects(samples: BoneSamples, file: Path | None) -> BoneSamples:
    if file is None:
        return samples
    try:
        chosen = [int(line) for line in file.read_text(encoding="utf-8").split()]
    except (OSError, ValueError) as error:
        raise UsageError(file, f"holds no numbers of subjects ({error})", "Give whole numbers, one a line") from error
    unknown = set(chosen) - set(range(int(samples.subject.max()) + 1))
    if unknown or not chosen:
        raise UsageError(file, f"subject {min(unknown, default='-')} is not in the cohort", "Count from 0 in its order")
    return samples.of_subjects(np.array(chosen))


def _say(line: str) -> None:
    print(line, flush=True)


def _fail(line: str, status: int) -> int:
    if os.environ.get("RANK", "0") == "0":  # of several processes one speaks
        print(line, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
