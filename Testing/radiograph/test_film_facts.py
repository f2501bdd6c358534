"""Spacing with provenance, side, identity: what a film's tags say, and what is not believed."""

import numpy as np
import pytest
import SimpleITK as sitk

from OsteoScreenLib.radiograph import (
    Laterality,
    PolarityBasis,
    Spacing,
    SpacingProvenance,
    radiograph_from_array,
    read_radiograph,
)
from Testing.radiograph.dicom_films import hand_phantom, lookup_table, write_dicom

CALIBRATED, DETECTOR = SpacingProvenance.CALIBRATED, SpacingProvenance.DETECTOR
OVER, UNKNOWN = SpacingProvenance.DETECTOR_OVER_MAGNIFICATION, SpacingProvenance.UNKNOWN


@pytest.fixture(scope="module")
def film():
    return hand_phantom(200, 160, bits=12)


def read(tmp_path, film, *, kind="DX", **tags):
    return read_radiograph(write_dicom(tmp_path / "film.dcm", film, kind=kind, bits_stored=12, tags=tags))


@pytest.mark.parametrize(
    ("kind", "tags", "row", "column", "provenance"),
    [
        ("DX", {"ImagerPixelSpacing": [0.14, 0.15]}, 0.14, 0.15, DETECTOR),
        ("DX", {"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.15, 0.15]}, 0.15, 0.15, DETECTOR),
        ("DX", {"ImagerPixelSpacing": [0.15, 0.15], "PixelSpacing": [0.14, 0.14]}, 0.14, 0.14, CALIBRATED),
        ("CR", {"PixelSpacing": [0.14, 0.15], "PixelSpacingCalibrationType": "FIDUCIAL"}, 0.14, 0.15, CALIBRATED),
        ("CR", {"PixelSpacing": [0.1, 0.1]}, 0.1, 0.1, DETECTOR),
        ("DX", {"ImagerPixelSpacing": [0.15, 0.15], "EstimatedRadiographicMagnificationFactor": "1.25"}, 0.12, 0.12, OVER),
        ("DX", {"ImagerPixelSpacing": [0.15, 0.15], "EstimatedRadiographicMagnificationFactor": "0"}, 0.15, 0.15, DETECTOR),
        ("SC", {"NominalScannedPixelSpacing": [0.1, 0.1]}, 0.1, 0.1, DETECTOR),
        ("SC", {"PixelSpacing": [0.1, 0.1]}, None, None, UNKNOWN),
        ("DX", {}, None, None, UNKNOWN),
        ("DX", {"ImagerPixelSpacing": [0, 0]}, None, None, UNKNOWN),
        ("DX", {"ImagerPixelSpacing": [-0.1, 0.1]}, None, None, UNKNOWN),
        ("DX", {"ImagerPixelSpacing": [1e9, 1e9]}, None, None, UNKNOWN),
        ("DX", {"ImagerPixelSpacing": [0.1]}, None, None, UNKNOWN),
        ("DX", {"PixelSpacing": [1e9, 1e9], "ImagerPixelSpacing": [0.2, 0.2]}, 0.2, 0.2, DETECTOR),
    ],
)
def test_spacing_provenance(tmp_path, film, kind, tags, row, column, provenance):
    spacing = read(tmp_path, film, kind=kind, **tags).spacing
    assert spacing.provenance is provenance
    assert spacing.trusted == (provenance is not UNKNOWN)
    assert (spacing.row_mm, spacing.column_mm) == (row, column) or spacing.row_mm == pytest.approx(row)


def test_the_user_overrides_the_tags(tmp_path, film):
    tags = {"ImagerPixelSpacing": [0.2, 0.2], "ImageLaterality": "L"}
    path = write_dicom(tmp_path / "film", film, bits_stored=12, tags=tags)
    given = read_radiograph(path, spacing_mm=(0.1, 0.12), laterality=Laterality.RIGHT, invert=True)
    assert given.spacing == Spacing(0.1, 0.12, SpacingProvenance.USER)
    assert given.laterality is Laterality.RIGHT
    assert given.polarity.inverted
    assert given.polarity.basis is PolarityBasis.USER
    np.testing.assert_array_equal(given.pixels, 4095 - film.astype(np.float32))
    left_alone = read_radiograph(path, invert=False, spacing_mm=0.1)
    np.testing.assert_array_equal(left_alone.pixels, film)
    assert left_alone.spacing == Spacing(0.1, 0.1, SpacingProvenance.USER)


@pytest.mark.parametrize("spacing", [0.144, 1.0])
def test_nrrd_spacing(tmp_path, film, spacing):
    image = sitk.GetImageFromArray(film)
    image.SetSpacing((spacing, spacing))
    sitk.WriteImage(image, str(tmp_path / "film.nrrd"))
    found = read_radiograph(tmp_path / "film.nrrd").spacing
    assert found.provenance is (UNKNOWN if spacing == 1.0 else DETECTOR)
    assert found.row_mm == (None if spacing == 1.0 else pytest.approx(spacing))


def test_print_resolution_is_no_spacing(tmp_path, film):
    image = sitk.GetImageFromArray(film)
    image.SetSpacing((0.144, 0.144))
    for name in ("film.png", "film.tif"):
        sitk.WriteImage(image, str(tmp_path / name))
        assert read_radiograph(tmp_path / name).spacing.provenance is UNKNOWN


def code(value, meaning):
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item


def coded_anatomy(side):
    hand = code("85562004", "Hand")
    hand.AnatomicRegionModifierSequence = [code(side, "side")]
    return {"AnatomicRegionSequence": [hand]}


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        ({"ImageLaterality": "L"}, Laterality.LEFT),
        ({"Laterality": "R"}, Laterality.RIGHT),
        ({"FrameLaterality": "R"}, Laterality.RIGHT),
        (coded_anatomy("7771000"), Laterality.LEFT),
        (coded_anatomy("G-A100"), Laterality.RIGHT),
        ({"ImageLaterality": "B"}, Laterality.UNKNOWN),
        ({"ImageLaterality": "L", "Laterality": "R"}, Laterality.UNKNOWN),
        ({}, Laterality.UNKNOWN),
    ],
)
def test_laterality(tmp_path, film, tags, side):
    assert read(tmp_path, film, **tags).laterality is side


def test_identity_without_a_name(tmp_path, film):
    source = read(tmp_path, film, PatientAge="067Y", PatientSex="F", ViewPosition="PA").source
    assert source.file_format == "DICOM"
    assert (source.modality, source.view_position, source.body_part) == ("DX", "PA", "HAND")
    assert (source.patient_age_years, source.patient_sex) == (67.0, "F")
    assert (source.bits_stored, source.name, len(source.sha256)) == (12, "film.dcm", 64)
    assert source.sop_class_uid == "1.2.840.10008.5.1.4.1.1.1.1"
    assert source.study_instance_uid
    assert source.series_instance_uid
    assert source.sop_instance_uid
    assert "Phantom" not in repr(source)
    assert "PHANTOM" not in repr(source)


@pytest.mark.parametrize(("age", "years"), [("018M", 1.5), ("", None), ("67", None), ("999Y", None)])
def test_ages(tmp_path, film, age, years):
    assert read(tmp_path, film, PatientAge=age).source.patient_age_years == years


def test_voi_table_is_applied_and_a_malformed_one_ignored(tmp_path, film):
    curve = np.rint(65535 * (np.arange(4096) / 4095) ** 0.5)
    seen = read(tmp_path, film, VOILUTSequence=lookup_table(curve))
    np.testing.assert_array_equal(seen.pixels, curve[film].astype(np.float32))
    plain = read(tmp_path, film)
    broken = lookup_table(curve)
    broken[0].LUTDescriptor = [4096]
    np.testing.assert_array_equal(read(tmp_path, film, VOILUTSequence=broken).normalised(), plain.normalised())


def test_modality_table(tmp_path, film):
    curve = np.rint(4095 * (np.arange(4096) / 4095) ** 2)
    table = lookup_table(curve, bits=12)
    np.testing.assert_array_equal(read(tmp_path, film, ModalityLUTSequence=table).pixels, curve[film].astype(np.float32))


@pytest.mark.parametrize("padding", [0, 4095])
def test_padding_is_outside_the_field(tmp_path, film, padding):
    padded = film.clip(10, 4000)
    padded[:40] = padding
    seen = read(tmp_path, padded, PixelPaddingValue=padding)
    assert not seen.field[:40].any()
    assert seen.field[60:].mean() > 0.9
    ranged = read(tmp_path, padded, PixelPaddingValue=max(0, padding - 5), PixelPaddingRangeLimit=min(4095, padding + 5))
    assert not ranged.field[:40].any()


def test_array_from_a_node(film):
    seen = radiograph_from_array(film[None], spacing=Spacing(0.1, 0.1, DETECTOR), name="Hand PA", laterality=Laterality.LEFT)
    assert seen.shape == film.shape
    assert seen.spacing.provenance is DETECTOR
    assert (seen.source.name, seen.source.file_format) == ("Hand PA", "array")
    assert seen.laterality is Laterality.LEFT
    again = radiograph_from_array(film, source=seen.source)
    assert again.source is seen.source
    transparent = np.stack([film, np.where(np.arange(160) < 20, 0, 65535)[None].repeat(200, 0).astype(np.uint16)], -1)
    assert not radiograph_from_array(transparent).field[:, :20].any()
