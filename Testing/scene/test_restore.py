"""A result back from the scene alone."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.images import image_array
from OsteoScreenLib.scene.restore import films_with_results, result_of
from OsteoScreenLib.screening.storage import load_result, save_result
from Testing.scene_films import add_volume, saved_and_opened
from Testing.screening_results import make_screening_result, without_hypotheses


def assert_equal(one, other, place="result"):
    """Two values are the same to the last bit, arrays inside dataclasses included."""
    assert type(one) is type(other), place
    if is_dataclass(one):
        for field in fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name), f"{place}.{field.name}")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, place
        np.testing.assert_array_equal(one, other, err_msg=place)
    elif isinstance(one, tuple) and one and is_dataclass(one[0]):
        assert len(one) == len(other), place
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            assert_equal(first, second, f"{place}[{index}]")
    else:
        assert one == other, place


def _stored(result, folder):
    save_result(result, folder)
    return load_result(folder)


RESULTS = {
    "all": make_screening_result()[0],
    "corrected": without_hypotheses(make_screening_result()[0]),
    "refused": make_screening_result(
        spacing=Spacing(), laterality=Laterality.UNKNOWN, state=State.NOT_ANALYSABLE, missing=tuple(Bone)
    )[0],
    "odd_words": replace(make_screening_result()[0], software_version='größer "& <1> %20;|\n\t\\'),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_result_comes_back_from_a_saved_scene(scene, tmp_path, result):
    _, radiograph = make_screening_result()
    node = build_scene(scene, result, radiograph).film
    expected = _stored(result, tmp_path)
    assert_equal(result_of(scene, node), expected)
    with saved_and_opened(scene):
        (film,) = films_with_results(scene)
        assert_equal(result_of(scene, film), expected)


def test_a_stored_result_is_built_again_from_what_comes_back(scene, tmp_path):
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    first = result_of(scene, nodes.film)
    assert build_scene(scene, first, film=nodes.film) == nodes
    assert_equal(result_of(scene, nodes.film), first)


def test_the_result_keeps_its_own_outlines_when_the_segmentation_is_corrected(scene):
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    segment = nodes.segmentation.GetSegmentation().GetSegment("ulna")
    image_array(segment.GetRepresentation("Binary labelmap"))[:] = 0
    np.testing.assert_array_equal(result_of(scene, nodes.film).segmentation.masks, result.segmentation.masks)


def test_films_and_their_results_are_kept_apart(scene):
    one, first = make_screening_result((60, 50), seed=1)
    two, second = make_screening_result((70, 60), seed=2)
    films = [
        build_scene(scene, result, film=add_volume(scene, radiograph.pixels[None], name=name)).film
        for result, radiograph, name in ((one, first, "one"), (two, second, "two"))
    ]
    blank = add_volume(scene, first.pixels[None], name="three")
    assert films_with_results(scene) == films
    assert [result_of(scene, film).film.shape for film in films] == [(60, 50), (70, 60)]
    assert result_of(scene, blank) is None
    with saved_and_opened(scene):
        assert [result_of(scene, film).seed for film in films_with_results(scene)] == [1, 2]


def test_a_result_that_lost_a_part_is_told(scene):
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    scene.RemoveNode(nodes.uncertainty["total"])
    with pytest.raises(OutputError, match="has lost its total"):
        result_of(scene, nodes.film)


def test_the_hidden_nodes_are_in_no_selector_and_not_in_the_tree(scene):
    import slicer

    result, radiograph = make_screening_result()
    build_scene(scene, result, radiograph)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    stored = [node for node in nodes if (node.GetAttribute("OsteoScreen.Role") or "").startswith("store.")]
    assert len(stored) == 3
    for node in stored:
        assert node.GetHideFromEditors()
        assert node.GetSaveWithScene()
        assert hierarchy.GetItemByDataNode(node) == hierarchy.GetInvalidItemID()
