"""Cortical measurements, with where they were taken and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from OsteoScreenLib.bones import RADIOGRAMMETRY_BONES, Bone
from OsteoScreenLib.radiogrammetry import indices

Point = tuple[float, float]
"""(row, column) in film pixels, sub-pixel; pixel centres lie at whole numbers."""

MID_SHAFT = 0.5
"""Level of 2MCP and of the bone health index in the literature, as a fraction of the length."""


class Trust(str, Enum):
    """How far a measured level can be trusted, in one word; the rule is `trust.trust_of`."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True)
class LevelQuality:
    """What a measured level rests on.

    Attributes
    ----------
    trust : the verdict
    mci_error : expected error of the index (one standard deviation), from how sharply the profile determines the tube's edges
    profile_error : standard error of the index over the accepted profiles: noise, and the bone's own unevenness
    misfit : root mean square departure of the mean profile from the fitted tube, as a share of the cortical peak
    cortex_px : thickness of one cortex in film pixels
    """

    trust: Trust
    mci_error: float
    profile_error: float
    misfit: float
    cortex_px: float


@dataclass(frozen=True)
class SetAside:
    """Profiles of a level that were not used: why, and how many."""

    reason: str
    count: int


@dataclass(frozen=True)
class LevelMeasurement:
    """Cortical measurement of one bone at one shaft level.

    What follows from the widths and the length is computed, never stored beside them. Millimetre values are ``None`` where
    the spacing is not trusted; ``mci``, ``pca`` and ``exton_smith`` need no scale.

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
    length_px, length_mm : length L of the bone, in film pixels and millimetres
    quality : how far the level can be trusted; ``None`` in results of versions that did not say
    set_aside : the profiles that were not kept, by reason
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
    length_px: float | None = None
    length_mm: float | None = None
    quality: LevelQuality | None = None
    set_aside: tuple[SetAside, ...] = ()

    @property
    def thickness_mm(self) -> float | None:
        """T = (W - d) / 2, mean thickness of both cortices in mm."""
        combined = self.combined_thickness_mm
        return None if combined is None else 0.5 * combined

    @property
    def combined_thickness_mm(self) -> float | None:
        """CCT = W - d in mm."""
        return self._from_mm(indices.combined_cortical_thickness)

    @property
    def cortical_area_mm2(self) -> float | None:
        """CA in square mm."""
        return self._from_mm(indices.cortical_area)

    @property
    def volume_per_area_mm(self) -> float | None:
        """VPA = CA / W in mm."""
        return self._from_mm(indices.volume_per_area)

    @property
    def exton_smith(self) -> float | None:
        """Exton-Smith index CA / (W L), no unit; ``None`` only where the length was not recorded.

        In millimetres where these are trusted, because pixels need not be square; else they are taken as square.
        """
        if self.outer_width_mm is not None and self.medullary_width_mm is not None and self.length_mm is not None:
            return indices.exton_smith(self.outer_width_mm, self.medullary_width_mm, self.length_mm)
        if self.length_px is None:
            return None
        return indices.exton_smith(self.outer_width_px, self.medullary_width_px, self.length_px)

    @property
    def bone_health_index(self) -> float | None:
        """BHI of this level, from centimetres."""
        if self.outer_width_mm is None or self.medullary_width_mm is None or self.length_mm is None:
            return None
        return indices.bone_health_index(self.outer_width_mm / 10, self.medullary_width_mm / 10, self.length_mm / 10)

    def _from_mm(self, formula: Callable[[float, float], float]) -> float | None:
        if self.outer_width_mm is None or self.medullary_width_mm is None:
            return None
        return formula(self.outer_width_mm, self.medullary_width_mm)


@dataclass(frozen=True)
class RejectedLevel:
    """A level that could not be measured, with the reason as one sentence, and its profiles' reasons where it had any."""

    bone: Bone
    level: float
    reason: str
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True)
class RadiusMeasurement:
    """Both cortices of the radius at a distance proximal to the distal ulnar surface; only where millimetres are trusted.

    Attributes
    ----------
    distance_mm : from the distal ulnar surface, along the radius
    outer_width_mm, medullary_width_mm : W and d
    profile, medullary : outer and endosteal edge points of the middle profile, in film pixels
    profiles, accepted, quality, set_aside : as of a `LevelMeasurement`
    """

    distance_mm: float
    outer_width_mm: float
    medullary_width_mm: float
    profile: tuple[Point, Point]
    medullary: tuple[Point, Point]
    profiles: int
    accepted: int
    quality: LevelQuality
    set_aside: tuple[SetAside, ...] = ()

    @property
    def combined_thickness_mm(self) -> float:
        """CCT = W - d, the bicortical width in mm."""
        return indices.combined_cortical_thickness(self.outer_width_mm, self.medullary_width_mm)

    @property
    def cortical_index(self) -> float:
        """CCT / W."""
        return indices.mci(self.outer_width_mm, self.medullary_width_mm)


@dataclass(frozen=True)
class RejectedRadius:
    """A distance at which the radius could not be measured, with the reason as one sentence."""

    distance_mm: float
    reason: str
    set_aside: tuple[SetAside, ...] = ()


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
    radius: tuple[RadiusMeasurement, ...] = ()
    radius_rejected: tuple[RejectedRadius, ...] = ()

    @property
    def mean_pca(self) -> float | None:
        """Mean percent cortical area (a fraction) over the accepted levels."""
        return sum(each.pca for each in self.levels) / len(self.levels) if self.levels else None

    @property
    def second_metacarpal_index(self) -> float | None:
        """2MCP: cortical index of the second metacarpal at mid-shaft; ``None`` where that level was not measured."""
        level = self.at_mid_shaft(Bone.METACARPAL_2)
        return None if level is None else level.mci

    @property
    def bone_health_index(self) -> float | None:
        """BHI of the film: mean of metacarpals 2 to 4 at mid-shaft; ``None`` unless all three have one."""
        found = [level.bone_health_index for level in map(self.at_mid_shaft, RADIOGRAMMETRY_BONES) if level is not None]
        values = [value for value in found if value is not None]
        return sum(values) / len(values) if len(values) == len(RADIOGRAMMETRY_BONES) else None

    def at_mid_shaft(self, bone: Bone) -> LevelMeasurement | None:
        """The measurement of ``bone`` at mid-shaft, if there is one."""
        return next((each for each in self.levels if each.bone is bone and each.level == MID_SHAFT), None)
