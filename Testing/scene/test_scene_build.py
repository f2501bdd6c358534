"""Building a result into a scene: what is updated, what is left alone, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.images import compact
from OsteoScreenLib.scene.restore import films_with_results
from OsteoScreenLib.scene.standalone import standalone_scene
from OsteoScreenLib.scene.statement import statement
from OsteoScreenLib.scene.table import bone_columns, measurement_columns
from Testing.scene_films import node_counts, saved_and_opened
from Testing.screening_results import make_screening_result, without_hypotheses

slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")


def _mask(node, bone, shape):
    """Mask of one segment on the film's grid."""
    from vtk.util.numpy_support import vtk_to_numpy

    labels, whole, reference = (slicer.vtkOrientedImageData() for _ in range(3))
    node.GetBinaryLabelmapRepresentation(bone.value, labels)
    geometry = node.GetSegmentation().GetConversionParameter("Reference image geometry")
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, reference)
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(labels, reference, whole, False, True)
    return vtk_to_numpy(whole.GetPointData().GetScalars()).reshape(shape) > 0


def test_building_again_updates_and_never_multiplies(scene):
    result, radiograph = make_screening_result()
    first = build_scene(scene, result, radiograph)
    count = scene.GetNumberOfNodes()
    shifted = replace(result.segmentation, masks=np.roll(result.segmentation.masks, 3, axis=2))
    changed = replace(result, segmentation=shifted, created="2030-01-01T00:00:00Z")
    second = build_scene(scene, changed, radiograph)
    assert second == first
    assert scene.GetNumberOfNodes() == count
    assert "2030-01-01" in second.statement.GetText()
    assert second.segmentation.GetSegmentation().GetNumberOfSegments() == 7
    np.testing.assert_array_equal(_mask(second.segmentation, Bone.ULNA, (200, 160)), shifted.masks[Bone.ULNA.channel])


def test_nodes_are_known_by_purpose_not_by_name(scene):
    result, radiograph = make_screening_result()
    first = build_scene(scene, result, radiograph)
    for node in (first.film, first.segmentation, first.measurements, *first.uncertainty.values(), *first.profiles):
        node.SetName("renamed by the user")
    assert build_scene(scene, result, radiograph) == first


def test_lines_and_curves_of_levels_no_longer_measured_go_with_their_companions(scene):
    result, radiograph = make_screening_result()
    build_scene(scene, result, radiograph)
    count = scene.GetNumberOfNodes()
    fewer = replace(result, radiogrammetry=replace(result.radiogrammetry, levels=result.radiogrammetry.levels[:2]))
    nodes = build_scene(scene, fewer, radiograph)
    gone = len(result.radiogrammetry.levels) - 2
    assert len(nodes.profiles) == 4
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 4
    assert len(nodes.plot.series) == 1
    # Two lines per level, each with its display node, and the curves of two bones.
    assert scene.GetNumberOfNodes() == count - 2 * 2 * gone - 2


def test_no_class_of_nodes_grows_in_a_dozen_runs(scene):
    result, radiograph = make_screening_result()
    film = build_scene(scene, result, radiograph).film
    counts = node_counts(scene)
    for run in range(12):
        other = replace(result, seed=run) if run % 3 else without_hypotheses(result)
        build_scene(scene, other, film=film)
    build_scene(scene, result, film=film)
    assert node_counts(scene) == counts


def test_a_saved_scene_is_updated_and_does_not_grow(scene):
    result, radiograph = make_screening_result()
    build_scene(scene, result, radiograph)
    with saved_and_opened(scene):
        (film,) = films_with_results(scene)
        counts = node_counts(scene)
        for _ in range(3):
            nodes = build_scene(scene, result, film=film)
        assert node_counts(scene) == counts
        assert nodes.segmentation.GetSegmentation().GetNumberOfSegments() == 7
        assert len({id(node) for node in nodes.profiles}) == 2 * len(result.radiogrammetry.levels)


def test_images_of_the_result_before_are_let_go(scene):
    from vtkmodules.vtkCommonCore import vtkWeakReference

    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    segments = nodes.segmentation.GetSegmentation()
    images = [segments.GetSegment(bone.value).GetRepresentation("Binary labelmap") for bone in BONES]
    images += [scene.GetNthNodeByClass(index, "vtkMRMLScalarVolumeNode").GetImageData() for index in range(1, 6)]
    references = []
    for image in images:
        references.append(vtkWeakReference())
        references[-1].Set(image)
    del images, image
    assert all(reference.Get() is not None for reference in references)
    build_scene(scene, result, film=nodes.film)
    assert [reference.Get() for reference in references] == [None] * 12


def test_what_the_user_set_on_displays_is_left_alone(scene):
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    display, segment = nodes.segmentation.GetDisplayNode(), nodes.segmentation.GetSegmentation().GetSegment("ulna")
    series = nodes.plot.series[0]
    nodes.film.GetDisplayNode().SetWindowLevelMinMax(10, 20)
    display.SetOpacity2DFill(0.77)
    display.SetSegmentVisibility("radius", False)
    display.SetSegmentOpacity2DOutline("ulna", 0.3)
    segment.SetColor(0.1, 0.2, 0.3)
    segment.SetName("Elle")
    nodes.uncertainty["total"].GetDisplayNode().SetThreshold(0.5, 2)
    nodes.profiles[0].GetDisplayNode().SetVisibility(False)
    series.SetColor(1, 0, 0)
    nodes.plot.chart.SetTitle("My own title")
    build_scene(scene, result, radiograph)
    assert nodes.film.GetDisplayNode().GetWindowLevelMax() == 20
    assert display.GetOpacity2DFill() == 0.77
    assert not display.GetSegmentVisibility("radius")
    assert display.GetSegmentVisibility("ulna")
    assert display.GetSegmentOpacity2DOutline("ulna") == 0.3
    assert segment.GetColor() == (0.1, 0.2, 0.3)
    assert segment.GetName() == "Elle"
    assert nodes.uncertainty["total"].GetDisplayNode().GetLowerThreshold() == 0.5
    assert not nodes.profiles[0].GetDisplayNode().GetVisibility()
    assert series.GetColor() == (1, 0, 0)
    assert nodes.plot.chart.GetTitle() == "My own title"


def test_segments_of_the_users_own_stay_and_deleted_ones_come_back_in_order(scene):
    result, radiograph = make_screening_result()
    nodes = build_scene(scene, result, radiograph)
    segmentation = nodes.segmentation.GetSegmentation()
    segmentation.AddEmptySegment("cyst", "Cyst")
    segmentation.RemoveSegment("ulna")
    build_scene(scene, result, film=nodes.film)
    ids = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())]
    assert ids == [*(bone.value for bone in BONES), "cyst"]
    np.testing.assert_array_equal(_mask(nodes.segmentation, Bone.ULNA, (200, 160)), result.segmentation.mask(Bone.ULNA))


def test_neither_film_nor_radiograph_is_told(scene):
    with pytest.raises(OutputError, match="is not given"):
        build_scene(scene, make_screening_result()[0])


def test_two_films_stay_apart(scene):
    one, first_film = make_screening_result((60, 50), seed=1)
    source = replace(first_film.source, sha256="cd" * 32, name="other.png")
    other = replace(first_film, source=source)
    first, second = build_scene(scene, one, first_film), build_scene(scene, one, other)
    assert first.film is not second.film
    assert first.segmentation is not second.segmentation
    assert first.folder != second.folder
    assert not set(first.profiles) & set(second.profiles)
    assert scene.GetNumberOfNodesByClass("vtkMRMLProceduralColorNode") - 1 == _shipped_palettes()


def _shipped_palettes():
    with standalone_scene() as empty:
        return empty.GetNumberOfNodesByClass("vtkMRMLProceduralColorNode")


def _user_film(scene, shape, matrix):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "User film")
    image = vtk.vtkImageData()
    image.SetDimensions(shape[1], shape[0], 1)
    image.AllocateScalars(vtk.VTK_SHORT, 1)
    volume.SetAndObserveImageData(image)
    volume.SetIJKToRASMatrix(matrix)
    return volume


def test_a_film_of_the_users_own_gives_grid_and_transform_and_stays_untouched(scene):
    result, radiograph = make_screening_result()
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy([0, 0, 1, 5, -0.3, 0, 0, 40, 0, -0.2, 0, 60, 0, 0, 0, 1])  # a coronal film
    film = _user_film(scene, (200, 160), matrix)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    film.SetAndObserveTransformNodeID(transform.GetID())
    image, modified = film.GetImageData(), film.GetImageData().GetMTime()

    nodes = build_scene(scene, result, radiograph, film)

    assert nodes.film is film
    assert film.GetImageData() is image
    assert image.GetMTime() == modified
    level = result.radiogrammetry.levels[0]
    row, column = level.profile[0]
    expected = [5, -0.3 * column + 40, -0.2 * row + 60]
    np.testing.assert_allclose(nodes.profiles[0].GetNthControlPointPosition(0), expected, atol=1e-6)
    found = vtk.vtkMatrix4x4()
    nodes.uncertainty["total"].GetIJKToRASMatrix(found)
    assert [found.GetElement(1, 0), found.GetElement(2, 1)] == pytest.approx([-0.3, -0.2])
    np.testing.assert_array_equal(_mask(nodes.segmentation, Bone.RADIUS, (200, 160)), result.segmentation.masks[0])
    for node in (nodes.segmentation, *nodes.uncertainty.values(), *nodes.profiles):
        assert node.GetTransformNodeID() == transform.GetID()


def test_a_film_of_another_size_is_refused(scene):
    result, radiograph = make_screening_result()
    film = _user_film(scene, (100, 80), vtk.vtkMatrix4x4())
    with pytest.raises(OutputError, match="80 x 100 x 1"):
        build_scene(scene, result, radiograph, film)


def test_a_film_without_bones_gives_seven_empty_segments(scene):
    result, radiograph = make_screening_result(missing=tuple(Bone))
    nodes = build_scene(scene, result, radiograph)
    segmentation = nodes.segmentation.GetSegmentation()
    assert [segmentation.GetNthSegmentID(index) for index in range(7)] == [bone.value for bone in BONES]
    assert not any(_mask(nodes.segmentation, bone, (200, 160)).any() for bone in BONES)
    assert nodes.profiles == ()


def test_slicers_own_length_shows_only_trusted_millimetres(scene):
    for spacing in (Spacing(), make_screening_result()[0].film.spacing):
        result, radiograph = make_screening_result(spacing=spacing)
        nodes = build_scene(scene, result, radiograph)
        assert all(node.GetMeasurement("length").GetEnabled() == spacing.trusted for node in nodes.profiles)


def test_unknown_spacing_gives_no_millimetres_in_the_tables():
    result, _ = make_screening_result(spacing=Spacing(), laterality=Laterality.UNKNOWN)
    names = [name for name, _, _ in (*measurement_columns(result), *bone_columns(result))]
    assert "W (px)" in names
    assert not [name for name in names if "mm" in name]


def test_a_film_that_cannot_be_analysed_says_so():
    text = statement(make_screening_result(state=State.NOT_ANALYSABLE)[0])
    assert text.startswith("Not analysable\n")
    assert "Probability" not in text
    assert "No hand or wrist was found" in text


@pytest.mark.parametrize(
    ("pixels", "kind"),
    [
        ([-5.0, 4000.0], np.int16),
        ([0.0, 65535.0], np.uint16),
        ([0.0, 70000.0], np.float32),
        ([0.5, 1.0], np.float32),
        ([-1.0, 40000.0], np.float32),
    ],
)
def test_films_are_stored_in_the_smallest_type_that_loses_nothing(pixels, kind):
    array = np.array([pixels], np.float32)
    assert compact(array).dtype == kind
    np.testing.assert_array_equal(compact(array), array)
