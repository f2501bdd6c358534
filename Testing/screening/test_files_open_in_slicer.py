"""The stored files open with Slicer's own readers, and what Slicer saves is read back."""

import numpy as np
import pytest

from OsteoScreenLib.bones import BONE_CODES, BONES, Bone
from OsteoScreenLib.radiograph.values import Laterality, Spacing
from OsteoScreenLib.scene.standalone import standalone_scene
from OsteoScreenLib.screening.nrrd_geometry import geometry_text
from OsteoScreenLib.screening.storage_segmentation import read_segmentation, write_segmentation
from OsteoScreenLib.screening.storage_uncertainty import round_maps, write_uncertainty
from OsteoScreenLib.screening.terminology import terminology_entry
from Testing.screening_results import OVERLAPPING_BONES, make_screening_result

slicer = pytest.importorskip("slicer")
vtk = pytest.importorskip("vtk")
vtk_to_numpy = pytest.importorskip("vtk.util.numpy_support").vtk_to_numpy


@pytest.fixture(scope="module")
def result():
    return make_screening_result()[0]


@pytest.fixture
def scene():
    with standalone_scene() as scene:
        yield scene


def _load_segmentation(scene, path):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1
    return node, storage


def _mask(node, bone, reference):
    labels, whole = slicer.vtkOrientedImageData(), slicer.vtkOrientedImageData()
    node.GetBinaryLabelmapRepresentation(bone.value, labels)
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(labels, reference, whole, False, True)
    columns, rows, _ = whole.GetDimensions()
    return vtk_to_numpy(whole.GetPointData().GetScalars()).reshape(rows, columns) > 0


def test_slicer_opens_the_segmentation(scene, result, tmp_path):
    path = tmp_path / "segmentation.seg.nrrd"
    write_segmentation(path, result.segmentation.masks, result.film.spacing, Laterality.RIGHT)
    node, _ = _load_segmentation(scene, path)
    segmentation = node.GetSegmentation()
    assert [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())] == [b.value for b in BONES]
    reference = slicer.vtkOrientedImageData()
    geometry = segmentation.GetConversionParameter("Reference image geometry")
    assert slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, reference)
    assert reference.GetDimensions() == (160, 200, 1)
    assert reference.GetSpacing() == pytest.approx((0.15, 0.14, 1))
    for bone in BONES:
        segment = segmentation.GetSegment(bone.value)
        np.testing.assert_array_equal(_mask(node, bone, reference), result.segmentation.mask(bone), err_msg=bone.value)
        assert segment.GetName() == bone.title
        assert segment.GetColor() == pytest.approx(BONE_CODES[bone].colour)
        entry = slicer.vtkSlicerTerminologyEntry()
        assert slicer.vtkSlicerTerminologiesModuleLogic.DeserializeTerminologyEntry(segment.GetTerminology(), entry)
        assert entry.GetTypeObject().GetCodeValue() == BONE_CODES[bone].snomed
        assert entry.GetTypeModifierObject().GetCodeValue() == "24028007"
    for first, second in OVERLAPPING_BONES:
        assert segmentation.GetLayerIndex(first.value) != segmentation.GetLayerIndex(second.value)


def test_the_segmentation_lies_where_slicer_puts_the_film(scene, result, tmp_path):
    path = tmp_path / "segmentation.seg.nrrd"
    write_segmentation(path, result.segmentation.masks, result.film.spacing, Laterality.LEFT)
    node, _ = _load_segmentation(scene, path)
    labels = slicer.vtkOrientedImageData()
    node.GetBinaryLabelmapRepresentation("metacarpal_2", labels)
    columns, rows, _ = labels.GetDimensions()
    row, column = np.argwhere(vtk_to_numpy(labels.GetPointData().GetScalars()).reshape(rows, columns) > 0)[0]
    first_column, _, first_row, *_ = labels.GetExtent()
    matrix = vtk.vtkMatrix4x4()
    labels.GetImageToWorldMatrix(matrix)
    position = matrix.MultiplyPoint((first_column + column, first_row + row, 0, 1))[:3]
    row, column = np.argwhere(result.segmentation.mask(Bone.METACARPAL_2))[0]
    assert position == pytest.approx((-0.15 * column, -0.14 * row, 0))


def test_what_slicer_saves_again_is_read_back_uncropped(scene, result, tmp_path):
    path = tmp_path / "segmentation.seg.nrrd"
    write_segmentation(path, result.segmentation.masks, result.film.spacing, Laterality.LEFT)
    node, storage = _load_segmentation(scene, path)
    saved = tmp_path / "saved.seg.nrrd"
    storage.SetFileName(str(saved))
    storage.SetCropToMinimumExtent(True)
    assert storage.WriteData(node) == 1
    assert b"sizes: 2 160 200 1" not in saved.read_bytes()
    np.testing.assert_array_equal(read_segmentation(saved, (200, 160)), result.segmentation.masks)


def test_slicer_opens_the_uncertainty_as_a_vector_volume(scene, result, tmp_path):
    path = tmp_path / "uncertainty.nrrd"
    write_uncertainty(path, result.segmentation.uncertainty, result.film.spacing)
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode")
    storage = scene.AddNewNodeByClass("vtkMRMLNRRDStorageNode")
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1
    image = node.GetImageData()
    assert image.GetDimensions() == (160, 200, 1)
    assert node.GetSpacing() == pytest.approx((0.15, 0.14, 1))
    values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(200, 160, 3)
    expected = round_maps(result.segmentation.uncertainty)
    for index, name in enumerate(("total", "between", "within")):
        np.testing.assert_array_equal(values[..., index], getattr(expected, name))


@pytest.mark.parametrize("side", list(Laterality))
@pytest.mark.parametrize("bone", [Bone.RADIUS, Bone.METACARPAL_3])
def test_terminology_text_is_what_slicer_itself_writes(bone, side):
    logic, entry = slicer.vtkSlicerTerminologiesModuleLogic, slicer.vtkSlicerTerminologyEntry()
    text = terminology_entry(bone, side)
    assert logic.DeserializeTerminologyEntry(text, entry)
    assert logic.SerializeTerminologyEntry(entry) == text


def test_geometry_text_is_what_slicer_itself_writes():
    image = slicer.vtkOrientedImageData()
    text = geometry_text((200, 160), Spacing())
    assert slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, image)
    assert slicer.vtkSegmentationConverter.SerializeImageGeometry(image) == text
