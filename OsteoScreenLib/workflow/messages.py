"""The lines that the worker writes, and the clinician's words for its stages."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ready:
    """The worker waits for jobs; ``version`` is that of its library."""

    version: str


@dataclass(frozen=True)
class Progress:
    """How far the job is: the stage's name and the finished share, 0..1."""

    stage: str
    fraction: float


@dataclass(frozen=True)
class Finished:
    """The job's folder is in place. ``state`` is that of the score, where the job made one."""

    folder: Path
    state: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """The job ended without a result; ``message`` is one line for people."""

    code: str
    message: str


Message = Ready | Progress | Finished | Refused

STAGE_WORDS = {
    "reading": "Reading the film",
    "loading the model": "Loading the model",
    "segmentation": "Outlining the bones",
    "radiogrammetry": "Measuring the cortices",
    "quality": "Judging the film's quality",
    "classification": "Computing the score",
    "writing": "Writing the result",
    "drawing": "Drawing the outlines",
    "report": "Writing the report",
    "DICOM objects": "Writing DICOM objects",
    "scene": "Writing the scene",
    "downloading": "Downloading the model",
    "unpacking": "Unpacking the model",
    "done": "Finished",
}
STARTING = "Starting"


def stage_words(stage: str) -> str:
    """A stage of the worker in the clinician's words; a stage unknown here under its own name."""
    return STAGE_WORDS.get(stage, stage.replace("_", " ").strip().capitalize())


def parse(line: str) -> Message | None:
    """Read one line of the worker; ``None`` for anything that is none of its messages."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("stage"), str):
        return _progress(content["stage"], content.get("fraction"))
    if isinstance(content.get("ready"), str):
        return Ready(content["ready"])
    if isinstance(content.get("result"), str):
        return _finished(content)
    if isinstance(content.get("error"), str):
        return Refused(content["error"], str(content.get("message") or content["error"]))
    return None


def _progress(stage: str, fraction: Any) -> Progress | None:
    if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not math.isfinite(fraction):
        return None
    return Progress(stage, min(max(float(fraction), 0.0), 1.0))


def _finished(content: dict[str, Any]) -> Finished:
    state, notes = content.get("state"), content.get("notes")
    return Finished(
        Path(content["result"]),
        state if isinstance(state, str) else None,
        tuple(str(note) for note in notes) if isinstance(notes, list) else (),
    )
