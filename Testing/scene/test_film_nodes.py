"""What counts as a film, and how it is handed over."""

import numpy as np
import pytest

from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.scene.films import FilmNodeError, film_array, film_count, film_slice
from OsteoScreenLib.scene.node_tags import set_user_side, set_user_spacing, tags_of, user_word
from Testing.scene_films import add_volume


def _pixels(*shape, dtype=np.uint16, seed=0):
    return np.random.default_rng(seed).integers(0, 4000, shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_pixels_come_over_as_they_are_stored(scene, dtype):
    pixels = _pixels(1, 90, 70, dtype=dtype)
    node = add_volume(scene, pixels, name="A film")
    film = film_array(node, tags_of(node))
    assert film.pixels.dtype == dtype
    np.testing.assert_array_equal(film.pixels, pixels[0])
    assert film.name == "A film"
    film.pixels[:] = 0
    assert node.GetImageData().GetScalarRange()[1] > 0


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colour_comes_over_with_its_channels(scene, channels):
    pixels = _pixels(1, 80, 70, channels, dtype=np.uint8)
    node = add_volume(scene, pixels, class_name="vtkMRMLVectorVolumeNode")
    np.testing.assert_array_equal(film_array(node, tags_of(node)).pixels, pixels[0])


def test_a_stack_is_as_many_films_each_with_a_node_of_its_own(scene):
    pixels = _pixels(3, 90, 70)
    stack = add_volume(scene, pixels, spacing=(0.2, 0.3, 5.0), name="Hands")
    stack.SetOrigin(10, 20, 30)
    stack.SetAttribute("DICOM.instanceUIDs", "1.1 1.2 1.3")
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    stack.SetAndObserveTransformNodeID(transform.GetID())
    set_user_side(stack, Laterality.RIGHT)
    set_user_spacing(stack, 0.25)
    assert film_count(stack) == 3
    singles = [film_slice(scene, stack, index) for index in range(3)]
    for index, single in enumerate(singles):
        assert film_count(single) == 1
        np.testing.assert_array_equal(film_array(single, tags_of(single)).pixels, pixels[index])
        assert single.GetOrigin() == pytest.approx((10, 20, 30 + 5 * index))
        assert single.GetSpacing() == pytest.approx((0.25, 0.25, 5.0))
        assert single.GetParentTransformNode() is transform
        assert single.GetAttribute("DICOM.instanceUIDs") == f"1.{index + 1}"
        assert (user_word(single).side, user_word(single).spacing_mm) == (Laterality.RIGHT, 0.25)
    nodes = scene.GetNumberOfNodes()
    assert [film_slice(scene, stack, index) for index in range(3)] == singles
    assert scene.GetNumberOfNodes() == nodes


def test_a_slices_node_follows_the_stacks_pixels(scene):
    stack = add_volume(scene, _pixels(2, 90, 70))
    single = film_slice(scene, stack, 1)
    again = add_volume(scene, _pixels(2, 90, 70, seed=1))
    stack.SetAndObserveImageData(again.GetImageData())
    film_slice(scene, stack, 1)
    np.testing.assert_array_equal(film_array(single, tags_of(single)).pixels, _pixels(2, 90, 70, seed=1)[1])


def test_one_film_is_its_own_node(scene):
    node = add_volume(scene, _pixels(1, 90, 70))
    assert film_slice(scene, node, 0) is node
    with pytest.raises(FilmNodeError, match="holds 1 films, number 2"):
        film_slice(scene, node, 1)


def test_a_stack_is_not_handed_over_as_one_film(scene):
    node = add_volume(scene, _pixels(2, 90, 70))
    with pytest.raises(FilmNodeError, match="holds 2 films"):
        film_array(node, tags_of(node))


def _ct(scene):
    return add_volume(scene, _pixels(200, 128, 128, dtype=np.int16), spacing=(0.7, 0.7, 0.7))


def _thick_ct(scene):
    return add_volume(scene, _pixels(20, 256, 256, dtype=np.int16), spacing=(0.7, 0.7, 5.0))


def _by_modality(scene):
    import slicer

    node = add_volume(scene, _pixels(1, 256, 256))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
    hierarchy.SetItemAttribute(item, slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName(), "MR")
    return node


def _played(scene):
    import slicer

    scene.RegisterNodeClass(slicer.vtkMRMLSequenceNode())
    scene.RegisterNodeClass(slicer.vtkMRMLSequenceBrowserNode())
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Frames")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    return browser.AddProxyNode(add_volume(scene, _pixels(1, 90, 70)), sequence, False)


def _empty(scene):
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")


def _label_map(scene):
    return add_volume(scene, _pixels(1, 90, 70, dtype=np.uint8), class_name="vtkMRMLLabelMapVolumeNode")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_ct, "200 slices, as a CT or MR"),
        (_thick_ct, "20 slices of 256 x 256 pixels with the spacing of a CT or MR"),
        (_by_modality, "an MR image"),
        (_played, "is the current frame of a sequence"),
        (_empty, "holds no pixels"),
        (_label_map, "is a label map"),
        (lambda scene: scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Bones"), "is a segmentation"),
        (lambda scene: scene.AddNewNodeByClass("vtkMRMLModelNode", "Skin"), "is a Model, not a volume"),
        (lambda scene: add_volume(scene, _pixels(1, 90, 70, 5), class_name="vtkMRMLVectorVolumeNode"), "5 values per pixel"),
        (lambda scene: add_volume(scene, _pixels(1, 40, 300)), "only 300 x 40 pixels"),
        (lambda scene: add_volume(scene, _pixels(90, 70, 1)), "only 1 x 70 pixels"),
        (lambda scene: None, "is not chosen"),
    ],
)
def test_what_is_no_film_is_refused_in_words(scene, make, words):
    node = make(scene)
    with pytest.raises(FilmNodeError, match=words) as caught:
        film_count(node)
    assert "\n" not in str(caught.value)
    if node is not None:
        assert str(caught.value).startswith(node.GetName() or node.GetClassName())
