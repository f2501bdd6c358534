"""The result of a film back from the scene's nodes alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.images import image_array
from OsteoScreenLib.scene.ownership import FILM_REFERENCE, ROLE, nodes_of_class
from OsteoScreenLib.scene.store import DOCUMENT, HYPOTHESES, OUTLINES, stored_document, stored_volume
from OsteoScreenLib.scene.uncertainty import ROLE_PREFIX
from OsteoScreenLib.screening.result_document import SCHEMA_VERSION
from OsteoScreenLib.screening.result_parsing import parse_bones, parse_film, parse_renamed, parse_result
from OsteoScreenLib.screening.storage_hypotheses import hypotheses_of
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.values import Hypotheses, Segmentation, UncertaintyMaps

_REMEDY = "Screen the film again"


def result_of(scene: Any, film: Any) -> ScreeningResult | None:
    """The result that was last built for the film, as `load_result` would give it; ``None`` where there is none.

    The outlines are those of the result, not the corrections made since (`read_masks`). Raises `OutputError` where parts of
    it were deleted or come from another version of the software.
    """
    stored = stored_document(scene, film)
    if stored is None:
        return None
    document = stored["result"]
    if document.get("schema_version") != SCHEMA_VERSION:
        fault = f"is of schema version {document.get('schema_version')!r}, this software reads {SCHEMA_VERSION}"
        raise OutputError(_place(film), fault, _REMEDY)
    try:
        shape = parse_film(document["film"]).shape
        segmentation = Segmentation(
            masks=_masks(scene, film, shape),
            uncertainty=UncertaintyMaps(**{name: _map(scene, film, name, shape) for name in ("total", "between", "within")}),
            bones=parse_bones(document["segmentation"]),
            hypotheses=stored_hypotheses(scene, film, document),
            renamed=parse_renamed(document["segmentation"]),
        )
        return parse_result(document, segmentation)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise OutputError(_place(film), f"does not follow the schema ({type(error).__name__}: {error})", _REMEDY) from error


def stored_hypotheses(scene: Any, film: Any, document: dict[str, Any]) -> Hypotheses | None:
    """The hypotheses behind the result; ``None`` where it has none. Raises `OutputError` where they were deleted or damaged."""
    described = document["hypotheses"]
    if described is None:
        return None
    node = stored_volume(scene, HYPOTHESES, film)
    if node is None:
        raise OutputError(_place(film), "has lost its hypotheses", _REMEDY)
    levels = image_array(node.GetImageData())
    return hypotheses_of(levels.reshape(-1, len(BONES), *levels.shape[1:]), described, _place(film))


def films_with_results(scene: Any) -> list[Any]:
    """The film nodes that the scene holds a result of, in the order the results were first made."""
    films = [
        node.GetNodeReference(FILM_REFERENCE)
        for node in nodes_of_class(scene, "vtkMRMLTextNode")
        if node.GetAttribute(ROLE) == DOCUMENT
    ]
    return [film for film in films if film is not None]


def _masks(scene: Any, film: Any, shape: tuple[int, int]) -> np.ndarray:
    code = _pixels(scene, film, OUTLINES, shape)
    return np.stack([(code & (1 << bone.channel)) != 0 for bone in BONES])


def _map(scene: Any, film: Any, name: str, shape: tuple[int, int]) -> np.ndarray:
    return _pixels(scene, film, f"{ROLE_PREFIX}{name}", shape).astype(np.float32)


def _pixels(scene: Any, film: Any, role: str, shape: tuple[int, int]) -> np.ndarray:
    node = stored_volume(scene, role, film)
    pixels = None if node is None else image_array(node.GetImageData())
    if pixels is None or pixels.shape != (1, *shape):
        raise OutputError(_place(film), f"has lost its {role.rpartition('.')[2]}", _REMEDY)
    return np.asarray(pixels[0])


def _place(film: Any) -> str:
    return f"Result of {film.GetName()}"
