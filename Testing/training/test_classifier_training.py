"""Heads find what features hold, a classifier is exported as torch has it, and a run ends in files that a bundle can use."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.classification.frames import CUT_COLUMNS, CUT_ROWS
from OsteoScreenLib.classification.settings import read_settings
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.segmentation.engine import OpenVinoEngine
from Testing.band_bundle import write_band_bundle
from Testing.training.striped_cohort import striped_cohort
from Testing.training.striped_samples import striped
from training.classification.classifier import BoneClassifier
from training.classification.export import export_graph
from training.classification.familiarity import familiarity_section, film_distances, fit_familiarity
from training.classification.heads import Features, encode, fit_heads, head_probabilities
from training.classification.run import Pretrained, Settings, classify
from training.classification.supervised import SupervisedSettings, train_supervised
from training.evaluation.statistics import auc, subject_probability
from training.selfsupervision.encoders import make_encoder


def quiet(line: str) -> None:
    del line


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def untrained(channels: int = 2) -> BoneClassifier:
    torch.manual_seed(0)
    return BoneClassifier.fresh("compact", channels, 2).eval()


def test_linear_heads_find_what_frozen_features_hold() -> None:
    model = untrained()  # random features of a border's thickness are enough for a linear head
    before = weights(model.encoder).clone()
    model.heads, strength = fit_heads(encode(model, striped(64, 0)), 2)
    held_out = encode(model, striped(32, 2))
    truth = held_out.label[::2]
    assert auc(truth, subject_probability(head_probabilities(model.heads, held_out), held_out.subject, len(truth))) > 0.95
    assert torch.equal(before, weights(model.encoder))
    assert strength > 0


@pytest.mark.parametrize("start", ["scratch", "pretrained"])
def test_supervised_training_learns_and_a_resumed_one_ends_as_the_unbroken_one(start: str, tmp_path: Path) -> None:
    samples = striped(32)
    settings = SupervisedSettings(epochs=3, batch=16, rate=3e-3)
    trained = train_supervised(samples, untrained(), settings, tmp_path / f"{start}.safetensors", report=quiet)
    again = train_supervised(samples, untrained(), settings, tmp_path / f"{start}.safetensors", resume=True, report=quiet)
    assert torch.equal(weights(trained), weights(again))
    assert float((weights(trained) - weights(untrained())).abs().max()) > 1e-3


def test_features_of_other_bones_are_farther_than_those_of_training_films() -> None:
    rng = np.random.default_rng(0)
    spread = rng.normal(size=(6, 6))

    def draw(films: int, shift: float = 0.0) -> Features:
        bone = np.tile(np.arange(2), films)
        values = rng.normal(size=(2 * films, 6)) @ spread + 5.0 * bone[:, None] + shift
        return Features(values.astype(np.float32), bone, np.repeat(np.arange(films), 2), np.zeros(2 * films))

    familiarity = fit_familiarity(draw(400), 2)
    like, unlike = film_distances(familiarity, draw(300)), film_distances(familiarity, draw(50, shift=6.0))
    assert like.mean() == pytest.approx(1.0, abs=0.15)
    limit = familiarity_section(like)
    assert limit["films"] == 300
    assert np.mean(like <= limit["threshold"]) == pytest.approx(0.99, abs=0.005)
    assert np.mean(unlike > limit["threshold"]) > 0.95


def test_the_exported_graph_says_what_torch_says(tmp_path: Path) -> None:
    model = untrained(len(BONES))
    torch.nn.init.normal_(model.heads.weight, std=0.05)
    model.train()(torch.rand(8, 1, 64, 48), torch.zeros(8, dtype=torch.int64))  # running statistics that are not the default
    model.eval()
    graph = export_graph(model, tmp_path / "classification.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["classification.onnx"]
    assert b".py" not in graph.read_bytes()  # no trace of the exporting machine's folders
    assert graph.stat().st_size < 2.2 * sum(parameter.numel() for parameter in model.state_dict().values()) + 200_000
    engine = OpenVinoEngine(threads=1)
    for batch in (1, 5):
        cutouts = torch.rand(batch, 1, CUT_ROWS, CUT_COLUMNS) * (torch.rand(batch, 1, 1, 1) + 0.2)
        bone = torch.arange(batch) % len(BONES)
        with torch.no_grad():
            wanted = model(cutouts, bone)
        outputs = engine.run(graph, {"cutouts": cutouts.numpy(), "bone": bone.numpy()})
        for name, tensor in zip(("logit", "features", "distance"), wanted, strict=True):
            np.testing.assert_allclose(outputs[name], tensor.numpy(), atol=2e-3)


def encoder() -> Pretrained:
    torch.manual_seed(0)
    return Pretrained(make_encoder("compact"), "nothing")


def test_a_run_ends_in_files_that_a_bundle_can_use(tmp_path: Path) -> None:
    train, other = striped_cohort(tmp_path / "train", 45, 0, name="a"), striped_cohort(tmp_path / "other", 60, 1, name="b")
    path = classify(train, other, encoder(), Settings(), tmp_path, tmp_path / "out", report=quiet)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["operating_point"]["population"].startswith("simulated films of 30 test subjects")
    assert content["training_data"].startswith("Simulated films only: subjects 45 for training, 30 for calibration")
    assert content["results"]["auc"]["classifier"][0] > 0.9
    assert set(content["results"]["auc"]) >= {"cortical index, measured", "age", "age and sex"}
    assert content["cortical_index"]["rule_in"] <= content["cortical_index"]["rule_out"]
    (tmp_path / "bundle").mkdir()
    shutil.copy(tmp_path / "out" / "classification.onnx", tmp_path / "bundle")
    settings = read_settings(load_bundle(write_band_bundle(tmp_path / "bundle", classification=content)))
    assert settings.millimetres
    assert settings.familiarity is not None
    assert settings.familiarity.films == 30


def test_a_score_that_tells_nothing_is_not_exported(tmp_path: Path) -> None:
    train = striped_cohort(tmp_path / "train", 45, 0, name="a")
    other = striped_cohort(tmp_path / "other", 60, 1, name="b", flipped=True)
    with pytest.raises(UsageError, match="of no use"):
        classify(train, other, encoder(), Settings(), tmp_path, tmp_path / "out", report=quiet)
    assert not (tmp_path / "out").exists()
