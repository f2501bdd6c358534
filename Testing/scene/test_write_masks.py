"""Outlines put into a film's segmentation node come back as they were."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("slicer")

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.build import SceneNodes, build_scene
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.scene.standalone import standalone_scene
from OsteoScreenLib.scene.write_masks import write_masks
from Testing.screening_results import make_screening_result


@pytest.fixture
def built() -> Iterator[tuple[SceneNodes, np.ndarray]]:
    result, radiograph = make_screening_result()
    with standalone_scene() as scene:
        yield build_scene(scene, result, radiograph), result.segmentation.masks


def test_all_outlines_come_back_with_their_overlaps(built: tuple[SceneNodes, np.ndarray]) -> None:
    nodes, masks = built
    moved = np.roll(masks, 3, axis=2)
    assert (moved.sum(axis=0) > 1).any(), "nothing overlaps"
    write_masks(nodes.segmentation, nodes.film, moved)
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), moved)


def test_one_bone_is_replaced_and_the_others_stay(built: tuple[SceneNodes, np.ndarray]) -> None:
    nodes, masks = built
    wanted = masks.copy()
    wanted[Bone.ULNA.channel] = np.roll(masks[Bone.RADIUS.channel], 2, axis=0)
    write_masks(nodes.segmentation, nodes.film, wanted, (Bone.ULNA,))
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), wanted)


def test_empty_outline_empties_the_segment(built: tuple[SceneNodes, np.ndarray]) -> None:
    nodes, masks = built
    wanted = masks.copy()
    wanted[Bone.RADIUS.channel] = False
    write_masks(nodes.segmentation, nodes.film, wanted)
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), wanted)


def test_outlines_of_another_size_or_a_deleted_segment_are_refused(built: tuple[SceneNodes, np.ndarray]) -> None:
    nodes, masks = built
    with pytest.raises(OutputError, match="pixels"):
        write_masks(nodes.segmentation, nodes.film, masks[:, :-1])
    nodes.segmentation.GetSegmentation().RemoveSegment(Bone.ULNA.value)
    with pytest.raises(OutputError, match="Ulna was deleted"):
        write_masks(nodes.segmentation, nodes.film, masks)
