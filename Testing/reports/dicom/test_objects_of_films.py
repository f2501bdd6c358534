"""Objects of films of every kind: dciodvfy finds no error, and they belong to the film, its patient and its study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph import Laterality
from OsteoScreenLib.reports.dicom import left_out, write_dicom_objects
from Testing.dicom_checks import dciodvfy_errors, dsrdump
from Testing.reports.dicom.grafted_result import graft, write_film
from Testing.system_programs import require_program

NOBODY = dict.fromkeys(
    ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "StudyDate", "StudyTime", "AccessionNumber",
     "StudyID", "ReferringPhysicianName", "PatientOrientation")
)  # fmt: skip
FILMS: dict[str, dict[str, Any]] = {
    "DX": {},
    "CR": {"kind": "CR", "tags": {"ImageLaterality": "R"}},
    "SC": {"kind": "SC"},
    "low values bright": {"photometric": "MONOCHROME1"},
    "no spacing": {"tags": {"ImagerPixelSpacing": None}},
    "no side": {"tags": {"ImageLaterality": None}},
    "no patient": {"tags": NOBODY},
    "8 bits": {"bits": 8},
    "16 bits": {"bits": 16},
    "RLE": {"transfer_syntax": RLELossless},
    "JPEG 2000": {"transfer_syntax": JPEG2000Lossless},
    "JPEG-LS": {"transfer_syntax": JPEGLSLossless},
    "JPEG": {"bits": 8, "transfer_syntax": JPEGBaseline8Bit},
    "colour": {"colour": True, "bits": 8},
}
ALL_FILES = ["overlay.dcm", "probability.dcm", "report.dcm", "segmentation.dcm"]


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    require_program("dicom3tools", "dciodvfy")
    require_program("dcmtk", "dsrdump")


def objects(folder: Path, film: Path, **options: Any) -> dict[str, pydicom.Dataset]:
    """All objects of a film, written, checked by dciodvfy and read again."""
    result, radiograph = graft(film, **options)
    paths = write_dicom_objects(result, radiograph, film, folder)
    assert {path.name: dciodvfy_errors(path) for path in paths} == {path.name: [] for path in paths}
    return {path.name: pydicom.dcmread(path) for path in paths}


@pytest.mark.parametrize("kind", FILMS)
def test_objects_are_without_error_and_belong_to_the_film(tmp_path: Path, kind: str) -> None:
    options = dict(FILMS[kind])
    if options.pop("colour", False):
        from Testing.radiograph.dicom_films import hand_phantom, write_dicom

        film = write_dicom(tmp_path / "film.dcm", np.repeat(hand_phantom(200, 160, bits=8)[..., None], 3, axis=2), kind="SC")
    else:
        film = write_film(tmp_path / "film.dcm", **options)
    source = pydicom.dcmread(film)
    made = objects(tmp_path / "objects", film)
    assert sorted(made) == ALL_FILES
    for name, each in made.items():
        assert each.StudyInstanceUID == source.StudyInstanceUID, name
        assert each.SeriesInstanceUID != source.SeriesInstanceUID, name
        for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "AccessionNumber"):
            assert each[keyword].value == (source.get(keyword) or each[keyword].empty_value), (name, keyword)
        assert "Research use only, not a medical device" in each.SeriesDescription
        assert source.SOPInstanceUID in referenced(each), name
    dsrdump(tmp_path / "objects" / "report.dcm")


def referenced(dataset: pydicom.Dataset) -> set[str]:
    """Every instance that a data set refers to, at any depth."""
    return {str(element.value) for element in dataset.iterall() if element.keyword == "ReferencedSOPInstanceUID"}


def test_report_refers_to_the_segments_of_the_segmentation_that_was_written(tmp_path: Path) -> None:
    made = objects(tmp_path / "objects", write_film(tmp_path / "film.dcm"))
    segmentation = made["segmentation.dcm"]
    named = {int(item.SegmentNumber): item.TrackingUID for item in segmentation.SegmentSequence}
    groups = [
        {str(item.ConceptNameCodeSequence[0].CodeMeaning): item for item in group.ContentSequence}
        for group in made["report.dcm"].ContentSequence[-1].ContentSequence[2:]
    ]
    assert len(groups) == len(named) == 6
    for group in groups:
        reference = group["Referenced Segmentation Frame"].ReferencedSOPSequence[0]
        assert reference.ReferencedSOPInstanceUID == segmentation.SOPInstanceUID
        assert named[reference.ReferencedSegmentNumber] == group["Tracking Unique Identifier"].UID
    evidence = made["report.dcm"].CurrentRequestedProcedureEvidenceSequence
    series = {item.SeriesInstanceUID for study in evidence for item in study.ReferencedSeriesSequence}
    assert segmentation.SeriesInstanceUID in series


@pytest.mark.parametrize(("side", "letter"), [(Laterality.LEFT, "L"), (Laterality.RIGHT, "R"), (Laterality.UNKNOWN, None)])
def test_side_and_directions_are_carried(tmp_path: Path, side: Laterality, letter: str | None) -> None:
    film = write_film(tmp_path / "film.dcm", tags={"ImageLaterality": letter})
    made = objects(tmp_path / "objects", film)
    assert list(made["overlay.dcm"].PatientOrientation) == ["R", "F"]
    assert (made["overlay.dcm"].Laterality or None) == letter
    shared = made["segmentation.dcm"].SharedFunctionalGroupsSequence[0]
    kind = made["segmentation.dcm"].SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    if letter is None:
        assert "FrameAnatomySequence" not in shared
        assert "SegmentedPropertyTypeModifierCodeSequence" not in kind
    else:
        assert shared.FrameAnatomySequence[0].FrameLaterality == letter
        assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == side.value.capitalize()


def test_millimetres_are_written_only_where_they_are_known(tmp_path: Path) -> None:
    known = objects(tmp_path / "known", write_film(tmp_path / "known.dcm"))
    unknown = objects(tmp_path / "unknown", write_film(tmp_path / "unknown.dcm", tags={"ImagerPixelSpacing": None}))
    shared = known["segmentation.dcm"].SharedFunctionalGroupsSequence[0]
    assert list(shared.PixelMeasuresSequence[0].PixelSpacing) == [0.14, 0.15]
    assert shared.PixelMeasuresSequence[0].SliceThickness < 1e-5, "no volume"
    # The overlay has square pixels: 160 columns of .15 mm and 200 rows of .14 mm became 686 columns and 800 rows.
    assert list(known["overlay.dcm"].PixelSpacing) == pytest.approx([200 * 0.14 / 800, 160 * 0.15 / 686], rel=1e-3)
    assert "pixel size unknown" in unknown["segmentation.dcm"].ContentDescription
    assert "the pixel spacing is not known" in unknown["segmentation.dcm"].ImageComments
    for each in unknown.values():
        assert not any("PixelSpacing" in element.keyword for element in each.iterall())
        units = {item.MeasurementUnitsCodeSequence[0].CodeValue for item in _values(each)}
        assert not units & {"mm", "mm2"}
    assert {"mm", "mm2"} <= {item.MeasurementUnitsCodeSequence[0].CodeValue for item in _values(known["report.dcm"])}


def _values(dataset: pydicom.Dataset) -> list[pydicom.Dataset]:
    return [item for element in dataset.iterall() if element.keyword == "MeasuredValueSequence" for item in element.value]


def test_film_that_is_not_analysable_gets_its_state_and_reasons_but_no_probability(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    options = {"state": State.NOT_ANALYSABLE, "missing": BONES}
    made = objects(tmp_path / "objects", film, **options)
    assert sorted(made) == ["overlay.dcm", "report.dcm"]
    assert "no bone was found" in left_out(graft(film, **options)[0])[0]
    text = dsrdump(tmp_path / "objects" / "report.dcm")
    assert '"State of the screening")=(NOT_ANALYSABLE,99OSTEOSCREEN' in text
    assert '"Reason for the state")="No hand or wrist was found' in text
    assert "No hand)=(REFUSAL" in text.replace('"No hand"', "No hand")
    assert "Probability" not in text


def test_all_bones_and_a_bone_drawn_by_a_person(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    result, radiograph = graft(film, missing=())
    bones = (replace(result.segmentation.bones[0], drawn=True), *result.segmentation.bones[1:])
    result = replace(result, segmentation=replace(result.segmentation, bones=bones))
    paths = {path.name: path for path in write_dicom_objects(result, radiograph, film, tmp_path / "objects")}
    assert [dciodvfy_errors(path) for path in paths.values()] == [[]] * 4
    segments = pydicom.dcmread(paths["segmentation.dcm"]).SegmentSequence
    assert [item.SegmentLabel for item in segments] == [bone.title for bone in BONES]
    assert [item.SegmentAlgorithmType for item in segments] == ["SEMIAUTOMATIC", *["AUTOMATIC"] * 6]
    assert dsrdump(paths["report.dcm"]).count("Outlined by a person") == 1


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    result, radiograph = graft(film)
    bare = replace(result, segmentation=replace(result.segmentation, hypotheses=None))
    written = {path.name for path in write_dicom_objects(bare, radiograph, film, tmp_path / "objects")}
    assert written == set(ALL_FILES) - {"probability.dcm"}
    assert "no longer holds its plausible outlines" in left_out(bare)[0]
    assert left_out(result) == ()


@pytest.mark.parametrize("stated", ["YES", "NO", None])
def test_overlay_says_of_burned_in_names_what_the_film_says(tmp_path: Path, stated: str | None) -> None:
    made = objects(tmp_path / "objects", write_film(tmp_path / "film.dcm", tags={"BurnedInAnnotation": stated}))
    assert made["overlay.dcm"].get("BurnedInAnnotation") == stated


def test_no_object_shows_or_holds_the_name_of_the_file(tmp_path: Path) -> None:
    plain = write_film(tmp_path / "film.dcm")
    named = tmp_path / "Mustermann Eva.dcm"
    named.write_bytes(plain.read_bytes())
    first = {name: path.pixel_array.tobytes() for name, path in objects(tmp_path / "a", plain).items() if "PixelData" in path}
    second = objects(tmp_path / "b", named)
    assert first == {name: each.pixel_array.tobytes() for name, each in second.items() if "PixelData" in each}
    assert not any(b"Mustermann" in (tmp_path / "b" / name).read_bytes() for name in second)
