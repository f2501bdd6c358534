"""Taking a result out of the scene."""

import pytest

from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.currency import Currency, result_currency
from OsteoScreenLib.scene.hypotheses import show_hypothesis
from OsteoScreenLib.scene.remove import remove_result
from OsteoScreenLib.scene.restore import films_with_results
from Testing.scene_films import add_volume
from Testing.screening_results import make_screening_result


def _nodes(scene):
    return {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}


def _tree(scene):
    import slicer
    from vtkmodules.vtkCommonCore import vtkIdList

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    items = vtkIdList()
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
    return sorted(hierarchy.GetItemName(items.GetId(index)) for index in range(items.GetNumberOfIds()))


@pytest.fixture
def films(scene):
    _, radiograph = make_screening_result()
    return [add_volume(scene, radiograph.pixels[None], name=name) for name in ("one", "two")]


def test_nothing_of_the_result_is_left_and_other_results_stay(scene, films):
    result, _ = make_screening_result()
    one, two = films
    build_scene(scene, result, film=one)
    nodes, tree = _nodes(scene), _tree(scene)
    build_scene(scene, result, film=two)
    show_hypothesis(scene, two, 1)
    remove_result(scene, two)
    assert _nodes(scene) == nodes
    assert _tree(scene) == sorted([*tree, "two"])
    assert films_with_results(scene) == [one]
    assert result_currency(scene, two) == Currency("none")
    assert result_currency(scene, one) == Currency("current")


def test_what_the_user_put_into_the_folder_stays(scene, films):
    import slicer

    result, _ = make_screening_result()
    nodes = build_scene(scene, result, film=films[0])
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(films[1]) or hierarchy.CreateItem(nodes.folder, films[1]), nodes.folder)
    remove_result(scene, films[0])
    assert "two" in _tree(scene)
    assert not [name for name in _tree(scene) if "OsteoScreen" in name or name == "Profiles"]


def test_a_film_without_a_result_is_left_alone(scene, films):
    before = _nodes(scene)
    remove_result(scene, films[0])
    assert _nodes(scene) == before
