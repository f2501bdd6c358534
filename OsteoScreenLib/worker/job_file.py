"""Jobs as JSON files: read strictly, and written for another process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from OsteoScreenLib.errors import OutputError, UsageError
from OsteoScreenLib.json_object import read_json_object
from OsteoScreenLib.worker import job_values as read
from OsteoScreenLib.worker.job import AnyJob, FetchJob, Job, ReadJob, ReportJob, RescoreJob

_MAX_JOB_BYTES = 1024 * 1024
_REMEDY = "Give the path of a job file; the documentation of OsteoScreenLib.worker says what it holds"

_USERS_WORD: dict[str, Callable[[Any], Any]] = {
    "spacing_mm": read.spacing_number,
    "invert": read.flag,
    "side": read.side,
    "age_years": read.age_number,
    "sex": read.sex_letter,
}


@dataclass(frozen=True)
class _Kind:
    """How jobs of one kind are read: a reader for every key, and the keys that must be there."""

    make: Callable[..., AnyJob]
    readers: Mapping[str, Callable[[Any], Any]]
    required: Mapping[str, str]


_FILM = "Name the film and the result folder"
_KINDS: dict[str, _Kind] = {
    Job.kind: _Kind(
        Job,
        {
            "film": read.path,
            "folder": read.path,
            "bundle": read.path,
            "seed": read.seed_number,
            "samples": read.samples_number,
            **_USERS_WORD,
            "engine": read.text,
            "masks": read.flag,
            "nifti": read.flag,
            "scene": read.flag,
            "report": read.flag,
            "pdf": read.flag,
            "paper": read.paper,
            "identify": read.flag,
            "dicom": read.flag,
            "coco": read.flag,
            "replace": read.flag,
        },
        {"film": _FILM, "folder": _FILM},
    ),
    ReadJob.kind: _Kind(ReadJob, {"film": read.path, "folder": read.path, **_USERS_WORD}, {"film": _FILM, "folder": _FILM}),
    RescoreJob.kind: _Kind(
        RescoreJob,
        {
            "film": read.path,
            "result": read.path,
            "masks": read.path,
            "folder": read.path,
            "bundle": read.path,
            "engine": read.text,
            **_USERS_WORD,
        },
        dict.fromkeys(("film", "result", "masks", "folder"), "Name the film, its earlier result, the masks and the new folder"),
    ),
    ReportJob.kind: _Kind(
        ReportJob,
        {"film": read.path, "result": read.path, "folder": read.path, "paper": read.paper, **_USERS_WORD},
        dict.fromkeys(("film", "result", "folder"), "Name the film, its result, and the new folder"),
    ),
    FetchJob.kind: _Kind(
        FetchJob,
        {"url": read.web_address, "library": read.path, "sha256": read.sha256},
        dict.fromkeys(("url", "library"), "Give the bundle's address and the folder of bundles"),
    ),
}


def read_job(path: Path) -> AnyJob:
    """Read a job file: a JSON object with ``kind`` (screen, read, rescore, report or fetch; screen where it is missing) and the
    attributes of that kind of job. Relative paths are relative to the file.

    Raises `UsageError` with one line where the file cannot be read, a key is unknown or missing, or a value does not fit.
    """
    content = read_json_object(path, _MAX_JOB_BYTES, UsageError, _REMEDY)
    word = content.pop("kind", Job.kind)
    if not isinstance(word, str) or word not in _KINDS:
        raise UsageError(path, f"'kind' is {json.dumps(word)[:80]}", f"It must be one of: {', '.join(_KINDS)}")
    kind = _KINDS[word]
    unknown = sorted(set(content) - set(kind.readers))
    if unknown:
        raise UsageError(path, f"unknown key '{unknown[0]}'", f"Known keys: {', '.join(kind.readers)}")
    values: dict[str, Any] = {}
    for key, value in content.items():
        if value is None and key not in kind.required:
            continue
        try:
            values[key] = kind.readers[key](value)
        except ValueError as error:
            raise UsageError(path, f"'{key}' is {json.dumps(value)[:80]}", f"It must be {error}") from error
        if isinstance(values[key], Path):
            values[key] = path.absolute().parent / values[key]
    for key, remedy in kind.required.items():
        if key not in values:
            raise UsageError(path, f"'{key}' is missing", remedy)
    return kind.make(**values)


def job_document(job: AnyJob) -> dict[str, Any]:
    """The JSON object that `read_job` reads as the same job; paths are made absolute."""
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    return {"kind": job.kind, **{name: _plain(value) for name, value in values.items()}}


def write_job(job: AnyJob, path: Path) -> None:
    """Write a job file. Raises `OutputError` where it cannot be written."""
    try:
        path.write_text(json.dumps(job_document(job), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(path, f"cannot be written ({error.strerror})", "Choose a folder with room and write access") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value.absolute())
    return value.value if isinstance(value, Enum) else value
