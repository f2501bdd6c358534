"""Every file of one result, written into a folder that is not yet in place."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.reports.paper import Paper
from OsteoScreenLib.screening.values import ScreeningResult

if TYPE_CHECKING:
    from OsteoScreenLib.radiograph.values import Patient
    from OsteoScreenLib.worker.job import Job

OVERLAY_FILE = "overlay.png"
REPORT_FILE = "report.html"
PDF_FILE = "report.pdf"
SCENE_FILE = "scene.mrb"
COCO_FILE = "coco.json"
MASKS_FOLDER = "masks"
DICOM_FOLDER = "dicom"

Progress = Callable[[str, float], None]

_NO_SCENE = f"{SCENE_FILE} was left out: the package slicer-core is not installed (pip install slicer-core)."


def write_files(result: ScreeningResult, radiograph: Radiograph, folder: Path, job: Job, progress: Progress) -> tuple[str, ...]:
    """Write what the job asks for; return a note for each file that had to be left out.

    Raises `OutputError`, and for DICOM objects of a film whose tags allow none, `FilmError`.
    """
    from OsteoScreenLib.screening.storage import save_result

    notes: tuple[str, ...] = ()
    progress("writing", 0.0)
    save_result(result, folder)
    _write_outlines(result, folder, job)
    if job.report or job.pdf:
        patient = _patient(job)
        progress("drawing", 0.25)
        if job.report:
            write_page(result, radiograph, folder, patient)
        progress("report", 0.5)
        if job.pdf:
            write_pdf(result, radiograph, folder, job.paper, patient)
    if job.dicom:
        from OsteoScreenLib.reports.dicom import left_out, write_dicom_objects

        progress("DICOM objects", 0.6)
        write_dicom_objects(result, radiograph, job.film, folder / DICOM_FOLDER)
        notes += left_out(result)
    if job.scene and find_spec("slicer") is None:
        notes += (_NO_SCENE,)
    elif job.scene:
        from OsteoScreenLib.scene.write import write_scene

        progress("scene", 0.7)
        write_scene(result, radiograph, folder / SCENE_FILE)
    return notes


def write_page(result: ScreeningResult, radiograph: Radiograph, folder: Path, patient: Patient | None = None) -> None:
    """Write ``report.html`` and ``overlay.png``."""
    from OsteoScreenLib.reports.html import write_html_report
    from OsteoScreenLib.reports.overlay import write_overlay

    write_overlay(result, radiograph, folder / OVERLAY_FILE)
    write_html_report(result, radiograph, folder / REPORT_FILE, patient=patient)


def write_pdf(
    result: ScreeningResult, radiograph: Radiograph, folder: Path, paper: Paper, patient: Patient | None = None
) -> None:
    """Write ``report.pdf``."""
    from OsteoScreenLib.reports.pdf import write_pdf_report

    write_pdf_report(result, radiograph, folder / PDF_FILE, paper=paper, patient=patient)


def _write_outlines(result: ScreeningResult, folder: Path, job: Job) -> None:
    if job.masks:
        from OsteoScreenLib.reports.masks import write_masks

        write_masks(result, folder / MASKS_FOLDER)
    if job.nifti:
        from OsteoScreenLib.reports.nifti import write_nifti_masks

        write_nifti_masks(result, folder / MASKS_FOLDER)
    if job.coco:
        from OsteoScreenLib.reports.coco import write_coco

        write_coco(result, folder / COCO_FILE)


def _patient(job: Job) -> Patient | None:
    if not job.identify:
        return None
    from OsteoScreenLib.radiograph.patient import read_patient

    return read_patient(job.film)
