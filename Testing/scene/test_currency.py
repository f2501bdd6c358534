"""Whether a result still speaks of what is in the scene."""

import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.currency import Currency, result_currency
from OsteoScreenLib.scene.images import image_array
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.scene.node_tags import set_user_age, set_user_side, set_user_spacing
from Testing.scene_films import add_volume, saved_and_opened
from Testing.screening_results import make_screening_result


@pytest.fixture
def built(scene):
    result, radiograph = make_screening_result()
    return build_scene(scene, result, radiograph)


def _paint(nodes, bone=Bone.METACARPAL_2, row=5):
    segment = nodes.segmentation.GetSegmentation().GetSegment(bone.value)
    image_array(segment.GetRepresentation("Binary labelmap"))[0, row : row + 4, 7:12] = segment.GetLabelValue()


def test_a_film_without_a_result(scene):
    _, radiograph = make_screening_result()
    assert result_currency(scene, add_volume(scene, radiograph.pixels[None])) == Currency("none")


def test_a_result_just_made_is_current_also_when_saved_and_opened(scene, built):
    assert result_currency(scene, built.film) == Currency("current")
    with saved_and_opened(scene):
        film = scene.GetFirstNodeByClass("vtkMRMLTextNode").GetNodeReference("OsteoScreen.Film")
        assert result_currency(scene, film) == Currency("current")


def test_a_film_under_a_transform_stays_current_when_saved_and_opened(scene):
    result, radiograph = make_screening_result()
    film = add_volume(scene, radiograph.pixels[None], spacing=(0.1437, 1 / 7, 1))
    film.SetOrigin(1 / 3, -2 / 7, 1e-5)
    film.SetAndObserveTransformNodeID(_moving(scene).GetID())
    build_scene(scene, result, film=film)
    with saved_and_opened(scene):
        film = scene.GetFirstNodeByClass("vtkMRMLTextNode").GetNodeReference("OsteoScreen.Film")
        assert result_currency(scene, film) == Currency("current")


def test_corrected_outlines_are_told_by_bone(scene, built):
    _paint(built)
    _paint(built, Bone.RADIUS, row=15)
    found = result_currency(scene, built.film)
    assert found.kind == "corrected"
    assert "(Radius, Metacarpal 2)" in found.reason


def test_a_correction_survives_saving_and_ends_with_the_next_result(scene, built):
    _paint(built)
    with saved_and_opened(scene):
        film = scene.GetFirstNodeByClass("vtkMRMLTextNode").GetNodeReference("OsteoScreen.Film")
        assert result_currency(scene, film).kind == "corrected"
        result, _ = make_screening_result()
        build_scene(scene, result, film=film)
        assert result_currency(scene, film) == Currency("current")


def _moving(scene):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    transform, matrix = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode"), vtkMatrix4x4()
    matrix.SetElement(0, 3, 12.345)
    transform.SetMatrixTransformToParent(matrix)
    return transform


def _set_pixel(scene, nodes):
    image_array(nodes.film.GetImageData())[0, 3, 4] += 1


def _crop(scene, nodes):
    nodes.film.SetAndObserveImageData(add_volume(scene, image_array(nodes.film.GetImageData())[:, 1:].copy()).GetImageData())


def _put_under_transform(scene, nodes):
    for node in (nodes.film, nodes.segmentation):
        node.SetAndObserveTransformNodeID(_moving(scene).GetID())


def _turn_and_age(scene, nodes):
    set_user_side(nodes.film, Laterality.RIGHT)
    set_user_age(nodes.film, 30)


def _of(change):
    return lambda scene, nodes: change(nodes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set_pixel, "The film's pixels were changed"),
        (_crop, "The film's size was changed"),
        (_of(lambda nodes: nodes.film.SetSpacing(0.2, 0.2, 1)), "The film's pixel spacing was changed"),
        (_of(lambda nodes: set_user_spacing(nodes.film, 0.2)), "The film's pixel spacing was changed"),
        (_of(lambda nodes: nodes.film.SetOrigin(1, 0, 0)), "The film was moved or turned"),
        (_of(lambda nodes: nodes.film.SetIJKToRASDirections(1, 0, 0, 0, 1, 0, 0, 0, 1)), "The film was moved or turned"),
        (_put_under_transform, "The film's transform was changed"),
        (_of(lambda nodes: set_user_side(nodes.film, Laterality.RIGHT)), "The side was changed"),
        (
            _of(lambda nodes: (set_user_side(nodes.film, Laterality.RIGHT), set_user_age(nodes.film, 30))),
            "The side and the age were",
        ),
        (lambda scene, nodes: scene.RemoveNode(nodes.segmentation), "The outlines were deleted"),
        (_of(lambda nodes: nodes.segmentation.GetSegmentation().RemoveSegment("ulna")), "The segment of Ulna was deleted"),
        (lambda scene, nodes: scene.RemoveNode(nodes.uncertainty["within"]), "Parts of the result were deleted"),
        (
            lambda scene, nodes: nodes.segmentation.SetAndObserveTransformNodeID(_moving(scene).GetID()),
            "The outlines are under another transform",
        ),
    ],
)
def test_what_makes_a_result_outdated_is_told(scene, built, change, words):
    change(scene, built)
    found = result_currency(scene, built.film)
    assert found.kind == "outdated"
    assert found.reason.startswith(words)
    assert found.reason.endswith("since the result was made: screen the film again.")


def test_a_result_made_with_another_spacing_and_side_is_current(scene, built):
    before = read_masks(built.segmentation, built.film)
    set_user_spacing(built.film, 0.2)
    set_user_side(built.film, Laterality.RIGHT)
    assert result_currency(scene, built.film).kind == "outdated"
    build_scene(scene, make_screening_result()[0], film=built.film)
    assert result_currency(scene, built.film) == Currency("current")
    assert (read_masks(built.segmentation, built.film) == before).all()
    assert built.uncertainty["total"].GetSpacing()[:2] == (0.2, 0.2)


def test_names_and_display_do_not_make_a_result_outdated(scene, built):
    built.film.SetName("Another name")
    built.film.GetDisplayNode().SetWindowLevelMinMax(1, 2)
    built.segmentation.GetSegmentation().GetSegment("ulna").SetName("Elle")
    built.segmentation.GetDisplayNode().SetOpacity2DFill(1)
    assert result_currency(scene, built.film) == Currency("current")
