"""Self-supervised pretraining of an encoder on bones that are cut out: views, features, the method's loss."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import nn

from OsteoScreenLib.errors import UsageError
from training.cohort.samples import BoneSamples
from training.segmentation.device import Device, choose_device
from training.segmentation.distribution import Processes, gathered, join, share_batch_norms
from training.selfsupervision.checkpoint import load_state
from training.selfsupervision.encoders import make_encoder
from training.selfsupervision.loop import Hooks, Note, Plan, Report, fit
from training.selfsupervision.methods import Head, Targets
from training.selfsupervision.multicrop import draw_views, view_settings
from training.selfsupervision.settings import PretrainingSettings

UNSEEN = frozenset({"threads", "device", "precision", "checkpoint_every"})
"""Settings that a resumed run may change: the outcome does not depend on them, but for rounding."""


class Pretrainer(nn.Module):
    """Encoder and what stands behind it."""

    def __init__(self, settings: PretrainingSettings) -> None:
        super().__init__()
        self.encoder = make_encoder(settings.encoder)
        self.head = Head(settings, int(self.encoder.features))  # type: ignore[arg-type]


def pretrain(
    samples: BoneSamples,
    settings: PretrainingSettings,
    checkpoint: Path,
    *,
    resume: bool = False,
    report: Report = print,
    note: Note | None = None,
    processes: Processes | None = None,
) -> nn.Module:
    """Train an encoder on views of ``samples`` and return it, in evaluation mode and on the CPU.

    Under torchrun all processes call this with the same samples (and ``processes``, if they have met already) and get the
    gradients that one process would have: each encodes its share of the views of a batch, and the loss is taken over all of
    them in every process. supcon sees labels, so give it training subjects only.

    Raises
    ------
    UsageError
        If samples, settings, machine and checkpoint do not go together.
    FloatingPointError
        If the loss stops being a number.
    """
    torch.set_num_threads(settings.threads)
    device = compute_device(settings)
    batch = min(settings.batch, len(samples))
    torch.manual_seed(settings.seed)
    model = Pretrainer(settings)
    model.to(device.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    with nullcontext(processes) if processes else join(device.device) as met:
        refuse_unequal_shares(batch, met)
        if met.count > 1:
            share_batch_norms(model.encoder)
        fit(
            model,
            _Step(model, samples, settings, device, met),
            len(samples),
            _plan(settings, batch),
            checkpoint,
            resume=resume,
            report=report,
            note=note,
            identity=identity(samples, settings),
            hooks=Hooks(model.head.before_update, model.head.after_update),
            processes=met,
        )
    return model.encoder.cpu().eval()


def load_encoder(checkpoint: Path, settings: PretrainingSettings) -> nn.Module:
    """The encoder of a checkpoint, in evaluation mode."""
    model = Pretrainer(settings)
    load_state(checkpoint, model)
    return model.encoder.eval()


def identity(samples: BoneSamples, settings: PretrainingSettings) -> str:
    """What a checkpoint is bound to: the settings that matter, and which bones of which subjects it has seen."""
    seen = hashlib.sha256()
    for values in (samples.bone, samples.subject, samples.label):
        seen.update(values.cpu().numpy().tobytes())
    return f"{settings.model_dump_json(exclude=set(UNSEEN))} {seen.hexdigest()}"


class _Step:
    """Loss of a batch, of which this process encodes every ``count``-th bone."""

    def __init__(
        self, model: Pretrainer, samples: BoneSamples, settings: PretrainingSettings, device: Device, processes: Processes
    ) -> None:
        self._model, self._device, self._processes = model, device, processes
        self._pixels, self._masks = samples.pixels.to(device.device), samples.masks.to(device.device)
        self._bone, self._label = samples.bone.to(device.device), samples.label.to(device.device)
        self._views = view_settings(settings, (samples.pixels.shape[1], samples.pixels.shape[2]))

    def __call__(self, rows: torch.Tensor, generator: torch.Generator) -> dict[str, torch.Tensor]:
        # Views of the whole batch in every process, so that they do not depend on the number of processes.
        views = draw_views(self._pixels[rows].float(), self._masks[rows], self._views, generator)
        features = self._features(views)
        loss, spread = self._model.head(features, Targets(self._bone[rows], self._label[rows]))
        return {"loss": loss, "spread": spread}

    def _features(self, views: list[torch.Tensor]) -> list[torch.Tensor]:
        """Features (B, F) of every view; views of one size go through the encoder together."""
        own = slice(self._processes.rank, None, self._processes.count)
        found: list[torch.Tensor] = []
        while len(found) < len(views):
            shape = views[len(found)].shape
            alike = [view[own] for view in views[len(found) :] if view.shape == shape]
            images = torch.cat(alike).contiguous(memory_format=torch.channels_last)
            with self._device.autocast():
                features = self._model.encoder(images)
            found += features.float().chunk(len(alike))
        if self._processes.count == 1:
            return found
        # (processes, views, share, F) to the batch's own order.
        every = gathered(torch.stack(found)).permute(1, 2, 0, 3)
        return list(every.reshape(len(views), -1, every.shape[-1]))


def compute_device(settings: PretrainingSettings) -> Device:
    """Where and how precisely the encoder computes. Raises `UsageError` where the machine does not have what is asked for."""
    device = choose_device(settings.device, settings.precision)
    # float16 would need its gradients scaled; a GPU without bfloat16 computes in float32.
    return Device(device.device, torch.float32) if device.kind == torch.float16 else device


def _plan(settings: PretrainingSettings, batch: int) -> Plan:
    return Plan(
        epochs=settings.epochs,
        batch=batch,
        rate=settings.highest_rate,
        weight_decay=settings.decay,
        warm_up=settings.warm_up,
        optimiser=settings.optimiser,
        momentum=settings.momentum,
        seed=settings.seed,
        checkpoint_every=settings.checkpoint_every,
    )


def refuse_unequal_shares(batch: int, processes: Processes) -> None:
    """Raise `UsageError` where the bones of a batch cannot be shared evenly, as equal gradients need."""
    if batch % processes.count:
        fault = f"{batch} bones are no equal shares for {processes.count} processes"
        raise UsageError("batch", fault, f"Give a multiple of {processes.count}")
