"""Masks as NIfTI: voxels and place are those of the film, with every reader, and the same bytes every time."""

from __future__ import annotations

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.reports.nifti import write_nifti_masks
from OsteoScreenLib.screening.nrrd_geometry import volume_spacing
from OsteoScreenLib.screening.storage_segmentation import write_segmentation
from Testing.screening_results import DETECTOR_SPACING, MISSING_BONE, make_screening_result


@pytest.fixture(scope="module", params=[DETECTOR_SPACING, Spacing()], ids=["known spacing", "unknown spacing"])
def written(request, tmp_path_factory):
    result, _ = make_screening_result(spacing=request.param)
    folder = tmp_path_factory.mktemp("nifti") / "masks"
    write_nifti_masks(result, folder)
    return result, folder


def test_one_file_per_bone(written) -> None:
    _, folder = written
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{bone.value}.nii.gz" for bone in BONES)


@pytest.mark.parametrize("bone", BONES)
def test_two_readers_find_the_mask_where_the_film_lies(written, bone: Bone) -> None:
    result, folder = written
    path, mask = folder / f"{bone.value}.nii.gz", result.segmentation.mask(bone)
    column_mm, row_mm, slice_mm = volume_spacing(result.film.spacing)

    image = nibabel.load(path)
    assert image.get_data_dtype() == np.uint8
    assert image.shape == (mask.shape[1], mask.shape[0], 1)
    # float32 in the file; Slicer's IJKToRAS of the film itself.
    np.testing.assert_allclose(image.affine, np.diag([-column_mm, -row_mm, slice_mm, 1]), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(np.asarray(image.dataobj)[:, :, 0].T, mask)
    assert image.header.get_xyzt_units()[0] == "mm"

    other = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(other)[0], mask)
    assert other.GetSpacing() == pytest.approx((column_mm, row_mm, slice_mm), rel=1e-6)
    assert other.GetOrigin() == pytest.approx((0, 0, 0))
    assert other.GetDirection() == pytest.approx((1, 0, 0, 0, 1, 0, 0, 0, 1))


def test_it_lies_on_the_stored_segmentation(written, tmp_path) -> None:
    result, folder = written
    write_segmentation(tmp_path / "a.seg.nrrd", result.segmentation.masks, result.film.spacing, result.film.laterality)
    stored, image = sitk.ReadImage(str(tmp_path / "a.seg.nrrd")), sitk.ReadImage(str(folder / "ulna.nii.gz"))
    assert stored.GetSize() == image.GetSize()
    corner = [size - 1 for size in image.GetSize()]
    expected = stored.TransformIndexToPhysicalPoint(corner)
    assert image.TransformIndexToPhysicalPoint(corner) == pytest.approx(expected, rel=1e-6)


def test_a_bone_that_was_not_found_is_empty(written) -> None:
    _, folder = written
    assert not np.asarray(nibabel.load(folder / f"{MISSING_BONE.value}.nii.gz").dataobj).any()


def test_the_same_result_gives_the_same_bytes(written, tmp_path) -> None:
    result, folder = written
    write_nifti_masks(result, tmp_path)
    for path in folder.iterdir():
        content = path.read_bytes()
        assert content == (tmp_path / path.name).read_bytes()
        assert content[:4] == b"\x1f\x8b\x08\0"  # no name
        assert content[4:8] == bytes(4)  # no time
        assert gzip.decompress(content)


def test_where_nothing_can_be_written_it_is_said(written, tmp_path) -> None:
    result, _ = written
    (tmp_path / "masks").write_text("a file")
    with pytest.raises(OutputError, match="masks: cannot be written"):
        write_nifti_masks(result, tmp_path / "masks")
