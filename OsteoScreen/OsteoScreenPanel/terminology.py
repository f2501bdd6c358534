"""The bones' codes in Slicer's terminology selector: Slicer's own files have no ulna, radius or metacarpals."""

from __future__ import annotations

import logging

from OsteoScreenLib.bundle.location import resources_folder

FILE = "SegmentationCategoryTypeModifier-OsteoScreen.term.json"


def register_terminology() -> str:
    """Load the extension's terminology file and return the name of its context, "" where that is not possible."""
    import slicer

    terminologies = getattr(slicer.modules, "terminologies", None)
    if terminologies is None:
        logging.info("OsteoScreen: no Terminologies module, the names of its bones are not offered there.")
        return ""
    path = resources_folder() / "Terminologies" / FILE
    name = terminologies.logic().LoadTerminologyFromFile(str(path))
    if not name:
        logging.error("OsteoScreen: %s: Slicer could not load the terminology. Install the extension again.", path)
    return name
