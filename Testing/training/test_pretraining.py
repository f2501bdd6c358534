"""Pretraining changes weights, resumes as if it had never stopped, and its features hold what tells bones apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from OsteoScreenLib.errors import UsageError
from Testing.training.striped_samples import striped
from training.selfsupervision import loop
from training.selfsupervision.encoders import make_encoder
from training.selfsupervision.methods import Head, Targets
from training.selfsupervision.pretraining import Pretrainer, load_encoder, pretrain
from training.selfsupervision.settings import PretrainingSettings
from training.selfsupervision.views import reduced


def quiet(line: str) -> None:
    del line


def settings(**changed: Any) -> PretrainingSettings:
    return PretrainingSettings.model_validate({"epochs": 2, "batch": 8, "local_views": 1, "precision": "float32"} | changed)


def tensors(module: torch.nn.Module) -> list[torch.Tensor]:
    return list(module.state_dict().values())


@pytest.mark.parametrize(
    ("method", "optimiser", "crops"),
    [
        ("simclr", "larc", "bone"),
        ("vicreg", "adamw", "conventional"),
        ("supcon", "larc", "conventional"),
        ("swav", "larc", "bone"),
        ("swav", "adamw", "bone"),
    ],
)
def test_a_resumed_run_ends_as_the_unbroken_one(method: str, optimiser: str, crops: str, tmp_path: Path) -> None:
    samples, chosen = striped(16), settings(method=method, optimiser=optimiser, crops=crops)
    whole = pretrain(samples, chosen, tmp_path / "whole.safetensors", report=quiet)

    class Stopped(Exception):
        pass

    def stop(line: str) -> None:
        raise Stopped(line)

    with pytest.raises(Stopped, match="epoch 1/2"):
        pretrain(samples, chosen, tmp_path / "broken.safetensors", report=stop)
    resumed = pretrain(samples, chosen, tmp_path / "broken.safetensors", resume=True, report=quiet)
    torch.manual_seed(0)
    fresh = Pretrainer(chosen).encoder
    assert max(float((a - b).detach().abs().max()) for a, b in zip(whole.parameters(), fresh.parameters(), strict=True)) > 1e-5
    for one, other, loaded in zip(
        tensors(whole), tensors(resumed), tensors(load_encoder(tmp_path / "broken.safetensors", chosen)), strict=True
    ):
        assert torch.equal(one, other)
        assert torch.equal(one, loaded)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    pretrain(striped(8), settings(epochs=1), path, report=quiet)
    with pytest.raises(UsageError, match="other settings or samples"):
        pretrain(striped(8), settings(epochs=1, seed=1), path, resume=True, report=quiet)
    with pytest.raises(UsageError, match="other settings or samples"):
        pretrain(striped(10), settings(epochs=1), path, resume=True, report=quiet)
    pretrain(striped(8), settings(epochs=1, checkpoint_every=3, device="cpu"), path, resume=True, report=quiet)


def test_prototypes_stand_still_in_the_first_epoch_and_stay_on_the_sphere() -> None:
    head = Head(settings(method="swav", prototypes=5), 12)
    assert head.prototypes is not None
    features = [torch.randn(6, 12) for _ in range(2)]
    for epoch, trained in ((0, False), (1, True)):
        head.zero_grad()
        head(features, Targets(torch.zeros(6, dtype=torch.int64), torch.zeros(6)))[0].backward()
        head.before_update(epoch)
        assert (head.prototypes.weight.grad is not None) == trained
        assert head.projection[0].weight.grad is not None


def test_labels_reach_the_loss_of_supcon_alone() -> None:
    features = [torch.randn(6, 12) for _ in range(2)]
    bone = torch.tensor([0, 0, 0, 1, 1, 1])
    for method, sees in (("simclr", False), ("vicreg", False), ("swav", False), ("supcon", True)):
        torch.manual_seed(0)
        head = Head(settings(method=method, prototypes=5), 12)
        losses = [float(head(features, Targets(bone, label))[0].detach()) for label in (torch.zeros(6), torch.arange(6) % 2.0)]
        assert (abs(losses[0] - losses[1]) > 1e-4) == sees, method


def test_positives_with_labels_are_of_the_same_bone() -> None:
    classes = Targets(torch.tensor([0, 0, 1, 1, 0]), torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0])).classes
    assert classes[1] == classes[4]
    assert len(set(classes.tolist())) == 4


def test_the_spread_shows_collapse() -> None:
    head = Head(settings(), 12)
    targets = Targets(torch.zeros(64, dtype=torch.int64), torch.zeros(64))
    apart = torch.randn(64, 12)
    assert float(head([apart, apart], targets)[1]) > 0.5
    same = torch.ones(64, 12)
    assert float(head([same, same], targets)[1]) < 1e-4


def test_a_loss_that_is_no_number_stops_the_run_before_it_is_kept(tmp_path: Path) -> None:
    def step(rows: torch.Tensor, generator: torch.Generator) -> dict[str, torch.Tensor]:
        return {"loss": layer.weight.sum() * float("nan")}

    layer = torch.nn.Linear(2, 1)
    with pytest.raises(FloatingPointError, match="epoch 1: lower the learning rate"):
        loop.fit(layer, step, 4, loop.Plan(1, 2), tmp_path / "run.safetensors", report=quiet)
    assert not (tmp_path / "run.safetensors").exists()


def test_features_of_a_pretrained_encoder_tell_borders_apart(tmp_path: Path) -> None:
    chosen = settings(encoder="narrow", epochs=4, batch=16, optimiser="adamw")
    samples, held_out = striped(32, 0), striped(24, 1)
    encoder = pretrain(samples, chosen, tmp_path / "run.safetensors", report=quiet)

    def features(each: Any) -> np.ndarray:
        with torch.no_grad():
            return encoder(reduced(each.masked(slice(None)), chosen.reduction)).numpy()

    seen, unseen = features(samples), features(held_out)
    mean, scale = seen.mean(0), seen.std(0) + 1e-6
    centres = [((seen - mean) / scale)[samples.label.numpy() == label].mean(0) for label in (0, 1)]
    distances = [np.linalg.norm((unseen - mean) / scale - centre, axis=1) for centre in centres]
    right = (distances[1] < distances[0]) == (held_out.label.numpy() == 1)
    assert right.mean() > 0.9
    assert encoder.features == make_encoder("narrow").features
