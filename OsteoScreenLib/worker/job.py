"""What is to be done with one film, and its reading from a job file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Laterality

_MAX_JOB_BYTES = 1024 * 1024
MAX_SAMPLES = 64
MAX_SPACING_MM = 5.0


@dataclass(frozen=True)
class Job:
    """One film to screen.

    Attributes
    ----------
    film, folder : the film's file, and the result folder, which appears complete or not at all
    bundle : folder of the model bundle; ``None`` for the shipped one
    seed, samples : the random draws, and how many of them per expert (``None``: as many as the bundle says)
    spacing_mm, invert, side : the user's word on pixel spacing, polarity and side; ``None`` where the film decides
    engine : name of the inference engine
    masks, scene, report : whether to write ``masks/``, ``scene.mrb``, and ``report.html`` with ``overlay.png``
    replace : whether the result of another film in ``folder`` may be replaced
    """

    film: Path
    folder: Path
    bundle: Path | None = None
    seed: int = 0
    samples: int | None = None
    spacing_mm: float | None = None
    invert: bool | None = None
    side: Laterality | None = None
    engine: str = "openvino"
    masks: bool = False
    scene: bool = True
    report: bool = True
    replace: bool = False


def read_job(path: Path) -> Job:
    """Read a job file: a JSON object whose keys are the attributes of `Job`. Relative paths are relative to the file.

    Raises `UsageError` with one line where the file cannot be read, a key is unknown or missing, or a value does not fit.
    """
    content = _read_object(path)
    unknown = sorted(set(content) - set(_READERS))
    if unknown:
        raise UsageError(path, f"unknown key '{unknown[0]}'", f"Known keys: {', '.join(_READERS)}")
    values: dict[str, Any] = {}
    for key, value in content.items():
        if value is None and key not in _REQUIRED:
            continue
        try:
            values[key] = _READERS[key](value)
        except ValueError as error:
            raise UsageError(path, f"'{key}' is {json.dumps(value)[:80]}", f"It must be {error}") from error
    for key in _REQUIRED:
        if key not in values:
            raise UsageError(path, f"'{key}' is missing", "Name the film and the result folder")
    for key in ("film", "folder", "bundle"):
        if key in values:
            values[key] = path.absolute().parent / values[key]
    return Job(**values)


def seed_number(value: Any) -> int:
    """A seed: a whole number from 0 to 2^32 - 1. Raises `ValueError` saying so."""
    return _whole(value, 0, 2**32 - 1)


def samples_number(value: Any) -> int:
    """Draws per expert. Raises `ValueError` saying what it must be."""
    return _whole(value, 1, MAX_SAMPLES)


def spacing_number(value: Any) -> float:
    """A pixel spacing in millimetres. Raises `ValueError` saying what it must be."""
    wanted = f"a number of millimetres above 0 and at most {MAX_SPACING_MM:g}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(wanted)
    if not (math.isfinite(value) and 0.0 < value <= MAX_SPACING_MM):
        raise ValueError(wanted)
    return float(value)


def _read_object(path: Path) -> dict[str, Any]:
    remedy = "Give the path of a job file; the documentation of OsteoScreenLib.worker says what it holds"
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_JOB_BYTES + 1)
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", remedy) from error
    if len(content) > _MAX_JOB_BYTES:
        raise UsageError(path, f"is larger than {_MAX_JOB_BYTES} bytes", remedy)
    try:
        parsed = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UsageError(path, f"is not valid JSON ({error})", remedy) from error
    if not isinstance(parsed, dict):
        raise UsageError(path, f"holds a JSON {type(parsed).__name__}, not an object", remedy)
    return parsed


def _path(value: Any) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("a path")
    return Path(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a name")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _side(value: Any) -> Laterality:
    if value not in ("left", "right"):
        raise ValueError('"left" or "right"')
    return Laterality(value)


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return value


_REQUIRED = ("film", "folder")
_READERS: dict[str, Callable[[Any], Any]] = {
    "film": _path,
    "folder": _path,
    "bundle": _path,
    "seed": seed_number,
    "samples": samples_number,
    "spacing_mm": spacing_number,
    "invert": _flag,
    "side": _side,
    "engine": _text,
    "masks": _flag,
    "scene": _flag,
    "report": _flag,
    "replace": _flag,
}
