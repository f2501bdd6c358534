"""Films from picture files become a study of their own, in which nobody is invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from OsteoScreenLib.radiograph import Laterality, read_radiograph
from OsteoScreenLib.reports.dicom import write_dicom_objects
from Testing.dicom_checks import dciodvfy_errors
from Testing.radiograph.dicom_films import hand_phantom
from Testing.reports.dicom.grafted_result import SHAPE, graft
from Testing.system_programs import require_program


def save(path: Path, bits: int = 16, *, negative: bool = False) -> Path:
    pixels = hand_phantom(*SHAPE, bits=bits)
    Image.fromarray(pixels.max() - pixels if negative else pixels).save(path)
    return path


@pytest.mark.parametrize("name", ["hand16.png", "hand8.png", "hand.tif", "hand.jpg"])
def test_film_itself_is_written_exactly_and_everything_refers_to_it(tmp_path: Path, name: str) -> None:
    require_program("dicom3tools", "dciodvfy")
    film = save(tmp_path / name, 8 if name.endswith(("8.png", "jpg")) else 16)
    result, radiograph = graft(film)
    paths = {path.name: path for path in write_dicom_objects(result, radiograph, film, tmp_path / "objects")}
    assert {each: dciodvfy_errors(path) for each, path in paths.items()} == {each: [] for each in paths}
    made = {each: pydicom.dcmread(path) for each, path in paths.items()}
    image = made["film.dcm"]
    assert np.array_equal(image.pixel_array, radiograph.pixels)
    assert (image.PhotometricInterpretation, image.ConversionType, image.Modality) == ("MONOCHROME2", "DF", "OT")
    assert "PixelSpacing" not in image
    assert len({each.StudyInstanceUID for each in made.values()}) == 1
    for each in made.values():
        assert (str(each.PatientName), each.PatientBirthDate, each.StudyDate, each.AccessionNumber) == ("", "", "", "")
        assert each.PatientID == f"PICTURE-{result.film.source.sha256[:16].upper()}"
        assert "picture file" in each.StudyDescription
        assert name not in each.to_json(), "people put names into file names"
        if each is not image:
            assert image.SOPInstanceUID in each.to_json()
    again = read_radiograph(paths["film.dcm"])
    assert np.array_equal(again.pixels, radiograph.pixels)


def test_inverted_picture_is_written_with_bright_bone(tmp_path: Path) -> None:
    film = save(tmp_path / "negative.png", negative=True)
    result, radiograph = graft(film)
    assert radiograph.polarity.inverted
    paths = write_dicom_objects(result, radiograph, film, tmp_path / "objects")
    image = pydicom.dcmread(next(path for path in paths if path.name == "film.dcm"))
    assert np.array_equal(image.pixel_array, radiograph.pixels)
    assert "inverted so that bone is bright" in image.DerivationDescription


def test_values_that_are_no_16_bit_numbers_come_back_by_rescale(tmp_path: Path) -> None:
    import SimpleITK as sitk

    pixels = hand_phantom(*SHAPE, bits=12).astype(np.float32) * 0.37 - 500
    image = sitk.GetImageFromArray(pixels)
    image.SetSpacing((0.2, 0.1))
    sitk.WriteImage(image, str(tmp_path / "film.nrrd"))
    result, radiograph = graft(tmp_path / "film.nrrd", laterality=Laterality.RIGHT)
    paths = write_dicom_objects(result, radiograph, tmp_path / "film.nrrd", tmp_path / "objects")
    film = next(path for path in paths if path.name == "film.dcm")
    assert dciodvfy_errors(film) == []
    dataset = pydicom.dcmread(film)
    values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    assert np.abs(values - radiograph.pixels).max() <= 0.51 * float(dataset.RescaleSlope)
    assert list(dataset.NominalScannedPixelSpacing) == list(dataset.PixelSpacing) == [0.1, 0.2]
    assert dataset.Laterality == "R"
    assert read_radiograph(film).spacing.trusted
