"""A whole result in hidden nodes of the scene, so that a saved scene gives it back without any other file.

The document of the result (`describe_result`) and the state of the film lie in a text node, the outlines as they were found in
a uint8 volume with one bit per bone, the hypotheses in a uint8 volume of their stored levels; the uncertainty is in its own
volumes. All of it is what `save_result` keeps, to the same rounding.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from OsteoScreenLib.scene.film_state import film_state
from OsteoScreenLib.scene.images import ijk_to_ras, vtk_image, vtk_stack
from OsteoScreenLib.scene.masks import code_of
from OsteoScreenLib.scene.ownership import find, find_or_add, remove
from OsteoScreenLib.screening.result_document import describe_result
from OsteoScreenLib.screening.storage_hypotheses import probability_levels
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.values import Hypotheses

DOCUMENT, OUTLINES, HYPOTHESES = "store.document", "store.outlines", "store.hypotheses"
_TEXT, _VOLUME = "vtkMRMLTextNode", "vtkMRMLScalarVolumeNode"


def store_result(scene: Any, result: ScreeningResult, film: Any, state: dict[str, Any] | None = None) -> None:
    """Keep the result in the scene with the film's state, the present one by default; an older result is replaced."""
    segmentation = result.segmentation
    outlines, _ = find_or_add(scene, _VOLUME, OUTLINES, film, f"{film.GetName()} outlines as found", hidden=True)
    outlines.SetAndObserveImageData(vtk_image(code_of(segmentation.masks)))
    outlines.SetIJKToRASMatrix(ijk_to_ras(film))
    _store_hypotheses(scene, segmentation.hypotheses, film)
    document = {
        "result": describe_result(result),
        "film_state": film_state(film) if state is None else state,
    }
    node, _ = find_or_add(scene, _TEXT, DOCUMENT, film, f"{film.GetName()} result document", hidden=True)
    node.SetText(json.dumps(document, ensure_ascii=False, allow_nan=False))


def stored_document(scene: Any, film: Any) -> dict[str, Any] | None:
    """The document and the film's state at that time; ``None`` where the scene has no result of the film."""
    node = find(scene, _TEXT, DOCUMENT, film)
    try:
        document = json.loads(node.GetText()) if node is not None else None
    except (TypeError, ValueError):
        return None
    return document if isinstance(document, dict) and isinstance(document.get("result"), dict) else None


def stored_volume(scene: Any, role: str, film: Any) -> Any | None:
    """The hidden volume node with this role, where it is there and has pixels."""
    node = find(scene, _VOLUME, role, film)
    return node if node is not None and node.GetImageData() is not None else None


def _store_hypotheses(scene: Any, hypotheses: Hypotheses | None, film: Any) -> None:
    if hypotheses is None:
        remove(scene, _VOLUME, HYPOTHESES, film)
        return
    levels = probability_levels(hypotheses)
    node, _ = find_or_add(scene, _VOLUME, HYPOTHESES, film, f"{film.GetName()} hypotheses", hidden=True)
    node.SetAndObserveImageData(vtk_stack(np.ascontiguousarray(levels.reshape(-1, *levels.shape[2:]))))
