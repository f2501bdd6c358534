"""The film that all objects refer to: its identity, its patient and its study, out of a header that may be sloppy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph.dicom_dataset import read_dataset
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.read import film_format
from OsteoScreenLib.reports.dicom.header import direction_pair, is_uid, repaired, text_of
from OsteoScreenLib.reports.dicom.picture_study import study_of_picture
from OsteoScreenLib.reports.dicom.uids import ObjectUids
from OsteoScreenLib.screening.values import ScreeningResult

CHARACTER_SET = "ISO_IR 192"
"""All objects are written in Unicode, whatever the film's own characters."""

_COPIED = {
    "PatientName": "PN",
    "IssuerOfPatientID": "LO",
    "PatientBirthDate": "DA",
    "PatientSex": "CS",
    "PatientAge": "AS",
    "PatientSize": "DS",
    "PatientWeight": "DS",
    "StudyDate": "DA",
    "StudyTime": "TM",
    "ReferringPhysicianName": "PN",
    "StudyDescription": "LO",
    "TimezoneOffsetFromUTC": "offset",
    "DeidentificationMethod": "LO",
}
_IDENTIFIERS = {"AccessionNumber": 16, "StudyID": 16}
"""Left empty where they are too long: cut, they could be another study's."""
_EMPTY_WHERE_UNKNOWN = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID",
    "AccessionNumber",
)  # fmt: skip
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
_READ = (
    *_UIDS, *_COPIED, *_IDENTIFIERS, "PatientID", "PatientIdentityRemoved", "Modality", "Rows", "Columns", "PatientOrientation",
    "BurnedInAnnotation", "SpecificCharacterSet",
)  # fmt: skip


@dataclass(frozen=True)
class SourceFilm:
    """What the objects of one film refer to and copy.

    Attributes
    ----------
    dataset : pydicom data set with the film's identity, patient and study, every value as DICOM allows it, and no pixels
    orientation : directions of rows and columns; ``None`` where the film does not say
    burned_in : whether the film says that a patient's name is part of its picture, "YES" or "NO"; ``None`` where nobody says,
        as of every picture file
    repairs : names of the tags whose values could not be copied as they are
    is_picture : the film is a picture file, so that its DICOM form is made here, in a study of its own
    """

    dataset: Any
    orientation: list[str] | None
    burned_in: str | None
    repairs: tuple[str, ...]
    is_picture: bool


def read_source(film: Path, result: ScreeningResult, uids: ObjectUids) -> SourceFilm:
    """Read who and what a film's objects belong to; for a picture file, make the study they will form.

    Raises `FilmError` where the file cannot be read, is not the one that was screened, or names no study or instance to refer to.
    """
    film = Path(film)
    try:
        data = film.read_bytes()
    except OSError as error:
        raise FilmError(film, f"the file cannot be read ({error.strerror or error})", "Give the film's own file") from error
    if hashlib.sha256(data).hexdigest() != result.film.source.sha256:
        raise FilmError(
            film, "this is not the file that was screened: its SHA-256 differs", "Give the file that the result names"
        )
    if film_format(data[:256]) != "DICOM":
        return SourceFilm(study_of_picture(result, uids), None, None, (), True)
    try:
        with quiet_decoders():
            header = read_dataset(data, film.name, stop_before_pixels=True, specific_tags=list(_READ))
            return _source(header, film.name, result)
    except FilmError:
        raise
    except Exception as error:  # a damaged element shows itself, as one of many kinds, only when it is asked for
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FilmError(film.name, f"its DICOM tags cannot be read ({reason})", "Export the film again") from error


def _source(header: Any, name: str, result: ScreeningResult) -> SourceFilm:
    from pydicom.dataset import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = CHARACTER_SET
    repairs: list[str] = []
    _copy_uids(header, dataset, name)
    for keyword in _EMPTY_WHERE_UNKNOWN:
        setattr(dataset, keyword, "")
    dataset.PatientID = _patient_id(header, name)
    for keyword, vr in _COPIED.items():
        _copy(header, dataset, keyword, repaired(_value(header, keyword), vr), repairs)
    for keyword, longest in _IDENTIFIERS.items():
        text = repaired(_value(header, keyword), "LO")
        _copy(header, dataset, keyword, text if len(text) <= longest else "", repairs)
    if dataset.PatientSex not in ("M", "F", "O", ""):
        dataset.PatientSex = ""
        repairs.append("PatientSex")
    _copy_anonymity(header, dataset)
    dataset.Modality = repaired(_value(header, "Modality"), "CS") or "OT"
    dataset.Rows, dataset.Columns = result.film.shape
    if (_value(header, "Rows"), _value(header, "Columns")) != result.film.shape:
        raise FilmError(name, f"has no longer the {result.film.shape} pixels that were screened", "Screen the film again")
    burned_in = repaired(_value(header, "BurnedInAnnotation"), "CS")
    return SourceFilm(
        dataset,
        direction_pair(_value(header, "PatientOrientation")),
        burned_in if burned_in in ("YES", "NO") else None,
        tuple(repairs),
        False,
    )


def _value(header: Any, keyword: str) -> Any:
    """A tag's value; ``None`` where it is missing or cannot be read at all."""
    try:
        return header.get(keyword)
    except Exception:  # pydicom raises several kinds on values that do not fit their representation
        return None


def _copy(header: Any, dataset: Any, keyword: str, text: str, repairs: list[str]) -> None:
    if text:
        setattr(dataset, keyword, text)
    # Not what the file has put there, in whatever form; a time without its seconds is the same time.
    if text != text_of(_value(header, keyword)) and keyword in header:
        repairs.append(keyword)


def _copy_uids(header: Any, dataset: Any, name: str) -> None:
    from pydicom.datadict import tag_for_keyword

    meta = getattr(header, "file_meta", None)
    spare = {"SOPInstanceUID": "MediaStorageSOPInstanceUID", "SOPClassUID": "MediaStorageSOPClassUID"}
    for keyword in _UIDS:
        text = text_of(_value(header, keyword)) or text_of(meta.get(spare[keyword]) if meta and keyword in spare else None)
        if not is_uid(text):
            tag = tag_for_keyword(keyword) or 0
            fault = f"its {keyword} ({tag >> 16:04X},{tag & 0xFFFF:04X}) is {text[:40]!r}" if text else f"it has no {keyword}"
            remedy = "Export the film from its PACS again, or save it as PNG and screen that: it then forms a study of its own"
            raise FilmError(name, f"{fault}, so that no DICOM object can refer to it", remedy)
        setattr(dataset, keyword, text)
    if not _known_image(str(dataset.SOPClassUID)):
        fault = f"its SOPClassUID (0008,0016) is {dataset.SOPClassUID}, no kind of image that is known"
        raise FilmError(name, fault, "Export the film as CR, DX or secondary capture")


def _known_image(sop_class: str) -> bool:
    """Whether this is one of DICOM's own kinds of image in use; of others nobody knows which tags their patients have."""
    from pydicom.uid import UID

    uid = UID(sop_class)
    return "Image Storage" in uid.name and not uid.is_retired and not uid.name.startswith(("DICOS", "Eddy Current"))


def _patient_id(header: Any, name: str) -> str:
    """The patient's number, exactly: one that had to be cut or changed could be another patient's."""
    text = text_of(_value(header, "PatientID"))
    if len(text) > 64 or "\\" in text:
        has = f"{len(text)} characters" if len(text) > 64 else "several values"
        fault = f"its PatientID (0010,0020) has {has}, where DICOM allows one value of 64 characters"
        raise FilmError(name, fault, "Correct the film's header, then screen it again")
    return text


def _copy_anonymity(header: Any, dataset: Any) -> None:
    """That a film was de-identified, with the method that DICOM then wants."""
    removed = repaired(_value(header, "PatientIdentityRemoved"), "CS")
    if removed == "YES":
        dataset.PatientIdentityRemoved = "YES"
        if not dataset.get("DeidentificationMethod"):
            dataset.DeidentificationMethod = "Not stated by the film"
    elif "DeidentificationMethod" in dataset:
        del dataset.DeidentificationMethod
