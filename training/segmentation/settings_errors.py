"""What is wrong with a settings file, one line per field."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from training.segmentation.network import NetworkSettings
from training.segmentation.settings import AnnotationSettings, SegmentationSettings, Stage

_KNOWN = {
    "": list(SegmentationSettings.model_fields),
    "stages": list(Stage.model_fields),
    "annotations": list(AnnotationSettings.model_fields),
    "network": [field.name for field in fields(NetworkSettings)],
}
_PATTERNS = {"device": "auto, cpu, cuda or cuda:N"}


def explain(error: ValidationError, file: Path) -> list[str]:
    """One line per wrong field: file, field, value, and what it should be."""
    return [f"{file}: {_line(dict(problem))}" for problem in error.errors(include_url=False)]


def _line(problem: dict[str, Any]) -> str:
    where = [str(part) for part in problem["loc"]]
    field = ".".join(where)
    value = repr(problem["input"])
    value = value if len(value) <= 60 else value[:57] + "..."
    if problem["type"] == "json_invalid":
        return f"not JSON ({problem['ctx']['error']}). Mend the file; a JSON object names what differs from the defaults"
    if problem["type"] == "missing":
        return f"{field} is missing. Give it"
    if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = _KNOWN[where[0] if len(where) > 1 else ""]
        near = get_close_matches(where[-1], known, 1)
        return f"{field} is no setting. " + (f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}")
    if problem["type"] == "value_error":
        return f"{field} is {value}. {str(problem['ctx']['error']).capitalize()}"
    if problem["type"] == "string_pattern_mismatch":
        return f"{field} is {value}. It should be {_PATTERNS[field]}"
    wanted = problem["msg"].removeprefix("Input should be ").partition(", unable")[0].partition(", got")[0]
    for said, better in (("valid ", ""), ("a integer", "an integer"), ("a array", "a list")):
        wanted = wanted.replace(said, better)
    return f"{field or 'the content'} is {value}. It should be {wanted}"
