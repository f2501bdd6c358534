"""All DICOM objects of one result, as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.quiet import quiet_decoders
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.dicom.capture import film_object, overlay_object
from OsteoScreenLib.reports.dicom.equipment import require_highdicom
from OsteoScreenLib.reports.dicom.probability import probability_object
from OsteoScreenLib.reports.dicom.segmentation import segmentation_object, shown_bones
from OsteoScreenLib.reports.dicom.source import read_source
from OsteoScreenLib.reports.dicom.structured_report import report_object
from OsteoScreenLib.reports.dicom.uids import object_uids
from OsteoScreenLib.screening.values import ScreeningResult

SEGMENTATION_FILE = "segmentation.dcm"
PROBABILITY_FILE = "probability.dcm"
REPORT_FILE = "report.dcm"
OVERLAY_FILE = "overlay.dcm"
FILM_FILE = "film.dcm"


def write_dicom_objects(result: ScreeningResult, radiograph: Radiograph, film: Path, folder: Path) -> tuple[Path, ...]:
    """Write a result into ``folder`` (made) as objects that belong to the study of ``film``, the file that was screened.

    ``segmentation.dcm`` (outlines), ``probability.dcm`` (their uncertainty), ``report.dcm`` (measurements and state) and
    ``overlay.dcm`` (a picture); for a film that is a picture file, ``film.dcm`` and a study of its own. What cannot be written is
    told by `left_out`. The same result gives the same bytes and identifiers.

    Raises
    ------
    FilmError
        Where the file is not the one that was screened, or names no study or instance that objects could refer to.
    OutputError
        Where a file cannot be written.
    UsageError
        Where the package highdicom is not installed.
    """
    require_highdicom()
    uids = object_uids(result, radiograph)
    source = read_source(film, result, uids)
    makers: dict[str, Callable[[], Any]] = {}
    if source.is_picture:
        makers[FILM_FILE] = lambda: film_object(result, radiograph, source, uids)
    if shown_bones(result):
        makers[SEGMENTATION_FILE] = lambda: segmentation_object(result, source, uids)
        if result.segmentation.hypotheses is not None:
            makers[PROBABILITY_FILE] = lambda: probability_object(result, source, uids)
    makers[REPORT_FILE] = lambda: report_object(result, source, uids)
    makers[OVERLAY_FILE] = lambda: overlay_object(result, radiograph, source, uids)
    # One at a time: an object holds the pixels of all its segments.
    return tuple(_saved(make, Path(folder) / name) for name, make in makers.items())


def left_out(result: ScreeningResult) -> tuple[str, ...]:
    """Which objects `write_dicom_objects` does not write for a result, each with its reason, one sentence each."""
    if not shown_bones(result):
        return (f"{SEGMENTATION_FILE} and {PROBABILITY_FILE} were left out: no bone was found on this film.",)
    if result.segmentation.hypotheses is None:
        return (f"{PROBABILITY_FILE} was left out: this result no longer holds its plausible outlines.",)
    return ()


def _saved(make: Callable[[], Any], path: Path) -> Path:
    with quiet_decoders():  # highdicom warns of names that it takes for incomplete, and says the name
        dataset = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
    except OSError as error:
        fault = f"cannot be written ({error.strerror or error})"
        raise OutputError(path, fault, "Choose a folder with room and write access") from error
    return path
