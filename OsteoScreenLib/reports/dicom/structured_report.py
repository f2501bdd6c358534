"""What was measured and found as a DICOM structured report (Comprehensive SR, TID 1500)."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.reports.dicom.codes import RADIOGRAPHY, SCHEME, code
from OsteoScreenLib.reports.dicom.equipment import MAKER, equipment, model_version, settle
from OsteoScreenLib.reports.dicom.image_library import image_library
from OsteoScreenLib.reports.dicom.report_bones import bone_groups
from OsteoScreenLib.reports.dicom.report_film import quality_group, screening_group
from OsteoScreenLib.reports.dicom.segmentation import BINARY, SEGMENTATION_STORAGE, shown_bones
from OsteoScreenLib.reports.dicom.source import CHARACTER_SET, SourceFilm
from OsteoScreenLib.reports.dicom.uids import ObjectUids, observer_uid
from OsteoScreenLib.screening.values import ScreeningResult

REPORT = "report"
_SERIES_NUMBER = 9003


def report_object(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> Any:
    """The report: the screening with its state, the findings about the film, and a group of measurements for each bone."""
    from highdicom.sr import ComprehensiveSR, MeasurementReport

    groups = [screening_group(result, source, uids), quality_group(result, source, uids), *bone_groups(result, source, uids)]
    content = MeasurementReport(
        observation_context=_observer(result), procedure_reported=code(RADIOGRAPHY), imaging_measurements=groups
    )
    _put_before_measurements(content[0], image_library(result, source))
    made = ComprehensiveSR(
        evidence=[source.dataset, *_segmentation(result, source, uids)],
        content=content,
        series_instance_uid=uids.series(REPORT),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=uids.instance(REPORT),
        instance_number=1,
        is_complete=True,
        coding_schemes=[_scheme()],
        specific_character_set=CHARACTER_SET,
        **equipment(result, "Screening report"),
    )
    settle(made, result, source)
    return made


def _segmentation(result: ScreeningResult, source: SourceFilm, uids: ObjectUids) -> list[Any]:
    """What the report needs to know of the segmentation that its groups refer to."""
    from pydicom.dataset import Dataset

    if not shown_bones(result):
        return []
    reference = Dataset()
    reference.StudyInstanceUID = source.dataset.StudyInstanceUID
    reference.SeriesInstanceUID = uids.series(BINARY)
    reference.SOPInstanceUID = uids.instance(BINARY)
    reference.SOPClassUID = SEGMENTATION_STORAGE
    return [reference]


def _observer(result: ScreeningResult) -> Any:
    """The software with its model as the device that observed (TID 1004)."""
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObservationContext, ObserverContext
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid=observer_uid(result),
        name=f"{MAKER} ({model_version(result)})",
        manufacturer_name=MAKER,
        model_name=f"{MAKER} {result.bundle.name}",
        serial_number=result.bundle.sha256,
    )
    return ObservationContext(observer_device_context=ObserverContext(codes.DCM.Device, device))


def _scheme() -> Any:
    from highdicom.coding_schemes import CodingSchemeIdentificationItem

    return CodingSchemeIdentificationItem(
        designator=SCHEME, name="OsteoScreen codes, docs/dicom.md", version="1", responsible_organization=MAKER
    )


def _put_before_measurements(root: Any, library: Any) -> None:
    """The image library stands between the procedure and the measurements (TID 1500)."""
    place = next(n for n, item in enumerate(root.ContentSequence) if item.ValueType == "CONTAINER")
    root.ContentSequence.insert(place, library)
