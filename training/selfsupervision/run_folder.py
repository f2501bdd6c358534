"""The folder of a pretraining: whether it may be used, its metrics, the record of how it was made, and its encoder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from torch import nn

from OsteoScreenLib.errors import UsageError
from training.cohort.samples import BoneSamples
from training.segmentation.distribution import join
from training.segmentation.logbook import strike_out
from training.segmentation.run_folder import METRICS, RECORD, SETTINGS, record, replace_text
from training.selfsupervision.checkpoint import read_notes
from training.selfsupervision.loop import Report
from training.selfsupervision.pretraining import UNSEEN, compute_device, load_encoder, pretrain
from training.selfsupervision.settings import PretrainingSettings

CHECKPOINT = "pretraining.safetensors"
COLUMNS = ("epoch", "seconds", "rate", "loss", "spread")


def pretrain_in_folder(
    folder: Path,
    samples: BoneSamples,
    settings: PretrainingSettings,
    cohort: str,
    *,
    resume: bool = False,
    overwrite: bool = False,
    report: Report = print,
) -> nn.Module:
    """`pretrain` with its checkpoint, settings, record and metrics in ``folder``; ``cohort`` is named in the record.

    Raises
    ------
    UsageError
        If the folder holds a run that is neither resumed nor overwritten, or one of other settings or samples.
    FloatingPointError
        If the loss stops being a number.
    """
    device = compute_device(settings)
    with join(device.device) as processes:
        epoch = processes.shared(partial(_claim, folder, settings, resume, overwrite))
        if processes.first:
            strike_out(folder / METRICS, epoch, COLUMNS)
            record(
                folder,
                settings,
                None,
                epoch=epoch,
                cohort=cohort,
                bones=len(samples),
                subjects=len(samples.subject.unique()),
                device=str(device.device),
                precision=str(device.kind).removeprefix("torch."),
                processes=processes.count,
                threads=settings.threads,
            )
        note = partial(_note, folder / METRICS)
        return pretrain(samples, settings, folder / CHECKPOINT, resume=resume, report=report, note=note, processes=processes)


def read_settings(folder: Path) -> PretrainingSettings:
    """Settings of the run in ``folder``. Raises `UsageError` where it holds none, or those of another version."""
    path = folder / SETTINGS
    if not path.is_file():
        raise UsageError(path, "no file is here, so this is no run folder", "Make one with python -m training.pretrain")
    try:
        return PretrainingSettings.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fault = f"is not of a pretraining by this code: {'.'.join(map(str, first['loc']))} ({first['msg']})"
        raise UsageError(path, fault, "Use the code that started the run") from error


def pretrained_encoder(folder: Path) -> tuple[nn.Module, PretrainingSettings]:
    """Encoder of a finished run, in evaluation mode, and the run's settings.

    Raises
    ------
    UsageError
        If the folder holds no run, or one that is not finished.
    """
    settings = read_settings(folder)
    path = folder / CHECKPOINT
    done = int(read_notes(path)["epoch"]) if path.is_file() else 0
    if done < settings.epochs:
        fault = f"its pretraining is at epoch {done} of {settings.epochs}"
        raise UsageError(folder, fault, f"Finish it: python -m training.pretrain --run {folder} --resume")
    return load_encoder(path, settings), settings


def _claim(folder: Path, settings: PretrainingSettings, resume: bool, overwrite: bool) -> int:
    """Make ``folder`` ready; returns the epochs that are done."""
    files = [folder / name for name in (CHECKPOINT, METRICS, RECORD, SETTINGS)]
    if resume and files[3].exists():
        _refuse_other_settings(folder, settings)
    elif files[3].exists() and not overwrite:
        remedy = "Go on with --resume, replace it with --overwrite, or name another folder"
        raise UsageError(folder, "holds a run already", remedy)
    if not resume:
        for path in files:
            path.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / SETTINGS, settings.model_dump_json(indent=1) + "\n")
    return int(read_notes(files[0])["epoch"]) if files[0].exists() else 0


def _refuse_other_settings(folder: Path, settings: PretrainingSettings) -> None:
    there, here = read_settings(folder).model_dump(), settings.model_dump()
    other = [f"{name} ({there[name]} there, {here[name]} here)" for name in here if there[name] != here[name]]
    other = [said for said in other if said.partition(" ")[0] not in UNSEEN]
    if other:
        fault = f"the run was started with other settings: {', '.join(other)}"
        raise UsageError(folder / SETTINGS, fault, "Resume without them, or name another folder")


def _note(path: Path, row: Mapping[str, float]) -> None:
    with open(path, "a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, COLUMNS, lineterminator="\n").writerow({name: f"{value:.6g}" for name, value in row.items()})
