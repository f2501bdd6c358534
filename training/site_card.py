"""What a site says of its model itself: the file given with ``python -m training.bundle --card FILE``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.json_object import read_json_object

_MOST_BYTES = 1024 * 1024
_REMEDY = "Fill in what python -m training.bundle --card-template FILE writes"


def _filled_in(text: str) -> str:
    if text.lstrip().startswith("<"):
        raise ValueError("still is what the template says. Write the site's own words, or remove the line")
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_filled_in)]


class SiteCard(BaseModel):
    """Replaces the project's words where it says something; lists are added to the project's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    developers: Words | None = None
    contact: Words | None = None
    licence: Words | None = None
    purpose: Words | None = None
    users: Words | None = None
    setting: Words | None = None
    period: Words | None = None
    reference_standard: Words | None = None
    evaluation_data: Words | None = None
    intended_use: Words | None = None
    out_of_scope: tuple[Words, ...] = ()
    limits: tuple[Words, ...] = ()
    failure_modes: tuple[Words, ...] = ()


TEMPLATE: dict[str, Any] = {
    "developers": "<who trained the model: department, hospital, country>",
    "contact": "<an address that will still be read in some years>",
    "licence": "<who may use the model, and how; or Apache-2.0>",
    "setting": "<where the films and DXA come from: hospitals, departments, why people were radiographed, machines>",
    "period": "<from when to when the films and DXA were taken>",
    "reference_standard": "<DXA machines, sites (hip, spine, one-third radius), reference population, days between film and DXA>",
    "evaluation_data": "<on whom the model was tested; whether at the same site (internal) or at another one (external)>",
    "users": "<who may use it here, after what instruction>",
    "out_of_scope": ["<people or films that were left out of the training, and why>"],
    "limits": ["<what the reader of a result has to know of this model>"],
    "failure_modes": ["<films on which it was seen to fail>"],
}


def write_template(path: Path) -> None:
    """Write the file to fill in. Raises `UsageError` where there is one already."""
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(TEMPLATE, indent=2, ensure_ascii=False) + "\n")
    except FileExistsError as error:
        raise UsageError(path, "exists already", "Name a new file, or remove this one") from error
    except OSError as error:
        raise UsageError(path, f"cannot be written ({error.strerror or error})", "Name a file in a folder of your own") from error


def read_site_card(path: Path) -> SiteCard:
    """Read and check a filled-in card. Raises `UsageError` about its first wrong field, and the number of others."""
    content = read_json_object(path, _MOST_BYTES, UsageError, _REMEDY)
    try:
        return SiteCard.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        first, others = problems[0], len(problems) - 1
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(SiteCard.model_fields)
        said = str(first["ctx"]["error"]) if first["type"] == "value_error" else str(first["msg"])
        fault, _, remedy = said.partition(". ")
        if first["type"] == "extra_forbidden":
            fault, remedy = "is no field of a card", f"Known are {known}"
        more = f" ({others} more)" if others else ""
        raise UsageError(path, f"'{field}' {fault}{more}", remedy or _REMEDY) from error
