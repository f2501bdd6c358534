"""Every file of one result, written into a folder that is not yet in place."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.values import ScreeningResult

if TYPE_CHECKING:
    from OsteoScreenLib.worker.job import Job

OVERLAY_FILE = "overlay.png"
REPORT_FILE = "report.html"
SCENE_FILE = "scene.mrb"
MASKS_FOLDER = "masks"

_NO_SCENE = f"{SCENE_FILE} was left out: the package slicer-core is not installed (pip install slicer-core)."


def write_files(
    result: ScreeningResult, radiograph: Radiograph, folder: Path, job: Job, progress: Callable[[str, float], None]
) -> tuple[str, ...]:
    """Write what the job asks for; return a note for each file that had to be left out. Raises `OutputError`."""
    from OsteoScreenLib.screening.storage import save_result

    notes = []
    progress("writing", 0.0)
    save_result(result, folder)
    if job.masks:
        from OsteoScreenLib.reports.masks import write_masks

        write_masks(result, folder / MASKS_FOLDER)
    if job.report:
        from OsteoScreenLib.reports.html import write_html_report
        from OsteoScreenLib.reports.overlay import write_overlay

        progress("drawing", 0.25)
        write_overlay(result, radiograph, folder / OVERLAY_FILE)
        progress("report", 0.5)
        write_html_report(result, radiograph, folder / REPORT_FILE)
    if job.scene and find_spec("slicer") is None:
        notes.append(_NO_SCENE)
    elif job.scene:
        from OsteoScreenLib.scene.write import write_scene

        progress("scene", 0.7)
        write_scene(result, radiograph, folder / SCENE_FILE)
    return tuple(notes)
