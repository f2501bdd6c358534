"""From a training run to a bundle that loads, and back to the weights it came from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.archive.rows import COLUMNS
from OsteoScreenLib.archive.table import write_table
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.errors import BundleError
from training.bundle import TOLERANCE, assemble, main, verify
from training.limits import OF_SIMULATED_SUBJECTS
from training.segmentation.export import GRAPH_NAME, deployed
from training.segmentation.settings import SegmentationSettings, Stage
from training.segmentation.thresholds import CANDIDATES
from training.segmentation.train import train

SETTINGS = SegmentationSettings(
    seed=5,
    stages=(Stage(size=128, batch=2, steps=2, rate=1e-3, final_rate=1e-4),),
    validation_films=1,
    workers=0,
    samples=1,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(SETTINGS, folder, resume=False, quiet=True)
    return folder


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    assemble(run, None, folder, name="tiny", films=14, first_look=128, closer=192)
    return load_bundle(folder)


def test_assembled_bundle_says_what_it_is(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / "bundle.json").read_text())
    assert bundle.name == content["name"] == "tiny"
    assert content["segmentation"]["input_size"] == 128
    assert content["segmentation"]["second_look"]["input_size"] == 192
    assert content["training"]["steps"] == 2
    assert content["training"]["films"] == 4
    assert SegmentationSettings.model_validate(content["training"]["settings"]) == SETTINGS
    assert "Simulated films only: 4" in content["training_data"]
    assert "Not a medical device" in content["intended_use"]
    assert content["limits"]
    assert "classification" not in content
    assert bundle.model_card is not None
    assert bundle.model_card.headline == "Outlines trained on simulated films. There is no score."
    assert OF_SIMULATED_SUBJECTS not in content["limits"]


def test_thresholds_come_with_the_films_they_were_chosen_on(bundle: Bundle) -> None:
    thresholds = json.loads((bundle.folder / "bundle.json").read_text())["segmentation"]["thresholds"]
    assert list(thresholds) == [bone.value for bone in BONES]
    for chosen in thresholds.values():
        assert np.abs(CANDIDATES - chosen["probability"]).min() < 1e-9
        assert 1 <= chosen["films"] <= 14
        assert 0 <= chosen["dice"] <= 1


def test_graph_of_the_bundle_holds_the_run_s_averaged_weights(run: Path, bundle: Bundle) -> None:
    assert verify(deployed(run), bundle.folder / GRAPH_NAME) < TOLERANCE
    assert verify(deployed(None), bundle.folder / GRAPH_NAME) > TOLERANCE


def test_a_changed_byte_of_the_graph_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle.folder, tmp_path / "copy"))
    assert load_bundle(copy).sha256 == bundle.sha256
    graph = bytearray((copy / GRAPH_NAME).read_bytes())
    graph[len(graph) // 2] ^= 1
    (copy / GRAPH_NAME).write_bytes(graph)
    with pytest.raises(BundleError, match=GRAPH_NAME):
        load_bundle(copy)


def test_assembling_again_gives_the_same_graph_and_thresholds(run: Path, bundle: Bundle, tmp_path: Path) -> None:
    assemble(run, None, tmp_path / "again", name="tiny", films=14, first_look=128, closer=192)
    first, again = (json.loads((folder / "bundle.json").read_text()) for folder in (bundle.folder, tmp_path / "again"))
    assert again["files"] == first["files"]
    assert again["segmentation"] == first["segmentation"]


def test_folders_that_hold_no_run_are_refused_before_anything_is_written(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--segmentation", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'none' / 'settings.json'}: no file is here. ")
    assert main(["--segmentation", str(run), "--classification", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'classification.json'}: no file is here. ")
    assert not (tmp_path / "out").exists()


def classifier_folder(folder: Path, words: str) -> Path:
    """The shipped classifier as a run of training.classification leaves it, trained on ``words``."""
    shipped = load_bundle()
    section = json.loads((shipped.folder / "bundle.json").read_text())["classification"]
    folder.mkdir()
    shutil.copyfile(shipped.folder / section["graph"], folder / section["graph"])
    (folder / "classification.json").write_text(json.dumps({**section, "training_data": words}))
    return folder


def test_a_new_classifier_leaves_the_outlines_as_they_are(bundle: Bundle, tmp_path: Path) -> None:
    first, second = (classifier_folder(tmp_path / name, f"Simulated films of {name} subjects.") for name in ("seven", "eight"))
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert main(["--outlines", str(bundle.folder), "--classification", str(first), "--out", str(once)]) == 0
    assert main(["--outlines", str(once), "--classification", str(second), "--out", str(twice), "--note", "newer"]) == 0
    made = load_bundle(twice)
    assert made.classification is not None
    assert made.training_data == f"{bundle.training_data} Classifier: Simulated films of eight subjects."
    assert made.training["note"] == "newer"
    assert made.segmentation.thresholds == bundle.segmentation.thresholds
    assert (twice / GRAPH_NAME).read_bytes() == (bundle.folder / GRAPH_NAME).read_bytes()


def test_a_bundle_is_not_written_over_the_one_its_outlines_come_from(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = classifier_folder(tmp_path / "classifier", "Simulated films.")
    before = (bundle.folder / "bundle.json").read_bytes()
    assert main(["--outlines", str(bundle.folder), "--classification", str(folder), "--out", str(bundle.folder)]) == 2
    assert "another folder" in capsys.readouterr().err
    assert (bundle.folder / "bundle.json").read_bytes() == before


def archive_table(folder: Path, films: int) -> Path:
    """The table of an archive whose film n of N has the probability n / N and a cortical index of .3 above it."""
    folder.mkdir()
    empty = dict.fromkeys(COLUMNS)
    rows = [
        {**empty, "film": f"{n:03}.dcm", "state": "indeterminate", "probability": n / films, "mean_mci": 0.3 + n / films / 2}
        for n in range(films)
    ]
    return write_table(rows, folder, "csv")


def test_reference_stays_with_its_classifier(bundle: Bundle, tmp_path: Path) -> None:
    first, second = (classifier_folder(tmp_path / name, f"Simulated films of {name} subjects.") for name in ("seven", "eight"))
    once, again, other = tmp_path / "once", tmp_path / "again", tmp_path / "other"
    table = ["--reference", str(archive_table(tmp_path / "table", 101))]
    assert main(["--outlines", str(bundle.folder), "--classification", str(first), "--out", str(once), *table]) == 0
    made = load_bundle(once).reference
    assert made is not None
    assert (made["films"], made["kind"], made["states"]["indeterminate"]) == (101, "simulated films", 1.0)
    assert made["quantiles"]["probability"][5] == pytest.approx(50 / 101)
    assert main(["--outlines", str(once), "--out", str(again), "--note", "same classifier"]) == 0
    assert load_bundle(again).reference == made
    assert main(["--outlines", str(once), "--classification", str(second), "--out", str(other)]) == 0
    assert load_bundle(other).reference is None


def test_table_of_too_few_films_is_no_reference(bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, table = classifier_folder(tmp_path / "seven", "Simulated films."), archive_table(tmp_path / "table", 5)
    arguments = ["--outlines", str(bundle.folder), "--classification", str(folder), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--reference", str(table)]) == 2
    assert "has 5 films with a result" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
