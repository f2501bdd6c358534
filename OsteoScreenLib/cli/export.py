"""``osteoscreen export``: stored results as COCO, NIfTI and PNG, one after the other, the next one after a bad one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.errors import OsteoScreenError, OutputError, UsageError
from OsteoScreenLib.new_folder import new_folder
from OsteoScreenLib.reports.coco import coco_document, save_document
from OsteoScreenLib.reports.masks import write_masks
from OsteoScreenLib.reports.nifti import write_nifti_masks
from OsteoScreenLib.screening.result_folder import note_written
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.worker.files import MASKS_FOLDER


def export(given: argparse.Namespace) -> ExitStatus:
    """Export all folders. Raises `UsageError` where nothing is asked for, `OutputError` where the COCO file cannot be written."""
    if not (given.coco or given.nifti or given.masks):
        raise UsageError("export", "nothing is asked for", "Add --coco FILE, --nifti or --masks")
    bad: list[Path] = []
    results = _exported(given, bad)
    if given.coco:
        document = coco_document(results)
        save_document(document, given.coco)
        if not given.quiet:
            outlines, films = len(document["annotations"]), len(document["images"])
            print(f"{given.coco}: {outlines} outlines on {films} film{'' if films == 1 else 's'}")
    else:
        for _ in results:
            pass
    return ExitStatus.BAD_INPUT if bad else ExitStatus.ANALYSED


def _exported(given: argparse.Namespace, bad: list[Path]) -> Iterator[ScreeningResult]:
    """Each sound result, once its masks are written; the folders of the others are put into ``bad``."""
    for folder in given.folders:
        try:
            result = load_result(folder)
            if given.nifti or given.masks:
                _write_masks(result, folder, nifti=given.nifti, png=given.masks)
        except OsteoScreenError as error:
            print(error, file=sys.stderr)
            bad.append(folder)
            continue
        if not given.quiet and (given.nifti or given.masks):
            print(f"{folder / MASKS_FOLDER}")
        yield result


def _write_masks(result: ScreeningResult, folder: Path, *, nifti: bool, png: bool) -> None:
    """Write the masks aside and put them in place one by one: whatever lies in ``masks`` is whole. Raises `OutputError`."""
    target = folder / MASKS_FOLDER
    aside = folder / f"{MASKS_FOLDER}.new"
    with new_folder(aside, OutputError) as working:
        if nifti:
            write_nifti_masks(result, working)
        if png:
            write_masks(result, working)
        try:
            target.mkdir(exist_ok=True)
            for file in sorted(working.iterdir()):
                os.replace(file, target / file.name)
        except OSError as error:
            remedy = "Choose a folder with room and write access"
            raise OutputError(target, f"cannot be written ({error.strerror or error})", remedy) from error
    aside.rmdir()
    note_written(folder, MASKS_FOLDER)
