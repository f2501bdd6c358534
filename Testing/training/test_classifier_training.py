"""Training changes weights, resumes as if it had never stopped, and its graph says the same on the inference engine."""

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
from OsteoScreenLib.classification.reading import read_bones
from OsteoScreenLib.classification.scoring import score_bones
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.segmentation.engine import OpenVinoEngine
from Testing.band_bundle import write_band_bundle
from training.classification.cohort_store import Split, cast_split, load_split
from training.classification.encoder import BoneClassifier, Encoder
from training.classification.export import export_graph
from training.classification.films import as_radiograph, as_segmentation, cast_case, drawn_outlines
from training.classification.heads import bone_probabilities, fit_heads
from training.classification.loop import Plan
from training.classification.pretraining import pretrain
from training.classification.run import Settings, run
from training.classification.supervised import train_supervised
from training.cohort.samples import BoneSamples
from training.evaluation.statistics import auc, subject_probability
from training.simulation.cohort import SCREENING
from training.simulation.film import cast_film


def quiet(line: str) -> None:
    del line


def striped(count: int = 48, seed: int = 0) -> BoneSamples:
    """Bones with a thick or a thin bright border; the label says which."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) // 2 % 2
    pixels = rng.normal(0.4, 0.05, (count, CUT_ROWS, CUT_COLUMNS)).astype(np.float32)
    masks = np.zeros(pixels.shape, bool)
    masks[:, 10:182, 24:56] = True
    for row, thin in enumerate(label):
        thick = 3 if thin else 9
        pixels[row, :, 24 : 24 + thick] += 0.5
        pixels[row, :, 56 - thick : 56] += 0.5
    return BoneSamples(
        torch.from_numpy(pixels).half(),
        torch.from_numpy(masks),
        torch.arange(count) % 2,
        torch.arange(count) // 2,
        torch.from_numpy(label.astype(np.float32)),
    )


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


@pytest.mark.parametrize("train", [pretrain, train_supervised])
def test_one_step_changes_the_weights_and_a_resumed_run_ends_as_the_unbroken_one(train, tmp_path: Path) -> None:
    samples = striped(16)
    whole = train(samples, Plan(2, 16), tmp_path / "whole.safetensors", report=quiet)

    class Stopped(Exception):
        pass

    def stop(line: str) -> None:
        raise Stopped(line)

    with pytest.raises(Stopped, match="epoch 1/2"):
        train(samples, Plan(2, 16), tmp_path / "broken.safetensors", report=stop)
    resumed = train(samples, Plan(2, 16), tmp_path / "broken.safetensors", resume=True, report=quiet)
    torch.manual_seed(0)
    fresh = type(whole)()
    assert float((weights(whole) - weights(fresh)).abs().max()) > 1e-4
    assert torch.equal(weights(whole), weights(resumed))
    for one, other in zip(whole.buffers(), resumed.buffers(), strict=True):
        assert torch.equal(one, other)


def test_linear_heads_find_what_frozen_features_hold() -> None:
    torch.manual_seed(0)
    encoder = Encoder().eval()  # random features of a border's thickness are enough for a linear head
    before = weights(encoder).clone()
    heads, strength = fit_heads(encoder, striped(64, 0), striped(32, 1))
    held_out = striped(32, 2)
    probability = bone_probabilities(BoneClassifier(encoder, heads), held_out)
    truth = held_out.label.numpy()[::2]
    assert auc(truth, subject_probability(probability, held_out.subject.numpy(), len(truth))) > 0.95
    assert torch.equal(before, weights(encoder))
    assert strength > 0


def test_the_exported_graph_says_what_torch_says(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = BoneClassifier()
    torch.nn.init.normal_(model.heads.weight)
    model.train()(torch.rand(8, 1, 64, 48), torch.zeros(8, dtype=torch.int64))  # running statistics that are not the default
    model.eval()
    graph = export_graph(model, tmp_path / "classification.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["classification.onnx"]
    assert b".py" not in graph.read_bytes()  # no trace of the exporting machine's folders
    engine = OpenVinoEngine(threads=1)
    for batch in (1, 5):
        cutouts = torch.rand(batch, 1, CUT_ROWS, CUT_COLUMNS) * (torch.rand(batch, 1, 1, 1) + 0.2)
        bone = torch.arange(batch) % len(BONES)
        with torch.no_grad():
            logit, features = model(cutouts, bone)
        outputs = engine.run(graph, {"cutouts": cutouts.numpy(), "bone": bone.numpy()})
        np.testing.assert_allclose(outputs["logit"], logit.numpy(), atol=1e-4)
        np.testing.assert_allclose(outputs["features"], features.numpy(), atol=1e-4)


def test_equal_seeds_give_equal_cases_and_outlines_are_near_the_truth() -> None:
    one, again, other = (cast_case((0, 1, index), SCREENING) for index in (4, 4, 5))
    assert np.array_equal(one.pixels, again.pixels)
    assert np.array_equal(one.masks, again.masks)
    assert one.subject == again.subject
    assert one.subject != other.subject
    film = cast_film(3, (448, 448), kind="close")
    drawn = drawn_outlines(film.masks, film.pixels_per_mm, np.random.default_rng(0))
    for bone in BONES:
        both = int((drawn[bone.channel] & film.masks[bone.channel]).sum())
        either = int((drawn[bone.channel] | film.masks[bone.channel]).sum())
        assert 0.7 < both / either < 1.0, bone


def test_a_stopped_cohort_goes_on_and_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.classification.cohort_store.SHARD", 2)
    seen: list[int] = []
    cast_split(tmp_path, "validation", 2, 0, seen.append)
    first = (tmp_path / "validation-0-000.npz").stat().st_mtime_ns
    cast_split(tmp_path, "validation", 3, 0, seen.append)
    assert seen == [2, 2, 3]
    assert (tmp_path / "validation-0-000.npz").stat().st_mtime_ns == first
    split = load_split(tmp_path, "validation", 3, 0)
    case = cast_case((0, 1, 2), SCREENING)
    assert isinstance(split, Split)
    assert np.array_equal(split.pixels[2], case.pixels)
    assert np.array_equal(split.masks[2], case.masks)
    assert split.t_score[2] == case.subject.t_score
    assert bool(split.osteoporotic[2]) == case.subject.osteoporotic


def store_striped_cohort(folder: Path, settings: Settings, flipped: bool = False) -> None:
    """Shards of striped bones where the cast ones would lie; ``flipped`` turns the labels of the validation subjects round."""
    folder.mkdir(parents=True)
    for number, split in enumerate(("train", "validation", "test")):
        count = settings.subjects(split)
        samples = striped(count * 2, number)
        label = samples.label.numpy()[::2]
        shape = (count, len(BONES), CUT_ROWS, CUT_COLUMNS)
        pixels, masks, found = np.zeros(shape, np.float16), np.zeros(shape, bool), np.zeros(shape[:2], bool)
        pixels[:, :2] = samples.pixels.numpy().reshape(count, 2, CUT_ROWS, CUT_COLUMNS)
        masks[:, :2] = samples.masks.numpy().reshape(count, 2, CUT_ROWS, CUT_COLUMNS)
        found[:, :2] = True
        t_score = np.where(label > 0, -3.0, -1.0)
        if flipped and split == "validation":
            t_score = -4.0 - t_score
        values = dict.fromkeys(("cortical_index", "trabecular_fill", "cortical_density", "measured_index"), t_score * 0.1 + 0.7)
        np.savez(
            folder / f"{split}-0-000.npz",
            pixels=pixels,
            masks=np.packbits(masks, axis=-1),
            found=found,
            woman=np.arange(count) % 3 > 0,
            age_years=np.linspace(50, 90, count),
            t_score=t_score,
            **values,
        )


def test_a_run_ends_in_files_that_a_bundle_can_use(tmp_path: Path) -> None:
    settings = Settings(train=24, validation=20, test=16, pretraining_epochs=1, supervised_epochs=1, batch=16)
    store_striped_cohort(tmp_path / "run" / "cohort", settings)
    fragment = run(tmp_path / "run", tmp_path / "out", settings, report=quiet)
    content = json.loads(fragment.read_text(encoding="utf-8"))
    assert content["operating_point"]["population"].startswith("simulated films")
    assert "Simulated films only" in content["training_data"]
    assert content["results"]["test_subjects"] == 16
    assert content["results"]["auc"]["simclr"][0] > 0.9
    assert set(content["results"]["auc"]) >= {"supervised", "cortical index, measured", "age", "age and sex"}
    assert content["cortical_index"]["rule_in"] <= content["cortical_index"]["rule_out"]
    graph = tmp_path / "out" / "classification.onnx"
    (tmp_path / "bundle").mkdir()
    shutil.copy(graph, tmp_path / "bundle")
    bundle = load_bundle(write_band_bundle(tmp_path / "bundle", classification=content))
    film = cast_film(11, (448, 448), kind="close")
    nothing_measured = Radiogrammetry((), (), (), None)
    segmentation = as_segmentation(film.masks)
    found = read_bones(as_radiograph(film), segmentation, bundle, OpenVinoEngine(threads=1))
    score = score_bones(found, segmentation, nothing_measured, (), bundle)
    assert score.state is not State.NOT_ANALYSABLE
    assert score.probability is not None
    run(tmp_path / "run", tmp_path / "again", settings, resume=True, report=quiet)  # nothing is trained anew
    assert json.loads((tmp_path / "again" / "classification.json").read_text(encoding="utf-8")) == content


def test_a_score_that_tells_nothing_is_not_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The comparison is left untrained: it gives everybody the same probability.
    monkeypatch.setattr("training.classification.run.train_supervised", lambda *_, **__: BoneClassifier())
    settings = Settings(train=24, validation=20, test=16, pretraining_epochs=1, supervised_epochs=1, batch=16)
    store_striped_cohort(tmp_path / "run" / "cohort", settings, flipped=True)
    with pytest.raises(UsageError, match="of no use"):
        run(tmp_path / "run", tmp_path / "out", settings, report=quiet)
    assert not (tmp_path / "out").exists()
