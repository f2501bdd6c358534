"""A small synthetic film and its result, with values known in advance, for tests of everything that is written from a result.

Import it with ``from Testing.screening_results import make_screening_result``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import BONES, RADIOGRAMMETRY_BONES, Bone
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
from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Radiograph,
    Spacing,
    SpacingProvenance,
)
from OsteoScreenLib.screening.values import BundleIdentity, FilmDescription, ScreeningResult
from OsteoScreenLib.segmentation.values import BoneSummary, GridMapping, Hypotheses, Segmentation, UncertaintyMaps

LEVELS = (0.4, 0.5, 0.6)
MISSING_BONE = Bone.METACARPAL_1
OVERLAPPING_BONES = ((Bone.RADIUS, Bone.ULNA), (Bone.METACARPAL_4, Bone.METACARPAL_5))
SET_ASIDE = (SetAside("the film is clipped there", 1),)
REJECTED = RejectedLevel(Bone.METACARPAL_4, 0.6, "Only 2 of 9 profiles show both cortices.", (SetAside("no edge", 7),))
QUALITY = LevelQuality(Trust.GOOD, mci_error=0.0075, profile_error=0.0025, misfit=0.01, cortex_px=3.2)
DETECTOR_SPACING = Spacing(0.14, 0.15, SpacingProvenance.DETECTOR)

OPERATING_POINT = OperatingPoint(
    rule_out=0.20,
    rule_in=0.55,
    sensitivity_at_rule_out=0.90,
    specificity_at_rule_out=0.58,
    sensitivity_at_rule_in=0.52,
    specificity_at_rule_in=0.90,
    prevalence=0.25,
    subjects=400,
    population="simulated subjects",
)


@dataclass(frozen=True)
class _Rod:
    """A straight bone: ends as fractions of the film's rows and columns, width and cavity as fractions of the columns."""

    base: Point
    head: Point
    width: float
    cavity: float


_RODS = {
    Bone.RADIUS: _Rod((0.99, 0.36), (0.66, 0.41), 0.17, 0.11),
    Bone.ULNA: _Rod((0.99, 0.55), (0.70, 0.55), 0.15, 0.09),
    Bone.METACARPAL_1: _Rod((0.58, 0.20), (0.44, 0.10), 0.08, 0.04),
    Bone.METACARPAL_2: _Rod((0.55, 0.30), (0.20, 0.24), 0.08, 0.04),
    Bone.METACARPAL_3: _Rod((0.55, 0.42), (0.18, 0.42), 0.08, 0.04),
    Bone.METACARPAL_4: _Rod((0.56, 0.54), (0.22, 0.58), 0.08, 0.04),
    Bone.METACARPAL_5: _Rod((0.57, 0.60), (0.27, 0.74), 0.08, 0.04),
}


def make_screening_result(
    shape: tuple[int, int] = (200, 160),
    seed: int = 0,
    *,
    spacing: Spacing = DETECTOR_SPACING,
    laterality: Laterality = Laterality.LEFT,
    state: State = State.INDETERMINATE,
    missing: tuple[Bone, ...] = (MISSING_BONE,),
) -> tuple[ScreeningResult, Radiograph]:
    """Make a result and its film (rows x columns), both fully determined by the arguments.

    Metacarpal 1 is not found; radius and ulna overlap, and so do metacarpals 4 and 5. Every measured level has mci 0.5
    but for the rejected one. The film is bright inside the bones, brightest in the cortex, with noise from ``seed``.
    """
    rng = np.random.default_rng(seed)
    radiograph = _film(shape, rng, spacing, laterality, missing)
    segmentation = _segmentation(shape, rng, missing)
    result = ScreeningResult(
        film=FilmDescription.of(radiograph),
        bundle=BundleIdentity(
            name="test-bundle",
            version="1.2.3",
            sha256="c0ffee" * 10 + "cafe",
            training_data="1,000 simulated hand films",
            intended_use="research on opportunistic screening",
            limits=("trained on simulated films", "adults only"),
        ),
        quality=_findings(spacing, missing, state),
        segmentation=segmentation,
        radiogrammetry=_radiogrammetry(shape, spacing, missing),
        score=make_score(state, missing),
        timings={"read": 0.125, "segmentation": 0.75, "radiogrammetry": 0.0625},
        seed=seed,
        samples=4,
        software_version="0.0.test",
        created="2026-01-02T03:04:05Z",
    )
    return result, radiograph


def make_score(state: State, missing: tuple[Bone, ...] = ()) -> Score:
    """Make a score that fits the state and `OPERATING_POINT`."""
    if state is State.NOT_ANALYSABLE:
        return Score(state, None, None, None, (), ("No hand or wrist was found on this film.",))
    probability = {State.CONSIDER_DXA: 0.8, State.INDETERMINATE: 0.375, State.NOT_FLAGGED: 0.0625}[state]
    interval = (probability - 0.05, probability + 0.1)
    bones = tuple(BoneScore(bone, probability, interval) for bone in BONES if bone not in missing)
    reasons = ("The probability lies between the two thresholds.",) if state is State.INDETERMINATE else ()
    return Score(state, probability, interval, OPERATING_POINT, bones, reasons)


def without_hypotheses(result: ScreeningResult) -> ScreeningResult:
    """The same result as after an annotator's correction: nothing is known of the hypotheses."""
    return replace(result, segmentation=replace(result.segmentation, hypotheses=None))


def _ends(bone: Bone, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rod = _RODS[bone]
    scale = np.array(shape, float) - 1
    return np.array(rod.base) * scale, np.array(rod.head) * scale


def _distance_to_axis(bone: Bone, shape: tuple[int, int]) -> np.ndarray:
    """Distance of every pixel from the bone's axis, in pixels."""
    base, head = _ends(bone, shape)
    axis = head - base
    rows, columns = np.indices(shape, dtype=np.float32)
    along = np.clip(((rows - base[0]) * axis[0] + (columns - base[1]) * axis[1]) / float(axis @ axis), 0, 1)
    return np.hypot(rows - base[0] - along * axis[0], columns - base[1] - along * axis[1])


def _film(
    shape: tuple[int, int], rng: np.random.Generator, spacing: Spacing, laterality: Laterality, missing: tuple[Bone, ...]
) -> Radiograph:
    rows, columns = np.indices(shape, dtype=np.float32)
    palm = np.hypot((columns / shape[1] - 0.45) / 0.42, (rows / shape[0] - 0.6) / 0.62) < 1
    pixels = 300.0 + 500.0 * palm
    for bone in BONES:
        if bone in missing:
            continue
        distance = _distance_to_axis(bone, shape)
        pixels += 600.0 * (distance <= _RODS[bone].width * shape[1] / 2)
        pixels += 500.0 * (distance <= _RODS[bone].width * shape[1] / 2) * (distance > _RODS[bone].cavity * shape[1] / 2)
    pixels = ndimage.gaussian_filter(pixels, 0.7) + rng.normal(0, 15, shape)
    field = np.zeros(shape, bool)
    field[2:-2, 2:-2] = True
    return Radiograph(
        pixels=pixels.astype(np.float32),
        field=field,
        window=(250.0, 2000.0),
        spacing=spacing,
        laterality=laterality,
        polarity=Polarity(False, PolarityBasis.CONTENT),
        source=FilmSource(
            name="synthetic hand.dcm",
            sha256="ab" * 32,
            file_format="DICOM",
            bits_stored=12,
            modality="DX",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.1.1",
            sop_instance_uid="2.25.1",
            study_instance_uid="2.25.2",
            series_instance_uid="2.25.3",
            view_position="PA",
            body_part="HAND",
            patient_age_years=67.0,
            patient_sex="F",
        ),
    )


def _segmentation(shape: tuple[int, int], rng: np.random.Generator, missing: tuple[Bone, ...]) -> Segmentation:
    masks = np.stack(
        [
            np.zeros(shape, bool) if bone in missing else _distance_to_axis(bone, shape) <= _RODS[bone].width * shape[1] / 2
            for bone in BONES
        ]
    )
    rim = np.zeros(shape, np.float32)
    for bone in BONES:
        if bone not in missing:
            edge = np.abs(_distance_to_axis(bone, shape) - _RODS[bone].width * shape[1] / 2)
            rim = np.maximum(rim, np.exp(-((edge / 2.0) ** 2)).astype(np.float32))
    between = (0.25 * rim).astype(np.float32)
    within = (0.5 * rim).astype(np.float32)
    summaries = tuple(
        BoneSummary(
            bone=bone,
            found=bone not in missing,
            area_px=int(masks[bone.channel].sum()),
            disagreement=0.0 if bone in missing else 0.03125 * (bone.channel + 1),
            mean_uncertainty=0.0 if bone in missing else 0.0625 * (bone.channel + 1),
        )
        for bone in BONES
    )
    return Segmentation(
        masks=masks,
        uncertainty=UncertaintyMaps(total=between + within, between=between, within=within),
        bones=summaries,
        hypotheses=_hypotheses(masks, rng),
    )


def _hypotheses(masks: np.ndarray, rng: np.random.Generator) -> Hypotheses:
    """Four hypotheses at half resolution, from two experts; the second expert's outlines are shifted by one pixel."""
    coarse = masks[:, ::2, ::2].astype(np.float32)
    soft = ndimage.gaussian_filter(coarse, (0, 0.6, 0.6))
    probabilities = np.stack(
        [np.clip(np.roll(soft, shift, axis=2) + rng.normal(0, 0.01, soft.shape), 0, 1) for shift in (0, 0, 1, 1)]
    )
    return Hypotheses(
        probabilities=probabilities.astype(np.float32),
        weights=np.array([0.375, 0.125, 0.25, 0.25]),
        experts=np.array([0, 0, 1, 1]),
        mapping=GridMapping(
            matrix=np.diag([2.0, 2.0]),
            offset=np.zeros(2),
            grid_shape=(int(coarse.shape[1]), int(coarse.shape[2])),
            film_shape=(int(masks.shape[1]), int(masks.shape[2])),
        ),
    )


def _length_mm(vector: np.ndarray, spacing: Spacing) -> float | None:
    if spacing.row_mm is None or spacing.column_mm is None or not spacing.trusted:
        return None
    return float(np.hypot(vector[0] * spacing.row_mm, vector[1] * spacing.column_mm))


def _radiogrammetry(shape: tuple[int, int], spacing: Spacing, missing: tuple[Bone, ...]) -> Radiogrammetry:
    levels, axes, rejected = [], [], []
    for bone in RADIOGRAMMETRY_BONES:
        if bone in missing:
            continue
        base, head = _ends(bone, shape)
        axes.append(
            BoneAxis(bone, _point(base), _point(head), float(np.linalg.norm(head - base)), _length_mm(head - base, spacing))
        )
        for level in LEVELS:
            if (bone, level) == (REJECTED.bone, REJECTED.level):
                rejected.append(REJECTED)
            else:
                levels.append(_level(bone, level, shape, spacing))
    mean_mci = float(np.mean([each.mci for each in levels])) if levels else None
    radius, radius_rejected = _radius(shape, spacing)
    return Radiogrammetry(tuple(levels), tuple(rejected), tuple(axes), mean_mci, radius, radius_rejected)


def _level(bone: Bone, level: float, shape: tuple[int, int], spacing: Spacing) -> LevelMeasurement:
    base, head = _ends(bone, shape)
    direction = (head - base) / np.linalg.norm(head - base)
    across = np.array([-direction[1], direction[0]])
    centre = base + level * (head - base)
    outer, cavity = _RODS[bone].width * shape[1], _RODS[bone].cavity * shape[1]
    mci = (outer - cavity) / outer
    return LevelMeasurement(
        bone=bone,
        level=level,
        outer_width_px=outer,
        medullary_width_px=cavity,
        mci=mci,
        pca=1 - (1 - mci) ** 2,
        outer_width_mm=_length_mm(across * outer, spacing),
        medullary_width_mm=_length_mm(across * cavity, spacing),
        profile=(_point(centre - across * outer / 2), _point(centre + across * outer / 2)),
        medullary=(_point(centre - across * cavity / 2), _point(centre + across * cavity / 2)),
        profiles=9,
        accepted=8,
        length_px=float(np.linalg.norm(head - base)),
        length_mm=_length_mm(head - base, spacing),
        quality=QUALITY,
        set_aside=SET_ASIDE,
    )


def _radius(shape: tuple[int, int], spacing: Spacing) -> tuple[tuple[RadiusMeasurement, ...], tuple[RejectedRadius, ...]]:
    """The radius at 50 mm, and why not at 70 mm; neither without trusted millimetres."""
    if not spacing.trusted:
        reason = "The pixel spacing is not trusted: millimetres along the forearm are unknown."
        return (), (RejectedRadius(50.0, reason), RejectedRadius(70.0, reason))
    base, head = _ends(Bone.RADIUS, shape)
    centre = (base + head) / 2
    ends = [_point(centre + np.array([0.0, offset])) for offset in (-13.0, 13.0, -8.0, 8.0)]
    measured = RadiusMeasurement(50.0, 14.5, 9.25, (ends[0], ends[1]), (ends[2], ends[3]), 9, 8, QUALITY, SET_ASIDE)
    shown = "Not on the film: it shows 61 mm of radius proximal to the distal ulnar surface; 74 mm are needed."
    return (measured,), (RejectedRadius(70.0, shown),)


def _point(vector: np.ndarray) -> Point:
    return (float(vector[0]), float(vector[1]))


def _findings(spacing: Spacing, missing: tuple[Bone, ...], state: State) -> tuple[QualityFinding, ...]:
    findings = [QualityFinding("bone_missing", Severity.WARNING, f"{bone.title} was not found.") for bone in missing]
    if not spacing.trusted:
        findings.append(
            QualityFinding("spacing_unknown", Severity.INFO, "The pixel spacing is unknown: no millimetres are given.")
        )
    if state is State.NOT_ANALYSABLE:
        findings.append(QualityFinding("no_hand", Severity.REFUSAL, "No hand or wrist was found on this film."))
    return tuple(findings)
