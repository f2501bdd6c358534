"""A bundle is used only when every byte and every field of it is what it says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import hash_files, load_bundle, resources_folder, sha256_of
from OsteoScreenLib.errors import BundleError
from Testing.band_bundle import band_index, write_band_bundle

CLASSIFICATION = {
    "graph": "classification.onnx",
    "operating_point": {
        "rule_out": 0.2,
        "rule_in": 0.6,
        "sensitivity_at_rule_out": 0.9,
        "specificity_at_rule_out": 0.5,
        "sensitivity_at_rule_in": 0.5,
        "specificity_at_rule_in": 0.9,
        "prevalence": 0.3,
        "subjects": 100,
        "population": "simulated subjects",
    },
    "cutout": [256, 96],
}


def rewrite(folder: Path, change: Any) -> None:
    """Apply ``change`` to the content of bundle.json."""
    index = json.loads((folder / "bundle.json").read_text())
    change(index)
    (folder / "bundle.json").write_text(json.dumps(index))


def message(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_sound_bundle_loads_with_every_field(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    bundle = load_bundle(folder)
    assert (bundle.name, bundle.version, bundle.limits) == ("bands", "0.0.1", ("knows only brightness bands",))
    assert bundle.segmentation.graph == folder / "segmentation.onnx"
    assert bundle.segmentation.threshold(Bone.ULNA) == 0.5
    assert len(bundle.segmentation.threshold_values) == len(BONES)
    assert bundle.classification is None
    assert bundle.identity.sha256 == hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest()


def test_operating_point_and_free_classifier_fields_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "classification.onnx").write_bytes(b"graph")
    write_band_bundle(folder, classification=CLASSIFICATION)
    model = load_bundle(folder).classification
    assert model is not None
    assert (model.operating_point.rule_out, model.operating_point.subjects) == (0.2, 100)
    assert model.settings["cutout"] == [256, 96]


def test_hash_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "a.bin") == wanted
    assert hash_files(tmp_path, ["a.bin"]) == {"a.bin": wanted}


def test_one_changed_byte_is_found(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    graph = folder / "segmentation.onnx"
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(bytes(content))
    text = message(folder)
    assert "segmentation.onnx" in text
    assert "SHA-256" in text


def test_a_missing_graph_is_named(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    (folder / "segmentation.onnx").unlink()
    assert "segmentation.onnx: listed in bundle.json but missing" in message(folder)


@pytest.mark.parametrize("name", ["extra.onnx", "segmentation.onnx.data", "deeper/extra.bin"])
def test_a_file_that_nobody_vouches_for_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    assert f"{name}: is not listed in bundle.json" in message(folder)


def test_documents_need_no_hash(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    (folder / "MODEL_CARD.md").write_text("who, why, what, where, when")
    assert load_bundle(folder).name == "bands"


def test_missing_folder_and_missing_index_are_told_apart(tmp_path: Path) -> None:
    assert "folder not found" in message(tmp_path / "nowhere")
    assert "bundle.json: file not found" in message(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b'"text"', b"[" * 100_000])
def test_an_index_that_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundle.json").write_bytes(content)
    assert "JSON" in message(tmp_path)


def test_another_schema_version_names_both(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle", schema_version=2)
    assert "field 'schema_version' is 2, this OsteoScreen reads 1" in message(folder)


@pytest.mark.parametrize("name", ["../outside.onnx", "/etc/passwd", "a\\b.onnx", "deeper/a.onnx", ".hidden", "c:graph.onnx", ""])
def test_file_names_cannot_lead_out_of_the_bundle(tmp_path: Path, name: str) -> None:
    folder = write_band_bundle(tmp_path / "bundle", files={name: "0" * 64})
    assert "not a plain file name" in message(folder)


def test_a_graph_cannot_lead_out_of_the_bundle(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    rewrite(folder, lambda index: index["segmentation"].update(graph="../segmentation.onnx"))
    assert "'segmentation.graph'" in message(folder)


@pytest.mark.parametrize("field", sorted(set(band_index()) - {"quality"}))
def test_every_required_field_is_missed(tmp_path: Path, field: str) -> None:
    folder = write_band_bundle(tmp_path / "bundle")
    rewrite(folder, lambda index: index.pop(field))
    assert f"field '{field}' is missing" in message(folder)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", 3),
        ("version", " "),
        ("limits", "none"),
        ("segmentation", []),
        ("segmentation.input_size", "512"),
        ("segmentation.input_size", True),
        ("segmentation.input_size", 10**9),
        ("segmentation.experts", 0),
        ("segmentation.bones", ["ulna", "radius"]),
        ("segmentation.thresholds.radius.probability", 1.5),
        ("segmentation.thresholds.radius.probability", 10**400),
        ("segmentation.thresholds.metacarpal_5", None),
        ("segmentation.second_look.margin", -1),
        ("files.segmentation.onnx", "beef"),
        ("quality.max_disagreement", "high"),
        ("quality.unheard_of", 1),
    ],
)
def test_a_wrong_value_is_named_with_its_field(tmp_path: Path, path: str, value: Any) -> None:
    folder = write_band_bundle(tmp_path / "bundle")

    def change(index: dict[str, Any]) -> None:
        *sections, key = ["files", "segmentation.onnx"] if path.startswith("files.") else path.split(".")
        for section in sections:
            index = index[section]
        index[key] = value

    rewrite(folder, change)
    assert f"field '{path}" in message(folder)


def test_thresholds_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "classification.onnx").write_bytes(b"graph")
    point = {**CLASSIFICATION["operating_point"], "rule_out": 0.7}  # type: ignore[dict-item]
    write_band_bundle(folder, classification={**CLASSIFICATION, "operating_point": point})
    assert "rule_out' is 0.7, above rule_in 0.6" in message(folder)


def test_quality_thresholds_may_be_set_by_the_bundle(tmp_path: Path) -> None:
    folder = write_band_bundle(tmp_path / "bundle", quality={"max_disagreement": 0.4, "min_bone_px": 12})
    limits = load_bundle(folder).quality
    assert (limits.max_disagreement, limits.min_bone_px) == (0.4, 12)


def test_resources_are_found_from_a_checkout() -> None:
    assert (resources_folder() / "Models").is_dir()
