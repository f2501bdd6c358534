"""The patient and study that a film from a picture file gets: nobody's, and marked as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from OsteoScreenLib.reports.dicom.uids import ObjectUids
    from OsteoScreenLib.screening.values import ScreeningResult

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def study_of_picture(result: ScreeningResult, uids: ObjectUids) -> Any:
    """A data set for the film as secondary capture (without pixels): no name, a number made of the file's SHA-256.

    Of the patient nothing is said but what the user has: age and sex. The file's name is left out: people put names in it.
    """
    from pydicom.dataset import Dataset

    source = result.film.source
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = ""
    dataset.PatientID = f"PICTURE-{source.sha256[:16].upper()}"
    dataset.IssuerOfPatientID = "OsteoScreen, from the hash of a picture file"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = source.patient_sex or ""
    if source.patient_age_years is not None:
        dataset.PatientAge = f"{min(int(source.patient_age_years), 999):03d}Y"
    dataset.StudyInstanceUID = uids.study()
    dataset.SeriesInstanceUID = uids.captured("series")
    dataset.SOPInstanceUID = uids.captured("instance")
    dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.StudyDate = dataset.StudyTime = ""  # when the film was taken is not known
    dataset.StudyDescription = "Made from a picture file by OsteoScreen, patient unknown"
    dataset.StudyID = dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = result.film.shape
    return dataset
