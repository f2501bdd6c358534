"""How sharp a film is: the focal spot's penumbra and the detector's modulation transfer."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter


def focal_spot_sigma_mm(focal_spot_mm: float, magnification: float) -> float:
    """Standard deviation of the penumbra in the hand's plane, mm.

    A spot of width f casts an edge f (m - 1) wide on the detector, f (m - 1) / m in the hand's plane; a uniform spot of width w
    has the standard deviation w / sqrt(12).
    """
    return focal_spot_mm * (magnification - 1) / magnification / np.sqrt(12)


def detector_sigma_mm(half_modulation_per_mm: float) -> float:
    """Standard deviation of a Gaussian spread in mm whose modulation transfer is .5 at so many cycles per millimetre.

    MTF(f) = exp(-2 (pi s f)^2), so s = sqrt(ln 2 / 2) / (pi f).
    """
    return float(np.sqrt(np.log(2) / 2) / (np.pi * half_modulation_per_mm))


def blur(image: np.ndarray, pixels_per_mm: float, *sigmas_mm: float) -> np.ndarray:
    """Blur by independent Gaussian spreads (mm), which add in squares; same shape."""
    sigma = float(np.hypot.reduce(sigmas_mm)) * pixels_per_mm
    return np.asarray(gaussian_filter(image, sigma, truncate=3.5) if sigma > 0.05 else image)
