"""The document ``result.json`` back into the values it was written from."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import BoneScore, OperatingPoint, Score, State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import (
    BoneAxis,
    LevelMeasurement,
    LevelQuality,
    Point,
    Radiogrammetry,
    RadiusMeasurement,
    RejectedLevel,
    RejectedRadius,
    SetAside,
    Trust,
)
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Polarity, PolarityBasis, Spacing, SpacingProvenance
from OsteoScreenLib.screening.values import BundleIdentity, FilmDescription, ScreeningResult
from OsteoScreenLib.segmentation.values import BoneSummary, Segmentation


def parse_result(document: dict[str, Any], segmentation: Segmentation) -> ScreeningResult:
    """Build a result from its document and its arrays.

    Raises KeyError, TypeError or ValueError where the document does not follow the schema.
    """
    return ScreeningResult(
        film=parse_film(document["film"]),
        bundle=BundleIdentity(**{**_pick(BundleIdentity, document["bundle"]), "limits": tuple(document["bundle"]["limits"])}),
        quality=tuple(QualityFinding(each["code"], Severity(each["severity"]), each["text"]) for each in document["quality"]),
        segmentation=segmentation,
        radiogrammetry=_radiogrammetry(document),
        score=_score(document["score"]),
        timings={stage: float(seconds) for stage, seconds in document["timings"].items()},
        seed=int(document["seed"]),
        samples=int(document["samples"]),
        software_version=document["software_version"],
        created=document["created"],
    )


def parse_film(film: dict[str, Any]) -> FilmDescription:
    """The film's description."""
    spacing = film["spacing"]
    return FilmDescription(
        shape=(int(film["rows"]), int(film["columns"])),
        window=_pair(film["window"]),
        spacing=Spacing(spacing["row_mm"], spacing["column_mm"], SpacingProvenance(spacing["provenance"])),
        laterality=Laterality(film["laterality"]),
        polarity=Polarity(bool(film["polarity"]["inverted"]), PolarityBasis(film["polarity"]["basis"])),
        source=FilmSource(**_pick(FilmSource, film)),
    )


def parse_bones(bones: dict[str, Any]) -> tuple[BoneSummary, ...]:
    """What was said of every bone, in channel order."""
    return tuple(
        BoneSummary(
            bone=bone,
            found=bool(bones[bone.value]["found"]),
            area_px=int(bones[bone.value]["area_px"]),
            disagreement=float(bones[bone.value]["disagreement"]),
            mean_uncertainty=float(bones[bone.value]["mean_uncertainty"]),
            drawn=bool(bones[bone.value].get("drawn", False)),
        )
        for bone in BONES
    )


def parse_renamed(bones: dict[str, Any]) -> tuple[Bone, ...]:
    """The bones whose outlines the model had given to another bone."""
    return tuple(bone for bone in BONES if bones[bone.value].get("renamed", False))


def _radiogrammetry(document: dict[str, Any]) -> Radiogrammetry:
    axes = tuple(
        BoneAxis(Bone(each["bone"]), _pair(each["base"]), _pair(each["head"]), float(each["length_px"]), each["length_mm"])
        for each in document["radiogrammetry_axes"]
    )
    return Radiogrammetry(
        levels=tuple(_level(each, axes) for each in document["radiogrammetry"]),
        rejected=tuple(
            RejectedLevel(Bone(each["bone"]), float(each["level"]), each["reason"], _set_aside(each))
            for each in document["radiogrammetry_rejected"]
        ),
        axes=axes,
        mean_mci=document["radiogrammetry_summary"]["mean_mci"],
        radius=tuple(
            RadiusMeasurement(**_measured(RadiusMeasurement, each)) for each in document.get("radiogrammetry_radius", ())
        ),
        radius_rejected=tuple(
            RejectedRadius(float(each["distance_mm"]), each["reason"], _set_aside(each))
            for each in document.get("radiogrammetry_radius_rejected", ())
        ),
    )


def _level(level: dict[str, Any], axes: tuple[BoneAxis, ...]) -> LevelMeasurement:
    values = _measured(LevelMeasurement, level)
    values["bone"] = Bone(level["bone"])
    if "length_px" not in level:  # documents of before it was written beside every level
        axis = next((each for each in axes if each.bone is values["bone"]), None)
        values["length_px"], values["length_mm"] = (None, None) if axis is None else (axis.length_px, axis.length_mm)
    return LevelMeasurement(**values)


def _measured(kind: type, document: dict[str, Any]) -> dict[str, Any]:
    """The fields that a measured level of a metacarpal and one of the radius have in common."""
    values = _pick(kind, document)
    for name in ("profile", "medullary"):
        first, second = document[name]
        values[name] = (_pair(first), _pair(second))
    quality = document.get("quality")
    if quality is not None:
        values["quality"] = LevelQuality(**{**_pick(LevelQuality, quality), "trust": Trust(quality["trust"])})
    values["set_aside"] = _set_aside(document)
    return values


def _set_aside(document: dict[str, Any]) -> tuple[SetAside, ...]:
    return tuple(SetAside(each["reason"], int(each["count"])) for each in document.get("set_aside", ()))


def _score(score: dict[str, Any]) -> Score:
    interval, point = score["interval"], score["operating_point"]
    return Score(
        state=State(score["state"]),
        probability=score["probability"],
        interval=None if interval is None else _pair(interval),
        operating_point=None if point is None else OperatingPoint(**_pick(OperatingPoint, point)),
        bones=tuple(
            BoneScore(Bone(each["bone"]), float(each["probability"]), _pair(each["interval"])) for each in score["bones"]
        ),
        reasons=tuple(score["reasons"]),
    )


def _pair(values: list[float]) -> Point:
    first, second = values
    return (float(first), float(second))


def _pick(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass out of a document that may say more; fields with a default may be missing."""
    return {each.name: values[each.name] for each in fields(kind) if each.name in values or each.default is MISSING}
