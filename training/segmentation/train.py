"""The training loop: films cast on the fly, exact transport, averaged weights, checkpoints to resume from."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.segmentation.batches import FilmBatches, Films, load
from training.segmentation.device import Device, choose_device
from training.segmentation.distribution import Processes, join, share_batch_norms
from training.segmentation.film_source import FilmSource, data_set, films_of
from training.segmentation.logbook import Logbook
from training.segmentation.network import draw_latents
from training.segmentation.pictures import FILMS, draw
from training.segmentation.progress import Progress
from training.segmentation.run_folder import claim, initial_weights, record
from training.segmentation.schedule import gamma_at, learning_rate
from training.segmentation.settings import SegmentationSettings, Stage
from training.segmentation.state import BEST, CHECKPOINT, RunState, content, fill, new_state, start_from, update_average, write
from training.segmentation.transport import transport_loss
from training.segmentation.validate import read_film, validate

LOG_EVERY = 20


@dataclass(frozen=True)
class Session:
    """One start or resume of a run, in one of its processes; only the first process has a logbook and shows progress."""

    settings: SegmentationSettings
    folder: Path
    device: Device
    processes: Processes
    network: nn.Module
    source: FilmSource
    logbook: Logbook | None = None
    progress: Progress | None = None


def train(
    settings: SegmentationSettings,
    folder: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    initial: Path | None = None,
    source: FilmSource | None = None,
    quiet: bool = False,
) -> RunState:
    """Run all stages from the checkpoint's step on (or from the start) and leave the final checkpoint in ``folder``.

    ``initial``: run whose averaged weights a new run starts from; a resumed one has its own. ``source``: films to train on by
    size and seed; without it those that the settings name.

    Raises
    ------
    UsageError
        If the folder, the settings and the machine do not go together.
    ManifestError
        If the data set of annotated films that the settings name is faulty.
    FloatingPointError
        If loss or gradient stop being numbers; the last checkpoint is from before.
    """
    torch.set_num_threads(settings.threads)
    device = choose_device(settings.device, settings.precision)
    source = source or films_of(settings)
    with join(device.device) as processes:
        processes.refuse_unequal_shares([stage.batch for stage in settings.stages])
        saved, start = processes.shared(partial(_open, settings, folder, resume, overwrite, initial))
        state = new_state(settings, device)
        if saved is not None:
            fill(state, saved)
        elif start is not None:
            start_from(state, start[0])
        if processes.count > 1:
            share_batch_norms(state.network)
        session = Session(settings, folder, device, processes, processes.parallel(state.network), source)
        if processes.first:
            _record(session, state, start and start[1])
            with (
                closing(Logbook(folder, state.step)) as logbook,
                closing(Progress(settings, state.step, quiet=quiet)) as progress,
            ):
                _run(replace(session, logbook=logbook, progress=progress), state)
        else:
            _run(session, state)
    return state


def _open(
    settings: SegmentationSettings, folder: Path, resume: bool, overwrite: bool, initial: Path | None
) -> tuple[dict[str, Any] | None, tuple[dict[str, torch.Tensor], dict[str, Any]] | None]:
    """Checkpoint to go on from, and weights to start from with their origin; at most one of the two."""
    start = None
    if initial is not None and not (resume and (folder / CHECKPOINT).exists()):
        start = initial_weights(initial, settings)
    return claim(folder, settings, resume=resume, overwrite=overwrite), start


def _record(session: Session, state: RunState, initial: dict[str, Any] | None) -> None:
    record(
        session.folder,
        session.settings,
        initial,
        step=state.step,
        device=str(session.device.device),
        precision=str(session.device.kind).removeprefix("torch."),
        processes=session.processes.count,
        threads=session.settings.threads,
        workers=session.settings.workers,
        annotations=data_set(session.settings),
    )


def _run(session: Session, state: RunState) -> None:
    settings = session.settings
    if state.step == 0:
        _checkpoint(session, state)  # a run killed before its first checkpoint keeps its initial weights
    first = 0
    for number, stage in enumerate(settings.stages):
        if state.step < first + stage.steps:
            _run_stage(session, state, number, first)
        first += stage.steps


def _run_stage(session: Session, state: RunState, number: int, first: int) -> None:
    settings, stage = session.settings, session.settings.stages[number]
    films = _films(session, stage, state.films)
    state.network.train()
    while state.step < first + stage.steps:
        begun = time.monotonic()
        for group in state.optimiser.param_groups:
            group["lr"] = learning_rate(stage, state.step - first)
        figures = _step(session, state, *next(films))
        state.step += 1
        state.films += stage.batch
        done = state.step == first + stage.steps
        validated = state.step % settings.validate_every == 0 or done
        state.seconds += time.monotonic() - begun
        if validated:
            figures["validation_dice"] = _validate(session, state, number)
        _report(session, state, figures, noted=validated or state.step % LOG_EVERY == 0)
        # Last, so that whatever belongs to this step is there when a run goes on behind it.
        if state.step % settings.checkpoint_every == 0 or done:
            _checkpoint(session, state)


def _films(session: Session, stage: Stage, first: int) -> Iterator[Films]:
    cast = session.source(stage.size, session.settings.seed)
    processes = session.processes
    batches = FilmBatches(cast, stage.batch, first=first, rank=processes.rank, processes=processes.count)
    return load(batches, session.settings.workers, pinned=session.device.device.type == "cuda")


def _step(session: Session, state: RunState, pixels: torch.Tensor, coverage: torch.Tensor) -> dict[str, float]:
    """One update from this process's share of a batch; returns the parts of the loss over the whole batch."""
    settings, device, processes = session.settings, session.device, session.processes
    pixels = pixels.to(device.device, non_blocking=True).contiguous(memory_format=torch.channels_last)
    coverage = coverage.to(device.device, non_blocking=True)
    # Latents of the whole batch in every process, so that they do not depend on the number of processes.
    latents = draw_latents(state.network.settings, settings.samples, state.generator, len(pixels) * processes.count)
    latents = latents[processes.rank :: processes.count].to(device.device)
    with device.autocast():
        logits, gate = session.network(pixels, latents)
    with device.loss_autocast():
        loss, parts = transport_loss(
            logits.to(device.loss_kind),
            gate,
            coverage.to(device.loss_kind) / 255,
            gamma=gamma_at(settings, state.step, logits.shape[1]),
            kl_weight=settings.kl_weight,
            cross_entropy=settings.cross_entropy,
            coupling=settings.coupling,
        )
    total, *means = (value / processes.count for value in processes.sums([float(loss.detach()), *parts.values()]))
    _refuse_infinite(total, "loss", state.step)
    state.optimiser.zero_grad(set_to_none=True)
    state.scaler.scale(loss).backward()
    state.scaler.unscale_(state.optimiser)
    norm = float(nn.utils.clip_grad_norm_(state.network.parameters(), 1.0))
    if not state.scaler.is_enabled():  # the scaler leaves out a step that overflowed, and scales less
        _refuse_infinite(norm, "gradient", state.step)
    state.scaler.step(state.optimiser)
    state.scaler.update()
    update_average(state, settings.averaging)
    return dict(zip(parts, means, strict=True))


def _refuse_infinite(value: float, name: str, step: int) -> None:
    if not abs(value) < float("inf"):
        raise FloatingPointError(f"the {name} is {value} at step {step}: lower the learning rate")


def _validate(session: Session, state: RunState, stage: int) -> float:
    """Dice of the averaged weights; the best ones are kept, and how they outline is drawn."""
    settings, size = session.settings, session.settings.stages[stage].size
    dice = validate(settings, state.average, size, session.device, session.processes)
    better = (stage, dice) > state.best
    state.best = max(state.best, (stage, dice))
    if session.logbook:
        if better:
            saved = {"average": state.average.state_dict(), "step": state.step, "films": state.films, "validation_dice": dice}
            write(saved, session.folder / BEST)
        generator = torch.Generator().manual_seed(settings.seed)
        readings = []
        for index in range(min(FILMS, settings.validation_films)):
            latents = draw_latents(settings.network, settings.samples, generator, 1)
            readings.append(read_film(settings, state.average, size, index, latents, session.device))
        session.logbook.show(draw(readings, f"step {state.step}, validation Dice {dice:.3f}"), state.step)
    return dice


def _report(session: Session, state: RunState, figures: dict[str, float], *, noted: bool) -> None:
    if session.progress:
        session.progress.advance(state.step, figures)
    if noted and session.logbook and session.progress:
        session.logbook.note({"step": state.step, "films": state.films, "seconds": state.seconds, **figures})
        session.progress.say(state.step, figures)


def _checkpoint(session: Session, state: RunState) -> None:
    if session.processes.first:
        write(content(state), session.folder / CHECKPOINT)
