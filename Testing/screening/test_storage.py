"""A result survives its folder of plain files, and damage is told in one line."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.screening.storage import load_result, save_result
from OsteoScreenLib.screening.storage_uncertainty import STEPS_PER_BIT
from Testing.screening_results import MISSING_BONE, REJECTED, make_screening_result, without_hypotheses

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "result.schema.json").read_text(encoding="utf-8"))

OLD_LEVEL_KEYS = {
    *("bone", "level", "outer_width_px", "medullary_width_px", "mci", "pca", "outer_width_mm", "medullary_width_mm"),
    *("profile", "medullary", "profiles", "accepted"),
}
"""What version 0.1 wrote of a level."""


@pytest.fixture
def saved(tmp_path):
    result, _ = make_screening_result()
    save_result(result, tmp_path)
    return result, tmp_path


def _document(folder):
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_everything_but_the_arrays_comes_back_exactly(saved):
    result, folder = saved
    loaded = load_result(folder)
    assert replace(loaded, segmentation=result.segmentation) == result
    assert loaded.segmentation.bones == result.segmentation.bones
    assert REJECTED in loaded.radiogrammetry.rejected


def test_masks_come_back_exactly_overlaps_included(saved):
    result, folder = saved
    masks = load_result(folder).segmentation.masks
    assert (result.segmentation.masks.sum(axis=0) > 1).any()
    assert masks.dtype == bool
    np.testing.assert_array_equal(masks, result.segmentation.masks)
    assert not masks[MISSING_BONE.channel].any()


def test_uncertainty_comes_back_to_the_nearest_step(saved):
    result, folder = saved
    before, after = result.segmentation.uncertainty, load_result(folder).segmentation.uncertainty
    for name, steps in (("between", 0.5), ("within", 0.5), ("total", 1.0)):
        values = getattr(after, name)
        assert values.dtype == np.float32
        assert np.abs(values - getattr(before, name)).max() <= steps / STEPS_PER_BIT
    assert before.total.max() > 0.5
    np.testing.assert_array_equal(after.total, after.between + after.within)


def test_hypotheses_come_back_as_8_bit_levels(saved):
    result, folder = saved
    before, after = result.segmentation.hypotheses, load_result(folder).segmentation.hypotheses
    assert np.abs(after.probabilities - before.probabilities).max() <= 0.5 / 255 + 1e-6
    np.testing.assert_array_equal(after.weights, before.weights)
    np.testing.assert_array_equal(after.experts, before.experts)
    np.testing.assert_array_equal(after.mapping.matrix, before.mapping.matrix)
    np.testing.assert_array_equal(after.mapping.offset, before.mapping.offset)
    assert (after.mapping.grid_shape, after.mapping.film_shape) == (before.mapping.grid_shape, before.mapping.film_shape)


def test_a_second_save_of_a_loaded_result_changes_nothing(saved, tmp_path_factory):
    _, folder = saved
    again = tmp_path_factory.mktemp("again")
    save_result(load_result(folder), again)
    assert _document(again) == _document(folder)
    first, second = load_result(folder).segmentation, load_result(again).segmentation
    np.testing.assert_array_equal(first.hypotheses.probabilities, second.hypotheses.probabilities)
    np.testing.assert_array_equal(first.uncertainty.total, second.uncertainty.total)


def test_who_drew_an_outline_and_which_were_renamed_comes_back(tmp_path):
    result, _ = make_screening_result()
    segmentation = result.segmentation
    bones = tuple(replace(each, drawn=each.bone is Bone.ULNA) for each in segmentation.bones)
    marked = replace(segmentation, bones=bones, renamed=(Bone.RADIUS, Bone.ULNA))
    save_result(replace(result, segmentation=marked), tmp_path)
    loaded = load_result(tmp_path).segmentation
    assert (loaded.bones, loaded.renamed) == (bones, (Bone.RADIUS, Bone.ULNA))
    jsonschema.validate(_document(tmp_path), SCHEMA)


def test_a_result_without_hypotheses_has_no_file_of_them(tmp_path):
    result, _ = make_screening_result()
    save_result(without_hypotheses(result), tmp_path)
    assert not (tmp_path / "hypotheses.nrrd").exists()
    assert load_result(tmp_path).segmentation.hypotheses is None
    jsonschema.validate(_document(tmp_path), SCHEMA)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("spacing", [Spacing(), Spacing(0.1, 0.2, SpacingProvenance.USER)])
def test_saved_results_follow_the_published_schema(tmp_path, state, spacing):
    result, _ = make_screening_result(state=state, spacing=spacing, laterality=Laterality.UNKNOWN)
    save_result(result, tmp_path)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(_document(tmp_path), SCHEMA)


@pytest.mark.parametrize("key", ["film", "score", "segmentation", "radiogrammetry", "schema_version"])
def test_the_schema_refuses_a_document_without_a_key(saved, key):
    _, folder = saved
    document = _document(folder)
    del document[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_the_document_says_what_the_command_line_promises(saved):
    result, folder = saved
    document = _document(folder)
    assert set(document["segmentation"]) == {bone.value for bone in BONES}
    radius = document["segmentation"]["radius"]
    assert radius["area_px"] == result.segmentation.masks[0].sum()
    assert radius["area_mm2"] == pytest.approx(radius["area_px"] * 0.14 * 0.15)
    assert (folder / radius["file"]).is_file()
    first = document["radiogrammetry"][0]
    assert first["mci"] == pytest.approx((first["outer_width_px"] - first["medullary_width_px"]) / first["outer_width_px"])
    assert [list(point) for point in result.radiogrammetry.levels[0].profile] == first["profile"]
    assert document["score"]["state"] == "indeterminate"
    assert "not a medical device" in document["notice"].lower()


def test_indices_of_a_level_are_written_beside_its_widths(saved):
    result, folder = saved
    document = _document(folder)
    width, cavity, length = (document["radiogrammetry"][0][key] for key in ("outer_width_mm", "medullary_width_mm", "length_mm"))
    first = document["radiogrammetry"][0]
    assert first["thickness_mm"] == pytest.approx((width - cavity) / 2)
    assert first["cortical_area_mm2"] == pytest.approx(np.pi / 4 * (width**2 - cavity**2))
    assert first["exton_smith"] == pytest.approx(first["cortical_area_mm2"] / (width * length))
    assert first["quality"]["trust"] == "good"
    assert first["set_aside"] == [{"reason": "the film is clipped there", "count": 1}]
    assert document["radiogrammetry_radius"][0]["combined_thickness_mm"] == pytest.approx(5.25)
    summary = document["radiogrammetry_summary"]
    assert summary["second_metacarpal_index"] == pytest.approx(0.5)
    assert summary["bone_health_index"] == pytest.approx(result.radiogrammetry.bone_health_index)


def test_a_document_of_before_the_indices_is_read_and_gains_them(saved):
    result, folder = saved
    document = _document(folder)
    for level in document["radiogrammetry"]:
        for key in set(level) - OLD_LEVEL_KEYS:
            del level[key]
    for key in ("radiogrammetry_radius", "radiogrammetry_radius_rejected"):
        del document[key]
    for rejected in document["radiogrammetry_rejected"]:
        del rejected["set_aside"]
    jsonschema.validate(document, SCHEMA)
    (folder / "result.json").write_text(json.dumps(document), encoding="utf-8")
    old = load_result(folder).radiogrammetry
    assert old.bone_health_index == pytest.approx(result.radiogrammetry.bone_health_index)
    assert old.levels[0].exton_smith == pytest.approx(result.radiogrammetry.levels[0].exton_smith)
    assert old.levels[0].quality is None
    assert old.radius == ()


def test_no_millimetres_without_a_trusted_spacing(tmp_path):
    result, _ = make_screening_result(spacing=Spacing(0.1, 0.1))
    save_result(result, tmp_path)
    document = _document(tmp_path)
    assert document["segmentation"]["radius"]["area_mm2"] is None
    for level in document["radiogrammetry"]:
        assert all(value is None for key, value in level.items() if "_mm" in key)
        assert level["exton_smith"] > 0
        assert level["bone_health_index"] is None
    assert document["radiogrammetry_radius"] == []


def test_a_number_that_is_not_finite_is_refused_with_its_place(tmp_path):
    result, _ = make_screening_result()
    bad = replace(result, radiogrammetry=replace(result.radiogrammetry, mean_mci=float("nan")))
    with pytest.raises(OutputError, match=r"radiogrammetry_summary\.mean_mci"):
        save_result(bad, tmp_path)
    assert list(tmp_path.iterdir()) == []


def _cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _rewrite(folder, **changes):
    (folder / "result.json").write_text(json.dumps({**_document(folder), **changes}), encoding="utf-8")


@pytest.mark.parametrize("file", ["segmentation.seg.nrrd", "uncertainty.nrrd", "hypotheses.nrrd", "result.json"])
@pytest.mark.parametrize("damage", [_cut, Path.unlink], ids=["cut", "missing"])
def test_a_damaged_file_is_named_in_one_line(saved, file, damage):
    _, folder = saved
    damage(folder / file)
    with pytest.raises(OutputError) as caught:
        load_result(folder)
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": 99}, "99"),
        ({"format": "other"}, "no OsteoScreen result"),
        ({"score": {}}, "does not follow the schema"),
        ({"film": None}, "does not follow the schema"),
        ({"quality": [{"code": "x", "severity": "dire", "text": "y"}]}, "dire"),
    ],
)
def test_a_wrong_document_is_told_in_one_line(saved, changes, said):
    _, folder = saved
    _rewrite(folder, **changes)
    with pytest.raises(OutputError, match=said) as caught:
        load_result(folder)
    assert "\n" not in str(caught.value)


def test_files_of_another_film_are_refused(saved, tmp_path_factory):
    _, folder = saved
    other = tmp_path_factory.mktemp("other")
    save_result(make_screening_result((120, 100))[0], other)
    for file in ("segmentation.seg.nrrd", "uncertainty.nrrd"):
        mine = (folder / file).read_bytes()
        (folder / file).write_bytes((other / file).read_bytes())
        with pytest.raises(OutputError, match=file.replace(".", r"\.")):
            load_result(folder)
        (folder / file).write_bytes(mine)
    assert load_result(folder).film.shape == (200, 160)
