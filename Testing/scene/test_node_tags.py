"""What is known of a film in the scene, and where it came from."""

import hashlib

import numpy as np
import pytest

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.scene.node_tags import (
    UserWord,
    align_spacing,
    remember_tags,
    set_user_age,
    set_user_invert,
    set_user_sex,
    set_user_side,
    set_user_spacing,
    spacing_from_line,
    tags_of,
    user_word,
)
from Testing.scene_films import add_volume, saved_and_opened

PIXELS = np.random.default_rng(0).integers(0, 4000, (1, 90, 70)).astype(np.int16)
UNKNOWN = Spacing()


@pytest.fixture
def film(scene):
    return add_volume(scene, PIXELS, name="Hand")


@pytest.fixture
def dicom_file(tmp_path):
    return _dicom(tmp_path / "hand.dcm")


def _dicom(path, **tags):
    import pydicom
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.7"
    said = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1",
        "SOPInstanceUID": "2.25.7",
        "Modality": "DX",
        "Rows": 90,
        "Columns": 70,
        "BitsStored": 12,
        "PhotometricInterpretation": "MONOCHROME2",
        "ImagerPixelSpacing": [0.16, 0.15],
        "PixelSpacing": [0.13, 0.12],
        "PatientAge": "067Y",
        "PatientSex": "F",
        "ImageLaterality": "R",
    }
    for name, value in (said | tags).items():
        setattr(dataset, name, value)
    # Version 2.4, which Slicer 5.10 has, calls it by another name.
    strictly = {"enforce_file_format": True} if hasattr(pydicom, "examples") else {"write_like_original": False}
    pydicom.dcmwrite(path, dataset, **strictly)
    return path


def test_a_dicom_films_tags_are_read_with_their_provenance(film, dicom_file):
    film.SetAttribute("DICOM.instanceUIDs", "2.25.7")
    tags = tags_of(film, dicom_file)
    assert tags.spacing == Spacing(0.13, 0.12, SpacingProvenance.CALIBRATED)
    assert tags.spacing_words == "0.13 x 0.12 mm per pixel (calibrated, from the film's tags)"
    assert (tags.laterality, tags.age_years, tags.sex) == (Laterality.RIGHT, 67.0, "F")
    assert tags.source.sha256 == hashlib.sha256(dicom_file.read_bytes()).hexdigest()
    assert (tags.source.name, tags.source.sop_instance_uid) == ("hand.dcm", "2.25.7")


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [("MONOCHROME2", "IDENTITY", False), ("MONOCHROME2", "INVERSE", True), ("MONOCHROME1", "INVERSE", None)],
)
def test_pixels_that_a_reader_may_have_inverted_are_not_inverted_on_the_tag_alone(film, tmp_path, photometric, shape, inverted):
    path = _dicom(tmp_path / "film.dcm", PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    assert tags_of(film, path).tag_inverted is inverted


@pytest.mark.parametrize("tags", [{"Rows": 91}, {"NumberOfFrames": 2}, {"SOPInstanceUID": "2.25.8"}])
def test_the_file_of_another_image_is_not_believed(film, tmp_path, tags):
    film.SetAttribute("DICOM.instanceUIDs", "2.25.7")
    found = tags_of(film, _dicom(tmp_path / "other.dcm", **tags))
    assert (found.spacing, found.laterality, found.source.file_format) == (UNKNOWN, Laterality.UNKNOWN, "array")


def test_an_absent_file_leaves_what_the_node_tells(film, tmp_path):
    film.SetSpacing(0.2, 0.3, 1)
    found = tags_of(film, tmp_path / "gone.dcm")
    assert found.spacing == Spacing(0.3, 0.2, SpacingProvenance.DETECTOR)
    assert found.source.name == "Hand"


def test_slicers_default_spacing_is_unknown(film):
    assert tags_of(film).spacing == UNKNOWN
    assert tags_of(film).spacing_words == "Unknown: lengths stay in pixels"


def _loaded_from(scene, film, path):
    """Leave the node as a reader does: with its file in the storage node, and nothing changed since."""
    import slicer

    storage = scene.AddNode(slicer.vtkMRMLVolumeArchetypeStorageNode())
    film.SetAndObserveStorageNodeID(storage.GetID())
    storage.SetFileName(str(path.with_suffix(".nrrd")))
    assert storage.WriteData(film)
    path.write_bytes(b"the bytes of a film's file")
    storage.SetFileName(str(path))
    assert not film.GetModifiedSinceRead()


def test_a_pictures_resolution_is_unknown_and_its_file_is_the_films_identity(scene, film, tmp_path):
    film.SetSpacing(0.26, 0.26, 1)
    _loaded_from(scene, film, tmp_path / "hand.png")
    tags = tags_of(film)
    assert tags.spacing == UNKNOWN
    assert tags.source.sha256 == hashlib.sha256(b"the bytes of a film's file").hexdigest()
    assert (tags.source.name, tags.source.file_format, tags.source.bits_stored) == ("hand.png", "PNG", 16)
    film.GetImageData().GetPointData().GetScalars().SetValue(5, 9)
    film.GetImageData().Modified()
    assert tags_of(film).source.file_format == "array"


def test_a_volume_files_spacing_is_the_detectors_at_best(scene, film, tmp_path):
    film.SetSpacing(0.26, 0.27, 1)
    _loaded_from(scene, film, tmp_path / "hand.nrrd")
    assert tags_of(film).spacing == Spacing(0.27, 0.26, SpacingProvenance.DETECTOR)


def test_other_pixels_are_another_film(film):
    before = tags_of(film).source
    assert tags_of(film).source == before
    film.GetImageData().GetPointData().GetScalars().SetValue(5, 9)
    after = tags_of(film).source
    assert after.sha256 != before.sha256
    assert len(after.sha256) == 64


def test_the_users_word_comes_first_and_survives_saving(scene, film, dicom_file):
    set_user_spacing(film, 0.2)
    set_user_invert(film, True)
    set_user_side(film, Laterality.LEFT)
    set_user_age(film, 71)
    set_user_sex(film, "M")
    with saved_and_opened(scene):
        film = scene.GetFirstNodeByName("Hand")
        assert user_word(film) == UserWord(0.2, True, Laterality.LEFT, 71.0, "M")
        tags = tags_of(film, dicom_file)
    assert tags.spacing == Spacing(0.2, 0.2, SpacingProvenance.USER)
    assert (tags.laterality, tags.age_years, tags.sex) == (Laterality.LEFT, 71.0, "M")
    assert tags.tag_inverted is False


def test_a_word_taken_back_leaves_the_film_as_it_was(film):
    film.SetSpacing(0.2, 0.3, 1)
    film.SetOrigin(5, 6, 7)
    set_user_spacing(film, 0.15)
    set_user_spacing(film, 0.16)
    assert film.GetSpacing() == pytest.approx((0.16, 0.16, 1))
    assert film.GetOrigin() == (5, 6, 7)
    set_user_spacing(film, None)
    set_user_spacing(film, None)
    assert film.GetSpacing() == pytest.approx((0.2, 0.3, 1))
    for clear in (set_user_invert, set_user_side, set_user_age, set_user_sex):
        clear(film, None)
    assert user_word(film) == UserWord()
    assert tags_of(film).spacing == Spacing(0.3, 0.2, SpacingProvenance.DETECTOR)


def test_words_that_make_no_sense_are_refused(film):
    for wrong in (lambda: set_user_spacing(film, 0), lambda: set_user_age(film, 200), lambda: set_user_sex(film, "X")):
        with pytest.raises(UsageError):
            wrong()
    assert user_word(film) == UserWord()


def test_what_the_file_told_is_known_without_the_file(scene, film, dicom_file):
    remember_tags(film, dicom_file)
    told = tags_of(film, dicom_file)
    with saved_and_opened(scene):
        film = scene.GetFirstNodeByName("Hand")
        assert tags_of(film) == told
        film.GetImageData().GetPointData().GetScalars().SetValue(5, 9)
        changed = tags_of(film)
    assert changed.spacing == told.spacing
    assert changed.source.sha256 != told.source.sha256
    assert changed.source.patient_sex == "F"


def test_a_spacing_set_in_slicer_afterwards_is_seen(film, dicom_file):
    remember_tags(film)
    assert tags_of(film).spacing == UNKNOWN
    film.SetSpacing(0.2, 0.3, 1)
    assert tags_of(film).spacing == Spacing(0.3, 0.2, SpacingProvenance.DETECTOR)
    remember_tags(film, dicom_file)
    align_spacing(film, tags_of(film).spacing)
    assert tags_of(film).spacing == Spacing(0.13, 0.12, SpacingProvenance.CALIBRATED)


def test_the_trusted_spacing_is_given_to_slicers_rulers(film, dicom_file):
    assert align_spacing(film, tags_of(film, dicom_file).spacing)
    assert film.GetSpacing() == pytest.approx((0.12, 0.13, 1))
    assert not align_spacing(film, tags_of(film, dicom_file).spacing)
    assert not align_spacing(film, UNKNOWN)


def _line(scene, *points):
    line = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "Scale")
    for point in points:
        line.AddControlPoint(point)
    return line


def test_a_line_of_known_length_gives_the_size_of_a_pixel(scene, film):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    film.SetSpacing(0.5, 0.5, 1)
    line = _line(scene, (-5.0, -10.0, 0), (-20.0, -30.0, 0))  # 30 columns and 40 rows: 50 pixels
    assert spacing_from_line(line, film, 10.0) == pytest.approx(0.2)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 3, 100.0)
    transform.SetMatrixTransformToParent(matrix)
    film.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(UsageError, match="beside the film"):
        spacing_from_line(line, film, 10.0)
    line.SetAndObserveTransformNodeID(transform.GetID())
    assert spacing_from_line(line, film, 10.0) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("points", "length", "words"),
    [
        ([(-5, -5, 0)], 10, "has 1 of two"),
        ([], 10, "has 0 of two"),
        ([(-5, -5, 0), (-5, -5, 0)], 10, "0.0 pixels long"),
        ([(-5, -5, 0), (-5, -500, 0)], 10, "beside the film"),
        ([(-5, -5, 0), (-5, -55, 0)], 0, "no length"),
        ([(-5, -5, 0), (-5, -55, 0)], float("nan"), "no length"),
        ([(-5, -5, 0), (-5, -55, 0)], 5000, "100 mm large"),
    ],
)
def test_a_line_that_measures_nothing_is_refused(scene, film, points, length, words):
    with pytest.raises(UsageError, match=words):
        spacing_from_line(_line(scene, *points), film, length)
