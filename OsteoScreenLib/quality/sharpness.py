"""Noise and blur, relative to the contrast of bone and the size of the hand."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OsteoScreenLib.bones import METACARPALS
from OsteoScreenLib.bundle.values import QualityThresholds
from OsteoScreenLib.quality.picture import Picture
from OsteoScreenLib.quality.values import QualityFinding, Severity

_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Difference of two Laplacians: blind to edges and slopes (Immerkaer 1996, Comput Vis Image Underst 64:300)."""


def noisy(picture: Picture | None, limits: QualityThresholds) -> QualityFinding | None:
    """Noise that hides the cortex."""
    if picture is None or (level := noise(picture)) <= limits.max_noise:
        return None
    return QualityFinding(
        "noisy",
        Severity.INDETERMINATE,
        f"The film is noisy (noise is {level:.0%} of the contrast of bone): its cortex and trabeculae cannot be judged.",
    )


def blurred(picture: Picture | None, limits: QualityThresholds) -> QualityFinding | None:
    """Edges of bones too soft to see a cortex: motion, focus, or a picture enlarged from a small one."""
    if picture is None or sharpness(picture) >= limits.min_sharpness:
        return None
    return QualityFinding(
        "blurred", Severity.INDETERMINATE, "The edges of the bones are blurred: the thickness of their cortex cannot be judged."
    )


def noise(picture: Picture) -> float:
    """Standard deviation of the noise in soft tissue at half a millimetre, in contrasts of bone against soft tissue."""
    bones = picture.masks.any(0)
    beside = ndimage.maximum_filter(bones, size=2 * round(0.1 * picture.unit) + 1) & ~ndimage.maximum_filter(bones, size=5)
    response = np.abs(ndimage.convolve(picture.pixels, _NOISE_KERNEL))[beside & picture.field]
    # The median of |N(0, s)| is .6745 s, and the kernel's gain is 6; a median so that writing and wires do not count.
    return float(np.median(response)) / (0.6745 * 6) / picture.contrast if response.size else 0.0


def sharpness(picture: Picture) -> float:
    """Steepest slope across the edges of the metacarpals (90th percentile), in contrasts per hundredth of metacarpal 3."""
    slope = ndimage.gaussian_gradient_magnitude(picture.pixels, 0.7)
    edge = np.zeros(picture.field.shape, bool)
    for bone in METACARPALS[1:]:
        mask = picture.masks[bone.channel]
        edge |= mask ^ ndimage.binary_erosion(mask, iterations=2)
    edge &= picture.field
    return float(np.quantile(slope[edge], 0.9)) / picture.contrast * picture.unit / 100 if edge.any() else np.inf
