"""Cortical measurements, with where they were taken."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.bones import Bone

Point = tuple[float, float]
"""(row, column) in film pixels, sub-pixel; pixel centres lie at whole numbers."""


@dataclass(frozen=True)
class LevelMeasurement:
    """Cortical measurement of one bone at one shaft level.

    Attributes
    ----------
    level : fraction of the bone's length from its base (proximal end)
    outer_width_px, medullary_width_px : W and d in film pixels: the median width over the accepted profiles, with the
        bias of half-height edges taken out by a fitted tube
    mci : metacarpal cortical index (W - d) / W
    pca : percent cortical area as a fraction, 1 - (1 - mci)^2
    outer_width_mm, medullary_width_mm : the same in millimetres; ``None`` where the spacing is not trusted
    profile : the two outer edge points of the middle profile
    medullary : the two endosteal edge points of the middle profile
    profiles, accepted : profiles tried and kept
    """

    bone: Bone
    level: float
    outer_width_px: float
    medullary_width_px: float
    mci: float
    pca: float
    outer_width_mm: float | None
    medullary_width_mm: float | None
    profile: tuple[Point, Point]
    medullary: tuple[Point, Point]
    profiles: int
    accepted: int


@dataclass(frozen=True)
class RejectedLevel:
    """A level that could not be measured, with the reason as one sentence."""

    bone: Bone
    level: float
    reason: str


@dataclass(frozen=True)
class BoneAxis:
    """Straight long axis of a bone: base (proximal) and head (distal) ends in film pixels."""

    bone: Bone
    base: Point
    head: Point
    length_px: float
    length_mm: float | None


@dataclass(frozen=True)
class Radiogrammetry:
    """All measurements of a film. ``mean_mci`` is the mean over the accepted levels, ``None`` without any."""

    levels: tuple[LevelMeasurement, ...]
    rejected: tuple[RejectedLevel, ...]
    axes: tuple[BoneAxis, ...]
    mean_mci: float | None
