"""A result as a folder of plain files, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.radiograph.limits import LARGEST_PIXELS
from OsteoScreenLib.screening.result_document import (
    FORMAT,
    HYPOTHESES_FILE,
    SCHEMA_VERSION,
    SEGMENTATION_FILE,
    UNCERTAINTY_FILE,
    describe_result,
)
from OsteoScreenLib.screening.result_parsing import parse_bones, parse_film, parse_renamed, parse_result
from OsteoScreenLib.screening.storage_hypotheses import read_hypotheses, write_hypotheses
from OsteoScreenLib.screening.storage_segmentation import read_segmentation, write_segmentation
from OsteoScreenLib.screening.storage_uncertainty import read_uncertainty, write_uncertainty
from OsteoScreenLib.screening.values import ScreeningResult
from OsteoScreenLib.segmentation.values import Segmentation

RESULT_FILE = "result.json"
_MOST_BYTES = 16 << 20
"""Of ``result.json``, which takes some 20 KB."""


def save_result(result: ScreeningResult, folder: Path) -> None:
    """Write ``result.json``, ``segmentation.seg.nrrd``, ``uncertainty.nrrd`` and ``hypotheses.nrrd`` into a folder.

    The folder exists already; `write_folder_atomically` gives one that appears only when it is complete.
    ``hypotheses.nrrd`` is left out where the result has no hypotheses. Uncertainty is rounded to 1/1024 bit and
    hypotheses to 8-bit probability levels; everything else comes back exactly. Raises `OutputError`.
    """
    segmentation, spacing = result.segmentation, result.film.spacing
    text = _strict_json(describe_result(result), folder / RESULT_FILE)
    write_segmentation(folder / SEGMENTATION_FILE, segmentation.masks, spacing, result.film.laterality)
    write_uncertainty(folder / UNCERTAINTY_FILE, segmentation.uncertainty, spacing)
    if segmentation.hypotheses is not None:
        write_hypotheses(folder / HYPOTHESES_FILE, segmentation.hypotheses)
    try:
        (folder / RESULT_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            folder / RESULT_FILE, f"cannot be written ({error.strerror})", "Choose a folder with room and write access"
        ) from error


def load_result(folder: Path) -> ScreeningResult:
    """Read a result back from its folder. Raises `OutputError` where it is missing, damaged or of another version."""
    folder = Path(folder)
    path = folder / RESULT_FILE
    document = read_document(path)
    _check_version(document, path)
    try:
        film = parse_film(document["film"])
        if not (min(film.shape) > 0 and film.shape[0] * film.shape[1] <= LARGEST_PIXELS):
            raise ValueError(f"a film of {film.shape[0]} x {film.shape[1]} pixels")
        described = document["hypotheses"]
        segmentation = Segmentation(
            masks=read_segmentation(folder / SEGMENTATION_FILE, film.shape),
            uncertainty=read_uncertainty(folder / UNCERTAINTY_FILE, film.shape),
            bones=parse_bones(document["segmentation"]),
            hypotheses=None if described is None else read_hypotheses(folder / HYPOTHESES_FILE, described),
            renamed=parse_renamed(document["segmentation"]),
        )
        return parse_result(document, segmentation)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        fault = f"does not follow the schema ({type(error).__name__}: {error})"
        raise OutputError(path, fault, "Screen the film again") from error


def read_document(path: Path) -> dict[str, Any]:
    """Read ``result.json`` and check that it is ours, of any version. Raises `OutputError`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise OutputError(path, f"is larger than {_MOST_BYTES >> 20} MB", "Name a folder that OsteoScreen has written")
        document = json.loads(content.decode("utf-8"), parse_constant=_refused)
    except FileNotFoundError as error:
        raise OutputError(path, "is missing", "Name a folder that OsteoScreen has written") from error
    except OSError as error:
        raise OutputError(path, f"cannot be read ({error.strerror})", "Check the folder and its access rights") from error
    except (ValueError, RecursionError) as error:
        raise OutputError(path, f"is not valid JSON ({error})", "Screen the film again") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        fault = f'is no OsteoScreen result (no "format": "{FORMAT}")'
        raise OutputError(path, fault, "Name a folder that OsteoScreen has written")
    return document


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _check_version(document: dict[str, Any], path: Path) -> None:
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        fault = f"has schema version {version!r}, this software reads {SCHEMA_VERSION}"
        raise OutputError(path, fault, "Screen the film again with this version")


def _strict_json(document: dict[str, Any], path: Path) -> str:
    """JSON text without NaN and infinity, which strict readers refuse."""
    try:
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        fault = f"would hold a number that is not finite at {_first_not_finite(document)}"
        raise OutputError(path, fault, "Report this film to the authors") from error


def _first_not_finite(value: Any, place: str = "result") -> str:
    if isinstance(value, float) and value - value != 0:
        return place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found = _first_not_finite(item, f"{place}.{key}")
        if found:
            return found
    return ""
