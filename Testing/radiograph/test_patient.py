"""Who was filmed is read on demand, in words that fit a line, from DICOM films alone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.patient import read_patient
from OsteoScreenLib.radiograph.values import Patient
from Testing.radiograph.dicom_films import write_dicom

FILM = np.zeros((80, 80), np.uint16)


def test_name_id_and_birth_date_are_spoken(tmp_path) -> None:
    tags = {"PatientName": "Doe^Jane^Q^Dr=\u5c71", "PatientID": "MRN 7", "PatientBirthDate": "19510203"}
    assert read_patient(write_dicom(tmp_path / "f.dcm", FILM, tags=tags)) == Patient("Doe, Jane Q", "MRN 7", "1951-02-03")


def test_film_that_names_nobody_gives_none(tmp_path) -> None:
    film = write_dicom(tmp_path / "f.dcm", FILM, tags={"PatientName": None, "PatientID": ""})
    assert read_patient(film) is None
    Image.fromarray(FILM.astype(np.uint8)).save(tmp_path / "f.png")
    assert read_patient(tmp_path / "f.png") is None


def test_line_breaks_and_endless_names_become_one_short_line(tmp_path) -> None:
    film = write_dicom(tmp_path / "f.dcm", FILM, tags={"PatientID": "a\tb" + "x" * 60})
    patient = read_patient(film)
    assert patient is not None
    assert patient.patient_id is not None
    assert patient.patient_id.startswith("a b")
    assert patient.patient_id.isprintable()


def test_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FilmError, match=r"gone\.dcm"):
        read_patient(tmp_path / "gone.dcm")
