"""The published schema of ``result.json``: it has a version, describes every key that is written, and allows others."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Spacing, SpacingProvenance
from OsteoScreenLib.screening.result_document import FORMAT, SCHEMA_VERSION, describe_result
from OsteoScreenLib.screening.values import ScreeningResult
from Testing.screening_results import DETECTOR_SPACING, make_screening_result, without_hypotheses

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "result.schema.json").read_text(encoding="utf-8"))
SPACINGS = (
    Spacing(),
    DETECTOR_SPACING,
    Spacing(0.1, 0.1, SpacingProvenance.CALIBRATED),
    Spacing(0.2, 0.1, SpacingProvenance.USER),
)


def results() -> Iterator[ScreeningResult]:
    """Every state with every kind of spacing, with and without what may be missing."""
    for state in State:
        for spacing, side in zip(SPACINGS, (*Laterality, Laterality.LEFT), strict=True):
            result, _ = make_screening_result((64, 64), state=state, spacing=spacing, laterality=side)
            yield result
    yield without_hypotheses(result)
    yield make_screening_result((64, 64), missing=tuple(Bone), state=State.NOT_ANALYSABLE)[0]
    plain = FilmSource("a.png", "0" * 64, "PNG", 8)
    yield replace(result, film=replace(result.film, source=plain))
    bones = tuple(replace(each, drawn=True) for each in result.segmentation.bones)
    yield replace(result, segmentation=replace(result.segmentation, bones=bones, renamed=(Bone.RADIUS,)))


DOCUMENTS = [json.loads(json.dumps(describe_result(result))) for result in results()]


def test_schema_is_one_and_says_its_version() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(f":{SCHEMA_VERSION}")
    assert SCHEMA["properties"]["schema_version"] == {"const": SCHEMA_VERSION}
    assert SCHEMA["properties"]["format"] == {"const": FORMAT}
    assert f"version {SCHEMA_VERSION}" in SCHEMA["title"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["score"]["state"])
def test_what_is_written_is_valid_and_described(document: dict[str, Any]) -> None:
    jsonschema.validate(document, SCHEMA)
    assert list(undescribed(document, SCHEMA, "result")) == []


def test_a_key_without_a_word_in_the_schema_is_noticed() -> None:
    document = copy.deepcopy(DOCUMENTS[0])
    document["film"]["colour"] = "blue"
    document["radiogrammetry"][0]["quality"]["mood"] = 1
    assert list(undescribed(document, SCHEMA, "result")) == ["result.film.colour", "result.radiogrammetry.quality.mood"]


def test_keys_that_readers_do_not_know_are_valid() -> None:
    document = copy.deepcopy(DOCUMENTS[0])
    for holder in list(objects(document)):
        holder["key_of_a_later_version"] = {"any": ["thing"]}
    del document["timings"]["key_of_a_later_version"], document["segmentation"]["key_of_a_later_version"]  # named by their keys
    jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("score", "state"), "healthy"),
        (("score", "probability"), 1.5),
        (("film", "rows"), 0),
        (("film", "sha256"), "../x"),
        (("segmentation", "radius", "found"), "yes"),
        (("quality", 0, "severity"), "fatal"),
        (("created",), "yesterday"),
    ],
)
def test_a_wrong_value_is_not_valid(place: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(DOCUMENTS[0])
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for value in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from objects(value)


def undescribed(document: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    """Keys of a document that no part of the schema names."""
    parts = list(resolved(schema))
    if isinstance(document, list):
        for item in document:
            for part in parts:
                if "items" in part:
                    yield from undescribed(item, part["items"], place)
        return
    if not isinstance(document, dict):
        return
    for key, value in document.items():
        known = [part["properties"][key] for part in parts if key in part.get("properties", {})]
        known += [part["additionalProperties"] for part in parts if isinstance(part.get("additionalProperties"), dict)]
        if not known:
            yield f"{place}.{key}"
        for part in known:
            yield from undescribed(value, part, f"{place}.{key}")


def resolved(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and those it stands for or combines."""
    if "$ref" in schema:
        target: Any = SCHEMA
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from resolved(target)
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            yield from resolved(part)
