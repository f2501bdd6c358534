"""Everything survives the scene file: it is opened again by another process with an empty scene."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.bones import BONE_CODES, BONES, RADIOGRAMMETRY_BONES
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.write import write_scene
from OsteoScreenLib.screening.storage_hypotheses import probability_levels
from OsteoScreenLib.screening.storage_uncertainty import round_maps
from Testing.screening_results import OVERLAPPING_BONES, make_screening_result

pytest.importorskip("slicer_core")
ROOT = Path(__file__).parents[2]
FILE_NAME = "händ 50% #2 (a&b <c>).dcm"
"""A name that a careless writer of files and XML stumbles over."""
FILM_NAME = "händ 50% #2 (a_b _c_)"


@dataclass
class Opened:
    result: object
    radiograph: object
    nodes: dict
    tree: dict
    red: dict
    arrays: dict


def _open(bundle):
    arrays = bundle.with_suffix(".npz")
    command = [sys.executable, str(Path(__file__).with_name("describe_scene.py")), str(bundle), str(arrays)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return {node["role"]: node for node in said["nodes"]}, said, dict(np.load(arrays))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    bundle = tmp_path_factory.mktemp("scene") / "scene.mrb"
    result, radiograph = make_screening_result()
    source = replace(radiograph.source, name=FILE_NAME)
    result, radiograph = replace(result, film=replace(result.film, source=source)), replace(radiograph, source=source)
    write_scene(result, radiograph, bundle)
    nodes, said, arrays = _open(bundle)
    assert len(nodes) == len(said["nodes"])
    return Opened(result, radiograph, nodes, said["tree"], said["red"], arrays)


def test_every_node_is_there_and_knows_its_film(scene):
    expected = {"film", "palette", "segmentation", "statement", "table.measurements", "table.bones"}
    expected |= {f"uncertainty.{name}" for name in ("total", "between", "within")}
    expected |= {"plot.chart", "plot.table", *(f"plot.series.{bone.value}" for bone in RADIOGRAMMETRY_BONES)}
    expected |= {"store.document", "store.outlines", "store.hypotheses"}
    profiles = {role for role in scene.nodes if role.startswith("profile.")}
    assert set(scene.nodes) - profiles == expected
    assert len(profiles) == 2 * len(scene.result.radiogrammetry.levels)
    assert all(node["film"] == "film" for role, node in scene.nodes.items() if role not in ("film", "palette"))


def test_the_hypotheses_go_along_hidden(scene):
    assert scene.nodes["store.hypotheses"]["hidden"]
    hypotheses = scene.result.segmentation.hypotheses
    np.testing.assert_array_equal(
        scene.arrays["store.hypotheses"].reshape(hypotheses.probabilities.shape), probability_levels(hypotheses)
    )


def test_the_film_keeps_pixels_spacing_orientation_and_window(scene):
    film = scene.nodes["film"]
    assert film["name"] == FILM_NAME
    assert film["spacing"] == pytest.approx([0.15, 0.14, 1.0])
    np.testing.assert_allclose(film["ijk_to_ras"], np.diag([-0.15, -0.14, 1, 1]))
    assert film["window"] == pytest.approx(scene.radiograph.window)
    assert not film["auto_window"]
    np.testing.assert_array_equal(scene.arrays["film"], scene.radiograph.pixels)


def test_the_seven_segments_are_coded_named_and_coloured(scene):
    segments = scene.nodes["segmentation"]["segments"]
    assert [segment["id"] for segment in segments] == [bone.value for bone in BONES]
    for segment, bone in zip(segments, BONES, strict=True):
        assert segment["name"] == bone.title
        assert segment["colour"] == pytest.approx(BONE_CODES[bone].colour)
        assert (segment["scheme"], segment["type"]) == ("SCT", BONE_CODES[bone].snomed)
        assert segment["side"] == "7771000"
        assert segment["category"] == "123037004"


def test_masks_are_equal_overlaps_included(scene):
    masks = scene.result.segmentation.masks
    for bone in BONES:
        np.testing.assert_array_equal(scene.arrays[f"segment.{bone.value}"] > 0, masks[bone.channel], err_msg=bone.value)
    layers = {segment["id"]: segment["layer"] for segment in scene.nodes["segmentation"]["segments"]}
    for first, second in OVERLAPPING_BONES:
        assert (masks[first.channel] & masks[second.channel]).any()
        assert layers[first.value] != layers[second.value]
    assert scene.nodes["segmentation"]["layers"] == 2


def test_the_segmentation_is_shown_as_outlines_on_the_films_grid(scene):
    node = scene.nodes["segmentation"]
    assert node["reference"] == "film"
    assert node["reference_size"] == [160, 200, 1]
    assert node["outline"] == 1
    assert 0 < node["fill"] < 0.3
    assert not node["visible_3d"]


@pytest.mark.parametrize("name", ["total", "between", "within"])
def test_uncertainty_has_a_fixed_window_a_palette_and_a_legend(scene, name):
    node = scene.nodes[f"uncertainty.{name}"]
    assert node["type"] == "float"
    assert node["window"] == pytest.approx([0, 1])
    assert not node["auto_window"]
    assert 0 < node["threshold"][0] <= 0.1
    assert node["threshold"][1] > 1
    assert node["colours"] == "OsteoScreen uncertainty"
    assert node["colour_at_half"] == pytest.approx([0.894, 0.353, 0.194], abs=0.01)
    assert name in node["legend"]
    assert "bit" in node["legend"]
    np.testing.assert_allclose(node["ijk_to_ras"], scene.nodes["film"]["ijk_to_ras"])
    expected = getattr(round_maps(scene.result.segmentation.uncertainty), name)
    np.testing.assert_array_equal(scene.arrays[f"uncertainty.{name}"], expected)


def test_the_measurement_table_has_units_and_provenance(scene):
    node = scene.nodes["table.measurements"]
    columns, levels = node["columns"], scene.result.radiogrammetry.levels
    assert [float(text) for text in columns["MCI"]] == pytest.approx([level.mci for level in levels])
    assert [float(text) for text in columns["W (mm)"]] == pytest.approx([level.outer_width_mm for level in levels], abs=1e-3)
    assert [float(text) for text in columns["d (px)"]] == pytest.approx([level.medullary_width_px for level in levels], abs=1e-3)
    for header, name in (
        ("CCT (mm)", "combined_thickness_mm"),
        ("CA (mm2)", "cortical_area_mm2"),
        ("Exton-Smith", "exton_smith"),
    ):
        assert [float(text) for text in columns[header]] == pytest.approx([getattr(each, name) for each in levels], abs=1e-3)
    assert set(columns["Trust"]) == {"good"}
    assert columns["Bone"] == [level.bone.title for level in levels]
    assert set(columns["Spacing from"]) == {"detector"}
    assert (node["units"]["W (mm)"], node["units"]["W (px)"]) == ("mm", "px")


def test_the_bone_table_says_what_was_found(scene):
    columns = scene.nodes["table.bones"]["columns"]
    assert dict(zip(columns["Bone"], columns["Found"], strict=True))["Metacarpal 1"] == "no"
    assert [float(text) for text in columns["Area (px)"]] == scene.result.segmentation.masks.sum(axis=(1, 2)).tolist()


def test_profile_lines_lie_where_the_widths_were_measured(scene):
    for level in scene.result.radiogrammetry.levels:
        for symbol, ends in (("W", level.profile), ("d", level.medullary)):
            line = scene.nodes[f"profile.{level.bone.value}.{level.level:.4f}.{symbol}"]
            expected = [[-0.15 * column, -0.14 * row, 0] for row, column in ends]
            np.testing.assert_allclose(line["points"], expected, atol=1e-4)
            assert line["locked"]
            assert level.bone.title in line["name"]
            assert "MCI 0.500" in line["description"]


def test_the_statement_says_state_probability_reasons_and_notice(scene):
    text = scene.nodes["statement"]["text"]
    assert text.startswith("Indeterminate\n")
    assert "0.38 (0.33 to 0.47" in text
    assert scene.result.score.reasons[0] in text
    assert "Metacarpal 1 was not found." in text
    assert "Not a medical device" in text
    assert scene.result.bundle.sha256 in text
    assert FILE_NAME in text


def test_all_nodes_lie_in_one_folder_beside_the_film(scene):
    assert set(scene.tree) == {FILM_NAME, f"{FILM_NAME} OsteoScreen"}
    folder = scene.tree[f"{FILM_NAME} OsteoScreen"]
    assert len(folder) == 12  # statement, segmentation, three maps, two tables, chart and three series, profiles
    assert len(folder["Profiles"]) == 2 * len(scene.result.radiogrammetry.levels)


def test_the_red_view_shows_the_whole_film_under_its_uncertainty(scene):
    assert scene.red["background"] == "film"
    assert scene.red["foreground"] == "uncertainty.total"
    assert scene.red["opacity"] == pytest.approx(0.45)
    width, height, _ = scene.red["field_of_view"]
    assert width >= 160 * 0.15
    assert height == pytest.approx(200 * 0.14)


@pytest.mark.parametrize("place", ["absent/scene.mrb", "file/scene.mrb", "."])
def test_a_path_that_cannot_be_written_is_told_in_one_line(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    result, radiograph = make_screening_result((60, 50))
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_scene(result, radiograph, tmp_path / place)
    assert "\n" not in str(caught.value)
