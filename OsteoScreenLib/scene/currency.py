"""Whether the result in the scene still speaks of the film and the outlines that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.film_state import changes, film_state
from OsteoScreenLib.scene.images import image_array
from OsteoScreenLib.scene.masks import missing_bones, read_code
from OsteoScreenLib.scene.ownership import find
from OsteoScreenLib.scene.store import HYPOTHESES, OUTLINES, stored_document, stored_volume
from OsteoScreenLib.scene.uncertainty import ROLE_PREFIX
from OsteoScreenLib.screening.storage_uncertainty import CHANNELS

Kind = Literal["none", "current", "corrected", "outdated"]


@dataclass(frozen=True)
class Currency:
    """``kind``: no result; a result of just this film and these outlines; outlines that were corrected since, so that a
    re-score is due; or a result that must be made anew. ``reason`` says why in one sentence, empty for none and current.
    """

    kind: Kind
    reason: str = ""


def result_currency(scene: Any, film: Any) -> Currency:
    """Compare the film and its outlines with what they were when the result was made."""
    stored = stored_document(scene, film)
    if stored is None:
        return Currency("none")
    if fault := changes(stored["film_state"], film_state(film)):
        return _outdated(fault)
    segmentation = find(scene, "vtkMRMLSegmentationNode", "segmentation", film)
    if segmentation is None:
        return _outdated("the outlines were deleted")
    if missing := missing_bones(segmentation):
        names = " and ".join(bone.title for bone in missing)
        return _outdated(f"the {'segment' if len(missing) == 1 else 'segments'} of {names} {_was(len(missing))} deleted")
    outlines = stored_volume(scene, OUTLINES, film)
    if outlines is None or not _is_complete(scene, film, stored["result"]):
        return _outdated("parts of the result were deleted")
    try:
        code = read_code(segmentation, film)
    except OutputError as error:
        return _outdated(f"the outlines {error.fault}")
    found = image_array(outlines.GetImageData())[0]
    if code.shape != found.shape:
        return _outdated("parts of the result were changed")
    if np.array_equal(code, found):
        return Currency("current")
    bits = int(np.bitwise_or.reduce(code ^ found, axis=None))
    names = ", ".join(bone.title for bone in BONES if bits & (1 << bone.channel))
    return Currency("corrected", f"Outlines were changed since ({names}): re-score to see what that makes of the result.")


def _is_complete(scene: Any, film: Any, document: dict[str, Any]) -> bool:
    roles = [f"{ROLE_PREFIX}{name}" for name in CHANNELS]
    if document.get("hypotheses") is not None:
        roles.append(HYPOTHESES)
    return all(stored_volume(scene, role, film) is not None for role in roles)


def _outdated(fault: str) -> Currency:
    return Currency("outdated", f"{fault[0].upper()}{fault[1:]} since the result was made: screen the film again.")


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
