"""What all objects say of their maker, and the times and numbers that a library would otherwise draw anew each time."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.reports.dicom.moment import moment_of
from OsteoScreenLib.reports.dicom.source import SourceFilm
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.words import spacing_words

MAKER = "OsteoScreen"
SHORT_NOTICE = "Research use only, not a medical device"


def require_highdicom() -> None:
    """Raise `UsageError` where the package that writes DICOM objects is not installed, as in 3D Slicer."""
    if find_spec("highdicom") is None:
        raise UsageError("DICOM objects", "the package highdicom is not installed", "Install it: pip install highdicom")


def equipment(result: ScreeningResult, subject: str) -> dict[str, Any]:
    """Arguments that highdicom's objects share; ``subject`` is what the series shows, in few words."""
    return {
        "manufacturer": MAKER,
        "manufacturer_model_name": MAKER,
        "software_versions": result.software_version[:64],
        "device_serial_number": result.bundle.sha256[:64],
        "series_description": f"{subject}. {SHORT_NOTICE}"[:64],
    }


def model_name(result: ScreeningResult) -> str:
    """The model's name as an algorithm."""
    return f"{MAKER} {result.bundle.name}"[:64]


def model_version(result: ScreeningResult) -> str:
    """Versions of the software and of the model."""
    return f"software {result.software_version}, model {result.bundle.version}"[:64]


def model_parameters(result: ScreeningResult) -> dict[str, str]:
    """What else decides what the model says."""
    return {"model SHA-256": result.bundle.sha256, "seed": str(result.seed), "samples": str(result.samples)}


def algorithm(result: ScreeningResult) -> Any:
    """The model as the macro for algorithms wants it (PS3.3 10.16)."""
    from highdicom import AlgorithmIdentificationSequence

    from OsteoScreenLib.reports.dicom.codes import ARTIFICIAL_INTELLIGENCE, code

    return AlgorithmIdentificationSequence(
        name=model_name(result),
        family=code(ARTIFICIAL_INTELLIGENCE),
        version=model_version(result),
        source=MAKER,
        parameters=model_parameters(result),
    )


def comments(result: ScreeningResult) -> str:
    """What must stand with every object and is too long for its description."""
    scale = "" if result.film.spacing.trusted else " No millimetres are given: the pixel spacing is not known."
    limits = "; ".join(limit.rstrip(".") for limit in result.bundle.limits)
    return (
        f"{RESEARCH_USE_NOTICE} Model {result.bundle.name} {result.bundle.version}, SHA-256 {result.bundle.sha256}. "
        f"Trained on: {result.bundle.training_data.rstrip('.')}. Limits: {limits}. "
        f"Pixel spacing: {spacing_words(result.film.spacing)}.{scale}"
    )[:10240]


def settle(dataset: Any, result: ScreeningResult, source: SourceFilm) -> None:
    """Set every date and time to that of the result, so that a result gives the same bytes whenever it is written."""
    offset = str(source.dataset.get("TimezoneOffsetFromUTC") or "")
    moment = moment_of(result, offset)
    if offset:
        dataset.TimezoneOffsetFromUTC = offset
    for what in ("InstanceCreation", "Series", "Content"):
        setattr(dataset, f"{what}Date", moment.date)
        setattr(dataset, f"{what}Time", moment.time)
    if "DateOfSecondaryCapture" in dataset:
        dataset.DateOfSecondaryCapture, dataset.TimeOfSecondaryCapture = moment.date, moment.time
    for item in dataset.get("ContributingEquipmentSequence", []):
        if "ContributionDateTime" in item:
            item.ContributionDateTime = moment.date_time


def compress(dataset: Any) -> None:
    """Code an object's pixels as RLE lossless, which every reader knows.

    By a named coder: pydicom, and highdicom through it, would take GDCM's, which ends the whole process at many sizes of RGB.
    """
    from pydicom.uid import RLELossless

    dataset.compress(RLELossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
