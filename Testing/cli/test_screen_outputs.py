"""The further files of ``osteoscreen screen``: each only where it is asked for, and the patient named only then, too."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from OsteoScreenLib.cli.arguments import parser
from OsteoScreenLib.cli.screen import screen
from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.reports.dicom import equipment
from OsteoScreenLib.screening.values import FilmDescription
from OsteoScreenLib.worker.run import Steps
from Testing.radiograph.dicom_films import write_dicom
from Testing.screening_results import make_screening_result

DICOM = {"dicom/overlay.dcm", "dicom/probability.dcm", "dicom/report.dcm", "dicom/segmentation.dcm"}
ALWAYS = {"hypotheses.nrrd", "overlay.png", "report.html", "result.json", "segmentation.seg.nrrd", "uncertainty.nrrd"}


class Screened:
    """Gives the synthetic result for any film of its size."""

    def screen(self, radiograph, *, seed, samples, progress):
        result, _ = make_screening_result()
        return replace(result, film=FilmDescription.of(radiograph))

    def rescore(self, radiograph, result, masks, *, progress):
        raise AssertionError("nobody asks for it")


@pytest.fixture
def film(tmp_path) -> Path:
    _, radiograph = make_screening_result()
    grey = np.rint(radiograph.normalised() * 4095).astype(np.uint16)
    tags = {"PatientName": "Secret^Susan", "PatientID": "MRN-4711", "PatientBirthDate": "19500102", "ImageLaterality": "L"}
    return write_dicom(tmp_path / "hand.dcm", grey, bits_stored=12, tags=tags)


def run(film: Path, out: Path, *flags: str) -> set[str]:
    """Screen; the files of the result folder, with their folders."""
    steps = Steps(
        read_film=lambda job: read_radiograph(job.film),
        open_screener=lambda bundle, engine: Screened(),
        fetch=lambda job, progress: out,
        prepare=lambda bundle, engine: None,
    )
    given = parser().parse_args(["screen", str(film), "--out", str(out), "--quiet", *flags])
    assert screen(given, steps) is ExitStatus.ANALYSED
    folder = out / film.stem
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return files - {".osteoscreen-files.json", "scene.mrb"}


def test_nothing_more_than_asked_for(film: Path, tmp_path) -> None:
    assert run(film, tmp_path / "out") == ALWAYS


@pytest.mark.parametrize(
    ("flag", "files"),
    [
        ("--pdf", {"report.pdf"}),
        ("--dicom", DICOM),
        ("--coco", {"coco.json"}),
        ("--nifti", {"masks/radius.nii.gz", "masks/ulna.nii.gz", *(f"masks/metacarpal_{n}.nii.gz" for n in range(1, 6))}),
        ("--masks", {"masks/radius.png", "masks/ulna.png", *(f"masks/metacarpal_{n}.png" for n in range(1, 6))}),
    ],
)
def test_each_further_file_comes_with_its_flag(film: Path, tmp_path, flag: str, files: set[str]) -> None:
    assert run(film, tmp_path / "out", flag) == ALWAYS | files


def test_patient_is_named_on_reports_only_where_that_is_asked_for(film: Path, tmp_path) -> None:
    run(film, tmp_path / "out", "--pdf", "--coco")
    for path in (tmp_path / "out" / "hand").rglob("*"):
        if path.is_file():
            assert b"Susan" not in path.read_bytes(), path
            assert b"4711" not in path.read_bytes(), path
    run(film, tmp_path / "out", "--identify")
    page = (tmp_path / "out" / "hand" / "report.html").read_text(encoding="utf-8")
    assert "Secret, Susan" in page
    assert "MRN-4711" in page
    assert "1950-01-02" in page
    assert "Susan" not in (tmp_path / "out" / "hand" / "result.json").read_text(encoding="utf-8")


def test_paper_of_the_pdf(film: Path, tmp_path) -> None:
    run(film, tmp_path / "a4", "--pdf")
    run(film, tmp_path / "us", "--pdf", "--paper", "letter")
    assert b"/MediaBox [ 0 0 595.2" in (tmp_path / "a4" / "hand" / "report.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 612 792 ]" in (tmp_path / "us" / "hand" / "report.pdf").read_bytes()


def test_dicom_objects_join_the_films_study(film: Path, tmp_path) -> None:
    run(film, tmp_path / "out", "--dicom")
    source = pydicom.dcmread(film)
    for path in sorted((tmp_path / "out" / "hand" / "dicom").iterdir()):
        found = pydicom.dcmread(path)
        assert (found.StudyInstanceUID, found.PatientID) == (source.StudyInstanceUID, "MRN-4711"), path.name


def test_polygons_name_the_film(film: Path, tmp_path) -> None:
    run(film, tmp_path / "out", "--coco")
    document = json.loads((tmp_path / "out" / "hand" / "coco.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in document["images"]] == ["hand.dcm"]
    assert document["annotations"]


def test_missing_package_is_named_and_an_earlier_result_stays(film: Path, tmp_path, monkeypatch) -> None:
    run(film, tmp_path / "out")
    before = shutil.copytree(tmp_path / "out", tmp_path / "before")
    monkeypatch.setattr(equipment, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install highdicom"):
        run(film, tmp_path / "out", "--dicom")
    for path in (path for path in before.rglob("*") if path.is_file()):
        assert (tmp_path / "out" / path.relative_to(before)).read_bytes() == path.read_bytes()
