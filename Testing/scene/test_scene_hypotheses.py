"""Stepping through the hypotheses in the scene, and taking one."""

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.currency import result_currency
from OsteoScreenLib.scene.hypotheses import (
    HypothesisInfo,
    hide_hypothesis,
    hypotheses_by_weight,
    hypothesis_count,
    show_hypothesis,
    take_hypothesis,
)
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.scene.ownership import find
from Testing.scene_films import saved_and_opened
from Testing.screening_results import make_screening_result, without_hypotheses

SHIFT = 20


@pytest.fixture
def built(scene):
    """A result whose hypothesis 2 is the consensus moved down by `SHIFT` film pixels."""
    result, radiograph = make_screening_result()
    hypotheses = result.segmentation.hypotheses
    probabilities = hypotheses.probabilities.copy()
    coarse = result.segmentation.masks[:, ::2, ::2].astype(np.float32)
    probabilities[2] = np.pad(coarse, ((0, 0), (SHIFT // 2, 0), (0, 0)))[:, : coarse.shape[1]]
    hypotheses = replace(hypotheses, probabilities=probabilities)
    result = replace(result, segmentation=replace(result.segmentation, hypotheses=hypotheses))
    return build_scene(scene, result, radiograph), result


def _shown(scene, film):
    return find(scene, "vtkMRMLSegmentationNode", "hypothesis", film)


def _moved(mask):
    return np.pad(mask, ((SHIFT, 0), (0, 0)))[: mask.shape[0]]


def _overlap(one, other):
    return (one & other).sum() / max((one | other).sum(), 1)


def test_every_hypothesis_is_counted_with_its_weight_and_expert(scene, built):
    nodes, _ = built
    assert hypothesis_count(scene, nodes.film) == 4
    assert hypotheses_by_weight(scene, nodes.film) == (0, 2, 3, 1)
    shown = [show_hypothesis(scene, nodes.film, index) for index in range(4)]
    assert shown == [HypothesisInfo(0, 4, 0.375, 0), HypothesisInfo(1, 4, 0.125, 0), HypothesisInfo(2, 4, 0.25, 1), shown[3]]
    assert sum(each.weight for each in shown) == pytest.approx(1)


def test_the_shown_outlines_are_the_hypothesis_on_the_films_grid(scene, built):
    nodes, result = built
    show_hypothesis(scene, nodes.film, 2)
    found = read_masks(_shown(scene, nodes.film), nodes.film)
    for bone in BONES:
        expected = _moved(result.segmentation.mask(bone))
        assert found[bone.channel].any() == expected.any()
        if expected.any():
            assert _overlap(found[bone.channel], expected) > 0.85, bone


def test_hypotheses_share_one_node_that_goes_without_a_trace(scene, built):
    nodes, _ = built
    before = scene.GetNumberOfNodes()
    show_hypothesis(scene, nodes.film, 0)
    during = scene.GetNumberOfNodes()
    for index in (1, 2, 0):
        show_hypothesis(scene, nodes.film, index)
    assert scene.GetNumberOfNodes() == during
    node = _shown(scene, nodes.film)
    assert node.GetHideFromEditors()
    assert not node.GetDisplayNode().GetVisibility2DFill()
    hide_hypothesis(scene, nodes.film)
    hide_hypothesis(scene, nodes.film)
    assert scene.GetNumberOfNodes() == before


def test_taking_one_changes_one_bone_and_keeps_overlaps(scene, built):
    nodes, result = built
    take_hypothesis(scene, nodes.film, 2, Bone.RADIUS)
    found, before = read_masks(nodes.segmentation, nodes.film), result.segmentation.masks
    assert _overlap(found[0], _moved(before[0])) > 0.85
    np.testing.assert_array_equal(found[1:], before[1:])
    assert (found[0] & found[1]).any()
    currency = result_currency(scene, nodes.film)
    assert (currency.kind, "(Radius)" in currency.reason) == ("corrected", True)
    take_hypothesis(scene, nodes.film, 2, Bone.RADIUS)
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), found)
    with saved_and_opened(scene):
        segmentation = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        film = segmentation.GetNodeReference("OsteoScreen.Film")
        np.testing.assert_array_equal(read_masks(segmentation, film), found)
        assert hypothesis_count(scene, film) == 4
        take_hypothesis(scene, film, 2, Bone.METACARPAL_5)
        assert not np.array_equal(read_masks(segmentation, film)[6], found[6])


def test_a_shown_hypothesis_is_not_saved(scene, built):
    nodes, _ = built
    show_hypothesis(scene, nodes.film, 1)
    with saved_and_opened(scene):
        assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_a_film_without_hypotheses(scene):
    result, radiograph = make_screening_result()
    film = build_scene(scene, without_hypotheses(result), radiograph).film
    assert hypothesis_count(scene, film) == 0
    assert hypotheses_by_weight(scene, film) == ()
    with pytest.raises(OutputError, match="has no hypotheses"):
        show_hypothesis(scene, film, 0)


def test_what_is_not_there_is_told(scene, built):
    nodes, _ = built
    with pytest.raises(OutputError, match="has 4 hypotheses, number 5"):
        show_hypothesis(scene, nodes.film, 4)
    scene.RemoveNode(nodes.segmentation)
    with pytest.raises(OutputError, match="were deleted"):
        take_hypothesis(scene, nodes.film, 0, Bone.ULNA)
