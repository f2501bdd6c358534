"""Outlines read back from the scene, as they were written or corrected."""

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.images import image_array
from OsteoScreenLib.scene.masks import code_of, missing_bones, read_code, read_masks
from Testing.scene_films import saved_and_opened
from Testing.screening_results import make_screening_result


@pytest.fixture
def built(scene):
    result, radiograph = make_screening_result()
    return build_scene(scene, result, radiograph), result.segmentation.masks


def test_masks_come_back_overlaps_included(built):
    nodes, masks = built
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), masks)
    np.testing.assert_array_equal(read_code(nodes.segmentation, nodes.film), code_of(masks))


def test_masks_come_back_from_a_saved_scene(scene, built):
    _, masks = built
    with saved_and_opened(scene):
        segmentation = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        film = segmentation.GetNodeReference("OsteoScreen.Film")
        np.testing.assert_array_equal(read_masks(segmentation, film), masks)


def test_a_correction_is_read(built):
    nodes, masks = built
    segment = nodes.segmentation.GetSegmentation().GetSegment(Bone.METACARPAL_2.value)
    labels = image_array(segment.GetRepresentation("Binary labelmap"))[0]
    labels[5:9, 7:12] = segment.GetLabelValue()
    expected = masks.copy()
    expected[Bone.METACARPAL_2.channel, 5:9, 7:12] = True
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), expected)


def test_pixels_painted_beside_the_film_are_left_out(built):
    import slicer

    nodes, masks = built
    segment = nodes.segmentation.GetSegmentation().GetSegment(Bone.METACARPAL_1.value)
    painted = slicer.vtkOrientedImageData()
    painted.SetExtent(-4, 2, 195, 204, -1, 1)
    painted.AllocateScalars(3, 1)
    painted.GetPointData().GetScalars().Fill(1)
    painted.SetImageToWorldMatrix(_matrix(nodes.film))
    segment.AddRepresentation("Binary labelmap", painted)
    segment.SetLabelValue(1)
    expected = masks.copy()
    expected[Bone.METACARPAL_1.channel, 195:200, 0:3] = True
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), expected)


def _matrix(film):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    film.GetIJKToRASMatrix(matrix)
    return matrix


def test_an_emptied_segment_is_an_absent_bone(built):
    nodes, masks = built
    nodes.segmentation.GetSegmentation().GetSegment(Bone.ULNA.value).RemoveAllRepresentations()
    found = read_masks(nodes.segmentation, nodes.film)
    assert not found[Bone.ULNA.channel].any()
    np.testing.assert_array_equal(found[2:], masks[2:])


def test_names_do_not_matter(built):
    nodes, masks = built
    for bone in BONES:
        nodes.segmentation.GetSegmentation().GetSegment(bone.value).SetName("renamed")
    np.testing.assert_array_equal(read_masks(nodes.segmentation, nodes.film), masks)


def test_a_deleted_segment_is_told(built):
    nodes, _ = built
    nodes.segmentation.GetSegmentation().RemoveSegment(Bone.RADIUS.value)
    assert missing_bones(nodes.segmentation) == (Bone.RADIUS,)
    with pytest.raises(OutputError, match="the segment of Radius was deleted"):
        read_masks(nodes.segmentation, nodes.film)


@pytest.mark.parametrize(
    "change",
    [
        lambda film: film.SetSpacing(0.3, 0.3, 1),
        lambda film: film.SetOrigin(0.07, 0, 0),
        lambda film: film.SetIJKToRASDirections(1, 0, 0, 0, -1, 0, 0, 0, 1),
    ],
)
def test_a_film_that_was_moved_is_told(built, change):
    nodes, _ = built
    change(nodes.film)
    with pytest.raises(OutputError, match="do not lie on the film's pixels"):
        read_masks(nodes.segmentation, nodes.film)


def test_another_transform_is_told(scene, built):
    nodes, _ = built
    nodes.film.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode").GetID())
    with pytest.raises(OutputError, match="another transform"):
        read_masks(nodes.segmentation, nodes.film)
