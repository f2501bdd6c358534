"""Reads ``bundle.json`` into `Bundle` field by field; every fault is one line naming file, field, value and remedy.

Example (all fields but ``second_look``, ``found``, ``quality`` and ``classification`` are required)::

    {
      "schema_version": 1,
      "name": "osteoscreen-simulated", "version": "0.1.0",
      "segmentation": {
        "graph": "segmentation.onnx", "input_size": 512, "output_stride": 2,
        "bones": ["radius", "ulna", "metacarpal_1", ..., "metacarpal_5"],
        "experts": 4, "samples": 4, "latent": 1,
        "thresholds": {"radius": {"probability": 0.5, "films": 200, "dice": 0.96}, ...},
        "second_look": {"enabled": true, "input_size": 512, "margin": 0.08, "metacarpal_3_px": null},
        "found": {"min_area_px": 24, "min_probability": 0.6}
      },
      "classification": {"graph": "classification.onnx", "operating_point": {"rule_out": 0.3, ...}, ...},
      "quality": {"max_disagreement": 0.08, ...},
      "files": {"segmentation.onnx": "<sha256>", "classification.onnx": "<sha256>"},
      "training": {"seed": 0, "commit": "..."},
      "training_data": "...", "intended_use": "...", "limits": ["..."],
      "model_card": {...}, "reference": {...}
    }

``model_card`` (`card_parsing`) and ``reference`` (`reference_parsing`) may be missing: older bundles have none. The
``classification`` section may hold further fields; the classifier reads and checks them itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.bundle.card_parsing import parse_card
from OsteoScreenLib.bundle.reference_parsing import parse_reference
from OsteoScreenLib.bundle.values import (
    BUNDLE_SCHEMA_VERSION,
    BoneThreshold,
    Bundle,
    ClassificationModel,
    QualityThresholds,
    SecondLook,
    SegmentationModel,
)
from OsteoScreenLib.classification.values import OperatingPoint
from OsteoScreenLib.errors import BundleError

REMEDY = "Export the bundle again or restore it from the release"


class Section:
    """One JSON object of ``bundle.json`` with checked access to its fields."""

    def __init__(self, content: Mapping[str, Any], path: Path, name: str = "") -> None:
        self.content = content
        self.path = path
        self.name = name

    def fault(self, key: str, fault: str) -> BundleError:
        """The error to raise about the field ``key``."""
        return BundleError(self.path, f"field '{self.name}{key}' {fault}", REMEDY)

    def value(self, key: str, kinds: tuple[type, ...], wanted: str) -> Any:
        """The field's value; raises `BundleError` where it is missing or of another type."""
        if key not in self.content:
            raise self.fault(key, "is missing")
        found = self.content[key]
        if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
            raise self.fault(key, f"is {_shown(found)}, not {wanted}")
        return found

    def text(self, key: str) -> str:
        """A text that is not empty."""
        found = str(self.value(key, (str,), "a text"))
        if not found.strip():
            raise self.fault(key, "is an empty text")
        return found

    def number(self, key: str, low: float, high: float) -> float:
        """A finite number from ``low`` to ``high``."""
        given = self.value(key, (int, float), "a number")
        found = float(given) if abs(given) < 1e300 else math.inf
        if not (math.isfinite(found) and low <= found <= high):
            raise self.fault(key, f"is {found:g}, not from {low:g} to {high:g}")
        return found

    def count(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        found = int(self.value(key, (int,), "a whole number"))
        if not low <= found <= high:
            raise self.fault(key, f"is {found}, not from {low} to {high}")
        return found

    def flag(self, key: str) -> bool:
        """True or false."""
        return bool(self.value(key, (bool,), "true or false"))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(key, (list,), "a list of texts")
        if not all(isinstance(item, str) for item in found):
            raise self.fault(key, f"is {_shown(found)}, not a list of texts")
        return tuple(found)

    def numbers(self, key: str, low: float, high: float) -> tuple[float, ...]:
        """A list of finite numbers from ``low`` to ``high``."""
        items = {str(index): item for index, item in enumerate(self.value(key, (list,), "a list of numbers"))}
        inside = Section(items, self.path, f"{self.name}{key}.")
        return tuple(inside.number(index, low, high) for index in items)

    def sections(self, key: str) -> tuple[Section, ...]:
        """A list of nested objects."""
        items = {str(index): item for index, item in enumerate(self.value(key, (list,), "a list of objects"))}
        inside = Section(items, self.path, f"{self.name}{key}.")
        return tuple(inside.section(index) for index in items)

    def section(self, key: str) -> Section:
        """A nested object."""
        return Section(self.value(key, (dict,), "an object"), self.path, f"{self.name}{key}.")

    def optional(self, key: str) -> Section | None:
        """A nested object, or ``None`` where it is missing or null."""
        return None if self.content.get(key) is None else self.section(key)


def parse_bundle(content: Mapping[str, Any], folder: Path, sha256: str) -> Bundle:
    """Check ``content`` of ``folder/bundle.json`` (hash ``sha256``) and return the `Bundle`.

    File names are checked here, the files themselves by `loading.load_bundle`. Raises `BundleError`.
    """
    root = Section(content, folder / "bundle.json")
    version = root.count("schema_version", 0, 1_000_000)
    if version != BUNDLE_SCHEMA_VERSION:
        raise BundleError(
            root.path,
            f"field 'schema_version' is {version}, this OsteoScreen reads {BUNDLE_SCHEMA_VERSION}",
            "Install the OsteoScreen version that the bundle was made for, or export the bundle again",
        )
    files = _files(root)
    classification, card, reference = (root.optional(name) for name in ("classification", "model_card", "reference"))
    return Bundle(
        folder=folder,
        schema_version=version,
        name=root.text("name"),
        version=root.text("version"),
        sha256=sha256,
        segmentation=_segmentation(root.section("segmentation"), folder, files),
        classification=None if classification is None else _classification(classification, folder, files),
        quality=_quality(root.optional("quality")),
        files=files,
        training=dict(root.section("training").content),
        training_data=root.text("training_data"),
        intended_use=root.text("intended_use"),
        limits=root.texts("limits"),
        model_card=None if card is None else parse_card(card, scored=classification is not None),
        reference=None if reference is None else parse_reference(reference),
    )


def _files(root: Section) -> dict[str, str]:
    section = root.section("files")
    hashes: dict[str, str] = {}
    for name in section.content:
        if not isinstance(name, str) or not _plain_name(name):
            raise section.fault(str(name), "is not a plain file name inside the bundle")
        digest = section.text(name).lower()
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise section.fault(name, f"is {_shown(digest)}, not a SHA-256 in hexadecimal digits")
        hashes[name] = digest
    return hashes


def _plain_name(name: str) -> bool:
    # A name with a folder, a drive or a leading dot could lead out of the bundle or hide in it.
    return (
        bool(name) and not name.startswith(".") and not any(character in name for character in "/\\:\0") and name != "bundle.json"
    )


def _graph(section: Section, folder: Path, files: Mapping[str, str]) -> Path:
    name = section.text("graph")
    if not _plain_name(name):
        raise section.fault("graph", f"is {_shown(name)}, not a plain file name inside the bundle")
    if name not in files:
        raise section.fault("graph", f"is {_shown(name)}, which is not listed under 'files'")
    return folder / name


def _segmentation(section: Section, folder: Path, files: Mapping[str, str]) -> SegmentationModel:
    wanted = tuple(bone.value for bone in BONES)
    bones = section.texts("bones")
    if bones != wanted:
        raise section.fault("bones", f"is {', '.join(bones)}, not {', '.join(wanted)}")
    thresholds = section.section("thresholds")
    found = section.optional("found")
    input_size = section.count("input_size", 32, 4096)
    return SegmentationModel(
        graph=_graph(section, folder, files),
        input_size=input_size,
        output_stride=section.count("output_stride", 1, 32),
        experts=section.count("experts", 1, 64),
        samples=section.count("samples", 1, 256),
        latent=section.count("latent", 1, 1024),
        thresholds={bone: _threshold(thresholds.section(bone.value)) for bone in BONES},
        second_look=_second_look(section.optional("second_look"), input_size),
        min_area_px=24 if found is None else found.count("min_area_px", 1, 100_000),
        min_probability=0.6 if found is None else found.number("min_probability", 0.0, 1.0),
    )


def _threshold(section: Section) -> BoneThreshold:
    return BoneThreshold(
        probability=section.number("probability", 0.01, 0.99),
        films=section.count("films", 0, 10**9),
        dice=section.number("dice", 0.0, 1.0),
    )


def _second_look(section: Section | None, input_size: int) -> SecondLook:
    if section is None:
        return SecondLook(enabled=False, input_size=input_size)
    length = section.content.get("metacarpal_3_px")
    return SecondLook(
        enabled=section.flag("enabled"),
        input_size=section.count("input_size", 32, 4096),
        margin=section.number("margin", 0.0, 1.0),
        metacarpal_3_px=None if length is None else section.number("metacarpal_3_px", 8, 2048),
    )


def _classification(section: Section, folder: Path, files: Mapping[str, str]) -> ClassificationModel:
    point = section.section("operating_point")
    rule_out = point.number("rule_out", 0.0, 1.0)
    rule_in = point.number("rule_in", 0.0, 1.0)
    if rule_out > rule_in:
        raise point.fault("rule_out", f"is {rule_out:g}, above rule_in {rule_in:g}")
    return ClassificationModel(
        graph=_graph(section, folder, files),
        operating_point=OperatingPoint(
            rule_out=rule_out,
            rule_in=rule_in,
            sensitivity_at_rule_out=point.number("sensitivity_at_rule_out", 0.0, 1.0),
            specificity_at_rule_out=point.number("specificity_at_rule_out", 0.0, 1.0),
            sensitivity_at_rule_in=point.number("sensitivity_at_rule_in", 0.0, 1.0),
            specificity_at_rule_in=point.number("specificity_at_rule_in", 0.0, 1.0),
            prevalence=point.number("prevalence", 0.0, 1.0),
            subjects=point.count("subjects", 0, 10**9),
            population=point.text("population"),
            cases=None if point.content.get("cases") is None else point.count("cases", 0, point.count("subjects", 0, 10**9)),
        ),
        settings=dict(section.content),
    )


def _quality(section: Section | None) -> QualityThresholds:
    if section is None:
        return QualityThresholds()
    known = [item.name for item in fields(QualityThresholds)]
    unknown = sorted(set(section.content) - set(known))
    if unknown:
        raise section.fault(unknown[0], f"is unknown; known are {', '.join(known)}")
    return QualityThresholds(**{name: section.number(name, 0.0, 1e6) for name in section.content})


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
