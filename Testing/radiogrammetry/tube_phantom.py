"""A long bone as an elliptic tube with a flared base and head, projected analytically: W and d are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.radiograph.values import (
    FilmSource,
    Laterality,
    Polarity,
    PolarityBasis,
    Radiograph,
    Spacing,
)
from OsteoScreenLib.segmentation.values import BoneSummary, Segmentation, UncertaintyMaps

SUPERSAMPLING = 2


@dataclass(frozen=True)
class Tube:
    """One tube. ``width`` is W at mid-shaft in pixels; the cortex is ``width * mci / 2`` thick on average."""

    width: float = 40.0
    mci: float = 0.45
    length_in_widths: float = 8.0
    angle_deg: float = 0.0
    depth_ratio: float = 0.85
    asymmetry: float = 0.0
    fill: float = 0.2
    blur: float = 1.0
    noise: float = 0.01
    exponent: float = 2.0
    contrast: float = 0.6

    @property
    def length(self) -> float:
        return self.width * self.length_in_widths


def flare(fraction: np.ndarray) -> np.ndarray:
    """Outer width along the bone, relative to mid-shaft."""
    return 1.0 + 7.0 * np.abs(fraction - 0.5) ** 3.0


def project(
    tube: Tube, shape: tuple[int, int], centre: tuple[float, float], scale: tuple[float, float] = (1.0, 1.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Attenuation of the tube above soft tissue, and its silhouette; base at the bottom for angle 0."""
    k = SUPERSAMPLING
    rows = ((np.arange(shape[0] * k) + 0.5) / k - 0.5)[:, None] * scale[0]
    columns = ((np.arange(shape[1] * k) + 0.5) / k - 0.5)[None, :] * scale[1]
    angle = np.deg2rad(tube.angle_deg)
    r, c = rows - centre[0], columns - centre[1]
    along = -r * np.cos(angle) + c * np.sin(angle)
    across = r * np.sin(angle) + c * np.cos(angle)
    fraction = along / tube.length + 0.5
    half = 0.5 * tube.width * flare(np.clip(fraction, 0, 1))
    cortex = 0.5 * tube.width * tube.mci
    inner = half - cortex
    shift = tube.asymmetry * cortex
    depth_cortex = min(cortex, 0.6 * tube.depth_ratio * 0.5 * tube.width)
    outer_chord = 2 * tube.depth_ratio * half * _section(across / half, tube.exponent)
    inner_chord = 2 * (tube.depth_ratio * half - depth_cortex) * _section((across - shift) / inner, tube.exponent)
    inside = (fraction >= 0) & (fraction <= 1)
    chord = np.where(inside, outer_chord - (1 - tube.fill) * inner_chord, 0.0)
    attenuation = tube.contrast * chord / (tube.width * tube.depth_ratio)
    silhouette = inside & (outer_chord > 0)
    return _shrink(attenuation, k), _shrink(silhouette.astype(float), k) > 0.5


def film_of(
    tube: Tube,
    processing: Callable[[np.ndarray], np.ndarray] = lambda image: image,
    spacing: Spacing | None = None,
    seed: int = 0,
    bone: Bone = Bone.METACARPAL_3,
) -> tuple[Radiograph, Segmentation]:
    """A film of one tube with a forearm stub at its base; brightness is log attenuation, then ``processing``."""
    scale = (1.0, 1.0)
    if spacing is not None and spacing.trusted:
        unit = np.sqrt(spacing.row_mm * spacing.column_mm)
        scale = (spacing.row_mm / unit, spacing.column_mm / unit)
    angle = np.deg2rad(tube.angle_deg)
    extent = np.array([abs(np.cos(angle)), abs(np.sin(angle))]) * (tube.length * 1.5) + 3.5 * tube.width
    shape = tuple(int(n) for n in np.ceil(extent / np.array(scale)))
    centre = (extent[0] / 2, extent[1] / 2)
    bone_part, silhouette = project(tube, shape, centre, scale)
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    tissue = 0.9 + 0.08 * np.cos(2.0 * (columns / shape[1] - 0.4)) + 0.05 * rows / shape[0]
    intensity = ndimage.gaussian_filter(np.exp(-(bone_part + tissue)), tube.blur)
    intensity *= 1.0 + tube.noise * rng.standard_normal(shape)
    pixels = processing(-np.log(np.maximum(intensity, 1e-6))).astype(np.float32)
    masks = np.zeros((len(BONES), *shape), bool)
    masks[bone.channel] = silhouette
    foot = np.array(centre) + 0.62 * tube.length * np.array([np.cos(angle), -np.sin(angle)])
    distance = np.hypot(rows * scale[0] - foot[0], columns * scale[1] - foot[1])
    masks[Bone.RADIUS.channel] = distance < 0.5 * tube.width
    return radiograph_of(pixels, spacing), segmentation_of(masks)


def radiograph_of(pixels: np.ndarray, spacing: Spacing | None = None) -> Radiograph:
    low, high = np.percentile(pixels, (0.5, 99.5))
    return Radiograph(
        pixels=pixels,
        field=np.ones(pixels.shape, bool),
        window=(float(low), float(high)),
        spacing=spacing or Spacing(),
        laterality=Laterality.LEFT,
        polarity=Polarity(False, PolarityBasis.CONTENT),
        source=FilmSource("tube.png", "0" * 64, "PNG", 16),
    )


def segmentation_of(masks: np.ndarray) -> Segmentation:
    flat = np.zeros(masks.shape[1:], np.float32)
    bones = tuple(BoneSummary(bone, bool(masks[i].any()), int(masks[i].sum()), 0.0, 0.0) for i, bone in enumerate(BONES))
    return Segmentation(masks, UncertaintyMaps(flat, flat, flat), bones, None)


def _section(x: np.ndarray, exponent: float) -> np.ndarray:
    """Half chord of a superellipse of unit semi-axes (exponent 2: an ellipse)."""
    return np.maximum(1.0 - np.abs(x) ** exponent, 0.0) ** (1.0 / exponent)


def _shrink(image: np.ndarray, k: int) -> np.ndarray:
    return image.reshape(image.shape[0] // k, k, image.shape[1] // k, k).mean(axis=(1, 3))
