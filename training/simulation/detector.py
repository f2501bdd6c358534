"""From path lengths to a detected image: scatter, blur, noise, uneven beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from training.simulation.resample import enlarge, shrink


@dataclass(frozen=True)
class Exposure:
    """Acquisition of one film.

    Attributes
    ----------
    tube_voltage_kv : tube voltage
    photons_per_mm2 : detected quanta per square millimetre in air (dose and detector efficiency together)
    scatter_fraction : scattered share of the signal behind the hand
    scatter_sigma_mm : width of the scatter's spread
    blur_sigma_mm : focal spot and detector blur together
    heel : relative change of the beam's intensity over the film, along ``heel_angle_rad``
    """

    tube_voltage_kv: float
    photons_per_mm2: float
    scatter_fraction: float
    scatter_sigma_mm: float
    blur_sigma_mm: float
    heel: float
    heel_angle_rad: float


def sample_exposure(rng: np.random.Generator) -> Exposure:
    """Draw an acquisition as used for extremities: 47 to 66 kV, no grid, from clean to noisy."""
    return Exposure(
        tube_voltage_kv=float(np.round(rng.uniform(47, 66) * 2) / 2),
        photons_per_mm2=float(10 ** rng.uniform(3.7, 5.3)),
        scatter_fraction=float(rng.uniform(0.02, 0.45)),
        scatter_sigma_mm=float(rng.uniform(8, 25)),
        blur_sigma_mm=float(rng.uniform(0.05, 0.35)),
        heel=float(abs(rng.normal(0, 0.12))),
        heel_angle_rad=float(rng.uniform(0, 2 * np.pi)),
    )


def detect(attenuation: np.ndarray, pixels_per_mm: float, exposure: Exposure, rng: np.random.Generator) -> np.ndarray:
    """Log signal (-ln of the detected, noisy transmission) of an attenuation image; float32, same shape."""
    primary = np.exp(-attenuation)
    scatter = (
        exposure.scatter_fraction
        * _coarse_blur(1 - primary, exposure.scatter_sigma_mm * pixels_per_mm)
        * _coarse_blur(primary, exposure.scatter_sigma_mm * pixels_per_mm)
    )
    signal = gaussian_filter(primary + scatter, exposure.blur_sigma_mm * pixels_per_mm) * heel_field(primary.shape, exposure)
    quanta = exposure.photons_per_mm2 / pixels_per_mm**2
    noise = rng.standard_normal(signal.shape, dtype=np.float32) * np.sqrt(np.maximum(signal, 1e-4) / quanta, dtype=np.float32)
    # Noise is correlated over the detector's blur, as in real films.
    return np.asarray(-np.log(np.maximum(signal + gaussian_filter(noise, 0.4), 1e-4)), dtype=np.float32)


def ideal_signal(attenuation: np.ndarray) -> np.ndarray:
    """Log signal of a detector without scatter, blur, noise and uneven beam."""
    return np.asarray(np.minimum(attenuation, -np.log(np.float32(1e-4))), dtype=np.float32)


def heel_field(shape: tuple[int, ...], exposure: Exposure) -> np.ndarray:
    """Beam intensity over the film (mean 1): a linear fall-off, strongest along the tube's axis."""
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    slope = x * np.float32(np.cos(exposure.heel_angle_rad)) + y * np.float32(np.sin(exposure.heel_angle_rad))
    return np.asarray(1 + np.float32(exposure.heel) * slope, dtype=np.float32)


def _coarse_blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Wide Gaussian blur on an eighth of the resolution: scatter carries no detail."""
    step = 8
    blurred = gaussian_filter(shrink(image, step), sigma / step, mode="nearest", truncate=3.0)
    return enlarge(blurred, step, (image.shape[0], image.shape[1]))
