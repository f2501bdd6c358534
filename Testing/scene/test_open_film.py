"""A film that our own reader read, as a node of the scene."""

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.radiograph.values import Polarity, PolarityBasis, Spacing
from OsteoScreenLib.scene.films import film_array
from OsteoScreenLib.scene.fit import fit_film
from OsteoScreenLib.scene.node_tags import set_user_spacing, tags_of, user_word
from OsteoScreenLib.scene.open_film import open_film
from Testing.scene_films import add_volume, saved_and_opened
from Testing.screening_results import make_screening_result


def _radiograph(**changes):
    return replace(make_screening_result()[1], **changes)


def _check_facts(node, radiograph):
    tags = tags_of(node)
    assert (tags.spacing, tags.laterality, tags.source) == (radiograph.spacing, radiograph.laterality, radiograph.source)
    assert (tags.age_years, tags.sex) == (67.0, "F")
    assert tags.tag_inverted is False


def test_the_readers_facts_stay_with_the_node(scene):
    radiograph = _radiograph()
    node = open_film(scene, radiograph)
    _check_facts(node, radiograph)
    np.testing.assert_array_equal(film_array(node, tags_of(node)).pixels, radiograph.pixels)
    with saved_and_opened(scene):
        _check_facts(scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"), radiograph)


def test_the_same_film_is_opened_once(scene):
    node = open_film(scene, _radiograph())
    set_user_spacing(node, 0.5)
    nodes = scene.GetNumberOfNodes()
    assert open_film(scene, _radiograph(spacing=Spacing())) is node
    assert scene.GetNumberOfNodes() == nodes
    assert node.GetSpacing() == (1, 1, 1)
    assert user_word(node).spacing_mm is None
    assert tags_of(node).spacing == Spacing()


@pytest.mark.parametrize(("basis", "word"), [(PolarityBasis.USER, False), (PolarityBasis.CONTENT, None)])
def test_a_polarity_the_user_decided_is_not_decided_again(scene, basis, word):
    node = open_film(scene, _radiograph(polarity=Polarity(inverted=True, basis=basis)))
    assert user_word(node).invert is word


def _red(scene):
    import slicer

    for kind in (slicer.vtkMRMLSliceNode, slicer.vtkMRMLSliceCompositeNode):
        node = kind()
        node.SetLayoutName("Red")
        node.SetSingletonTag("Red")
        scene.AddNode(node)
    view = scene.GetSingletonNode("Red", "vtkMRMLSliceNode")
    view.SetDimensions(400, 300, 1)
    return view, scene.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode")


def test_the_film_is_shown_whole_and_upright_in_the_red_view(scene):
    view, composite = _red(scene)
    node = open_film(scene, _radiograph())
    assert composite.GetBackgroundVolumeID() == node.GetID()
    _check_shown_whole(view, node)


DIRECTIONS = {
    "axial": (-1, 0, 0, 0, -1, 0, 0, 0, 1),
    "coronal": (-1, 0, 0, 0, 0, -1, 0, -1, 0),
    "sagittal": (0, 0, 1, -1, 0, 0, 0, -1, 0),
}


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_film_in_any_plane_is_fitted_with_its_transform(scene, directions):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    view, _ = _red(scene)
    film = add_volume(scene, np.zeros((1, 250, 200), np.uint8), spacing=(0.2, 0.1, 1))
    film.SetIJKToRASDirections(*directions)
    film.SetOrigin(30, 40, 50)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtkMatrix4x4()
    matrix.SetElement(1, 3, -200.0)
    transform.SetMatrixTransformToParent(matrix)
    film.SetAndObserveTransformNodeID(transform.GetID())
    fit_film(view, film)
    _check_shown_whole(view, film, moved=(0, -200, 0))


def _check_shown_whole(view, film, moved=(0, 0, 0)):
    """The film's corners lie within the view, in their order, and fill its height."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    to_view, ijk_to_ras = vtkMatrix4x4(), vtkMatrix4x4()
    vtkMatrix4x4.Invert(view.GetXYToRAS(), to_view)
    film.GetIJKToRASMatrix(ijk_to_ras)
    columns, rows, _ = film.GetImageData().GetDimensions()
    corners = []
    for column, row in ((-0.5, -0.5), (columns - 0.5, rows - 0.5)):
        world = ijk_to_ras.MultiplyPoint((column, row, 0, 1))
        corners.append(to_view.MultiplyPoint((*(world[axis] + moved[axis] for axis in range(3)), 1))[:3])
    (left, top, depth), (right, bottom, _) = corners
    width, height, _ = view.GetDimensions()
    assert 0 <= left < right <= width
    assert 0 <= bottom < top <= height
    assert depth == pytest.approx(0, abs=1e-6)
    assert max((right - left) / width, (top - bottom) / height) > 0.95
    assert (left + right) / 2 == pytest.approx(width / 2, abs=0.5)
    assert (top + bottom) / 2 == pytest.approx(height / 2, abs=0.5)
