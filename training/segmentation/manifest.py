"""Annotated films as a folder describes them: ``manifest.json``, version 1 (``docs/annotations.md``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.radiograph import Laterality
from OsteoScreenLib.radiograph.spacing import PLAUSIBLE_MM

_PATTERNS = {"id": "up to 64 letters, digits, '.', '_' and '-'", "sha256": "64 hexadecimal digits in lower case"}


class AnnotationFault(OsteoScreenError):
    """One thing that is wrong with a data set of annotated films."""

    code = "bad_annotations"


class ManifestError(OsteoScreenError):
    """Everything that is wrong with a data set; ``str()`` tells the first fault and how to see the others."""

    code = "bad_annotations"

    def __init__(self, path: Path, faults: Iterable[AnnotationFault]) -> None:
        self.faults = tuple(faults)
        first, others = self.faults[0], len(self.faults) - 1
        more = f"; {others} more: python -m training.annotations check {path}" if others else ""
        super().__init__(first.place, first.fault, first.remedy + more)


class AnnotationStatus(str, Enum):
    """What an annotator said about the outlines that were proposed; rejected ones are not trained on."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


def _inside_folder(path: str) -> str:
    """Refuse a path that leads out of the manifest's folder, or that another system would read otherwise."""
    if "\\" in path or PureWindowsPath(path).drive:
        raise ValueError("write it relative to the manifest, with / between folders")
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("keep it inside the manifest's folder, without a leading / and the part '..'")
    return path


RelativePath = Annotated[str, Field(min_length=1), AfterValidator(_inside_folder)]
Millimetres = Annotated[float, Field(ge=PLAUSIBLE_MM[0], le=PLAUSIBLE_MM[1])]
Pseudonym = Annotated[str, Field(min_length=1, max_length=64)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Annotation(_Entry):
    """What one annotator drew on one film: a mask per bone, or one segmentation; and the bones that the film does not show."""

    annotator: Pseudonym
    status: AnnotationStatus
    masks: dict[Bone, RelativePath] | None = None
    segmentation: RelativePath | None = None
    absent: tuple[Bone, ...] = ()
    comment: str | None = None
    time: AwareDatetime | None = None

    @property
    def usable(self) -> bool:
        """Whether it is trained on."""
        return self.status is not AnnotationStatus.REJECTED

    @model_validator(mode="after")
    def _complete(self) -> Annotation:
        if self.masks is not None and self.segmentation is not None:
            raise ValueError("it has both masks and a segmentation. Name one of the two")
        if self.usable and self.masks is None and self.segmentation is None:
            raise ValueError("it has neither masks nor a segmentation. Name one of the two, or give the status rejected")
        if self.usable and self.masks is not None:
            missing = [bone.value for bone in Bone if bone not in self.masks and bone not in self.absent]
            if missing:
                raise ValueError(f"it says nothing of {', '.join(missing)}. Draw each bone, or list it under absent")
            both = [bone.value for bone in self.masks if bone in self.absent]
            if both:
                raise ValueError(f"{', '.join(both)} is drawn and listed under absent. Do one of the two")
        return self


class Film(_Entry):
    """One film with what its annotators drew. ``subject`` is a pseudonym; ``inverted`` tells a file with dark bone."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    subject: Pseudonym
    image: RelativePath
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    spacing_mm: Millimetres | tuple[Millimetres, Millimetres] | None = None
    laterality: Laterality | None = None
    inverted: bool | None = None
    annotations: tuple[Annotation, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_each(self) -> Film:
        for name, count in Counter(annotation.annotator for annotation in self.annotations).items():
            if count > 1:
                raise ValueError(f"the annotator {name!r} is listed {count} times. Keep one annotation each")
        return self


class Manifest(_Entry):
    """A data set of annotated films."""

    format: Literal["osteoscreen-annotations"]
    version: Literal[1]
    name: str = Field(min_length=1)
    created: AwareDatetime
    licence: str | None = None
    notes: str | None = None
    films: tuple[Film, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct_films(self) -> Manifest:
        for name, count in Counter(film.id for film in self.films).items():
            if count > 1:
                raise ValueError(f"{count} films have the id {name!r}. Give each film an id of its own")
        if not any(annotation.usable for film in self.films for annotation in film.annotations):
            raise ValueError("every annotation is rejected, so no film is left. Add films")
        return self


def read_manifest(path: Path) -> Manifest:
    """Read and validate ``manifest.json``; the files that it names are not touched.

    Raises
    ------
    ManifestError
        With a fault for each wrong field.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        fault = AnnotationFault(path, f"cannot be read ({error.strerror or error})", "Name the manifest.json of a data set")
        raise ManifestError(path, [fault]) from error
    except ValidationError as error:
        told: dict[str, AnnotationFault] = {}
        for problem in error.errors(include_url=False):
            # A list of nothing but faulty entries counts as empty, a value that fits none of several kinds as several faults.
            if problem["type"] != "too_short" or not problem["input"]:
                fault = _explained(path, dict(problem))
                told.setdefault(fault.place, fault)
        raise ManifestError(path, told.values()) from error


def _explained(path: Path, problem: dict[str, Any]) -> AnnotationFault:
    kind, said = problem["type"], str(problem["msg"])
    # Which branch of a choice was tried, and that a key is meant, says nothing to a person.
    parts = [str(part) for part in problem["loc"] if part != "[key]" and not str(part).startswith(("constrained-", "tuple["))]
    field = ".".join(parts)
    place = f"{path}: {field}" if field else str(path)
    value = repr(problem["input"])
    value = value if len(value) <= 60 else value[:57] + "..."
    if kind == "json_invalid":
        return AnnotationFault(path, f"is not JSON ({problem['ctx']['error']})", "Export the annotations again")
    if kind == "missing":
        return AnnotationFault(place, "is missing", "Give it")
    if kind == "extra_forbidden":
        return AnnotationFault(place, "is no field of this format", "Check the spelling, or leave it out")
    if kind == "value_error":
        fault, _, remedy = str(problem["ctx"]["error"]).rpartition(". ")
        if fault:
            return AnnotationFault(place, fault, remedy)
        return AnnotationFault(place, f"is {value}", remedy[:1].upper() + remedy[1:])
    if kind == "too_short":
        return AnnotationFault(place, f"is {value}", "Give at least one")
    if kind == "string_pattern_mismatch":
        return AnnotationFault(place, f"is {value}", f"It should be {_PATTERNS[parts[-1]]}")
    return AnnotationFault(place, f"is {value}", said.replace("Input should", "It should"))
