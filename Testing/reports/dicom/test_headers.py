"""Sloppy and hostile headers: repaired where that is safe, else refused in one line that names file, tag and remedy."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import Tag

from OsteoScreenLib.errors import FilmError, OutputError, UsageError
from OsteoScreenLib.reports.dicom import write_dicom_objects
from OsteoScreenLib.reports.dicom.header import direction_pair, is_uid, repaired, text_of
from OsteoScreenLib.reports.dicom.moment import moment_of
from OsteoScreenLib.reports.dicom.source import SourceFilm, read_source
from OsteoScreenLib.reports.dicom.uids import object_uids
from Testing.dicom_checks import dciodvfy_errors
from Testing.reports.dicom.grafted_result import graft, write_film


def source_of(path: Path, **tags: Any) -> SourceFilm:
    film = write_film(path, tags=tags)
    result, radiograph = graft(film)
    return read_source(film, result, object_uids(result, radiograph))


@pytest.mark.parametrize(
    ("vr", "given", "kept"),
    [
        ("DA", "2026.01.31", "20260131"),
        ("DA", "2026-01-31", "20260131"),
        ("DA", "20261301", ""),
        ("DA", "yesterday", ""),
        ("TM", "10:11:12", "101112"),
        ("TM", "1011", "1011"),
        ("TM", "101112.5", "101112.5"),
        ("TM", "251112", ""),
        ("AS", "67y", ""),
        ("AS", "067y", "067Y"),
        ("CS", "f", "F"),
        ("CS", "weiblich!", ""),
        ("DS", "1.7 m", ""),
        ("DS", "1.7", "1.7"),
        ("DS", "-3", ""),
        ("LO", "two\\values and\na line", "two values and a line"),
        ("LO", "x" * 70, "x" * 64),
        ("PN", "A^B^C^D^E^F^G", "A^B^C^D^E"),
        ("PN", "=".join(["Yamada^Tarou", "山田^太郎", "やまだ^たろう", "more"]), "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("offset", "+0100", "+0100"),
        ("offset", "+9900", ""),
    ],
)
def test_values_are_brought_to_what_dicom_allows(vr: str, given: str, kept: str) -> None:
    assert repaired(given, vr) == kept


def test_texts_directions_and_identifiers() -> None:
    assert text_of(b"bytes\x00") == "bytes"
    assert text_of(None) == text_of([pydicom.Dataset()]) == ""
    assert text_of(["a", "b"]) == "a\\b"
    assert direction_pair(["l", "FP"]) == ["L", "FP"]
    assert direction_pair("L") is direction_pair(["L", "up"]) is direction_pair(None) is None
    assert [is_uid(text) for text in ("1.2.840", "2.25.01", "1", "1.2.x", "1." + "2" * 64, "")] == [True, True, *[False] * 4]


def test_repairs_are_named_in_the_report(tmp_path: Path) -> None:
    source = source_of(
        tmp_path / "film.dcm", StudyDate="2026.01.01", PatientSex="W", AccessionNumber="1" * 20, StudyDescription="d" * 80
    )
    assert (source.dataset.StudyDate, source.dataset.PatientSex, source.dataset.AccessionNumber) == ("20260101", "", "")
    assert source.dataset.StudyDescription == "d" * 64
    assert set(source.repairs) == {"StudyDate", "PatientSex", "AccessionNumber", "StudyDescription"}


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Müller^Jürgen"),
        ("ISO_IR 192", "Ковалёва^Анна"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
        ("GB18030", "王^小东"),
    ],
)
def test_names_of_any_alphabet_are_copied_and_valid(tmp_path: Path, charset: Any, name: str) -> None:
    film = write_film(tmp_path / "film.dcm", tags={"SpecificCharacterSet": charset, "PatientName": name})
    result, radiograph = graft(film)
    for path in write_dicom_objects(result, radiograph, film, tmp_path / "objects"):
        assert str(pydicom.dcmread(path).PatientName) == name
        assert dciodvfy_errors(path) == []


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"StudyInstanceUID": None}, "has no StudyInstanceUID"),
        ({"StudyInstanceUID": "study of today"}, "StudyInstanceUID (0020,000D) is 'study of today'"),
        ({"SeriesInstanceUID": None}, "has no SeriesInstanceUID"),
        ({"SOPClassUID": "1.2.3.4"}, "SOPClassUID (0008,0016) is 1.2.3.4, no kind of image"),
        ({"PatientID": "9" * 65}, "PatientID (0010,0020) has 65 characters"),
        ({"PatientID": "a\\b"}, "PatientID (0010,0020) has several values"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_referred_to_or_would_mix_up_patients_is_refused(tmp_path: Path, tags: dict[str, Any], said: str) -> None:
    with pytest.raises(FilmError) as found:
        source_of(tmp_path / "film.dcm", **tags)
    assert said in str(found.value)
    assert str(found.value).startswith("film.dcm: ")
    assert "\n" not in str(found.value)


def test_identifiers_that_only_the_meta_header_has_are_found(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.dcm")
    dataset = pydicom.dcmread(film)
    uid = dataset.SOPInstanceUID
    del dataset.SOPInstanceUID, dataset.SOPClassUID
    pydicom.dcmwrite(film, dataset, enforce_file_format=False)
    result, radiograph = graft(film)
    assert read_source(film, result, object_uids(result, radiograph)).dataset.SOPInstanceUID == uid


def test_time_is_that_of_the_film_where_it_states_an_offset(tmp_path: Path) -> None:
    result, _ = graft(write_film(tmp_path / "film.dcm"))
    assert moment_of(result).date_time == "20260102030405+0000"
    assert moment_of(result, "-0530").date_time == "20260101213405-0530"
    with pytest.raises(OutputError, match="no time"):
        moment_of(replace(result, created="some day"))


def test_another_file_than_the_one_that_was_screened_is_refused(tmp_path: Path) -> None:
    result, radiograph = graft(write_film(tmp_path / "film.dcm"))
    other = write_film(tmp_path / "other.dcm", tags={"PatientID": "SOMEBODY ELSE"})
    with pytest.raises(FilmError, match="not the file that was screened"):
        write_dicom_objects(result, radiograph, other, tmp_path / "objects")
    with pytest.raises(FilmError, match="cannot be read"):
        write_dicom_objects(result, radiograph, tmp_path, tmp_path / "objects")
    assert not (tmp_path / "objects").exists()


def test_no_patient_is_named_on_the_way(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    film = write_film(tmp_path / "film.dcm", tags={"PatientName": "SINGLENAME", "ReferringPhysicianName": "SINGLENAME"})
    result, radiograph = graft(film)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_dicom_objects(result, radiograph, film, tmp_path / "objects")
    assert capfd.readouterr() == ("", "")


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = write_film(tmp_path / "film.dcm")
    result, radiograph = graft(film)
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(UsageError, match="pip install highdicom"):
        write_dicom_objects(result, radiograph, film, tmp_path / "objects")


KEYWORDS = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientSize", "StudyDate", "StudyTime",
    "AccessionNumber", "StudyID", "ReferringPhysicianName", "StudyDescription", "PatientOrientation", "StudyInstanceUID",
    "SpecificCharacterSet", "TimezoneOffsetFromUTC", "PatientIdentityRemoved", "Modality",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keyword=st.sampled_from(KEYWORDS),
    vr=st.sampled_from(["LO", "PN", "DA", "CS", "UI", "OB", "UN", "US", "SQ", "DS", "IS", "LT"]),
    value=st.binary(max_size=90),
)
@pytest.mark.filterwarnings("ignore")
def test_no_value_of_a_tag_crashes_the_writing(tmp_path: Path, keyword: str, vr: str, value: bytes) -> None:
    """Either the source is read, with values that can be written, or it is refused with the documented error."""
    film = write_film(tmp_path / "film.dcm")
    dataset = pydicom.dcmread(film)
    tag = Tag(keyword)
    if vr == "SQ":
        dataset[tag] = DataElement(tag, "SQ", [pydicom.Dataset()])
    else:
        value += b" " * (len(value) % 2)
        dataset._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    try:
        dataset.save_as(film)
    except Exception:  # pydicom would not write it: no such file exists then
        return
    try:
        result, radiograph = graft(film)
        source = read_source(film, result, object_uids(result, radiograph))
    except FilmError:
        return
    pydicom.dcmwrite(tmp_path / "copy.dcm", source.dataset, implicit_vr=False, little_endian=True)
    copied = pydicom.dcmread(tmp_path / "copy.dcm", force=True)
    assert all(element.value == source.dataset[element.tag].value for element in copied)
