"""From attenuation to a detected image: uneven beam, scatter, blur, noise, grid lines, screen-film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from training.simulation.beam import STANDARD, Filtration
from training.simulation.cassette import Cassette, develop, sample_cassette
from training.simulation.grid import Grid, grid_lines
from training.simulation.heel import heel_effect
from training.simulation.resample import enlarge, shrink
from training.simulation.sharpness import blur, detector_sigma_mm, focal_spot_sigma_mm

CASSETTE_CHANCE = 0.12
"""Digitised screen-films: still part of collections, rare among new films."""
GRID_CHANCE = 0.04
"""Hands are taken without a grid; a wall stand or table that keeps its grid in place is the exception."""
_LOWEST_SIGNAL = 1e-4


@dataclass(frozen=True)
class Exposure:
    """Acquisition of one film.

    Attributes
    ----------
    tube_voltage_kv : tube voltage
    photons_per_mm2 : detected quanta per square millimetre in air (dose and detector efficiency together)
    scatter_fraction : scattered share of the signal behind the hand
    scatter_sigma_mm : width of the scatter's spread
    focal_spot_mm, magnification : width of the focal spot, and distance focus-detector over focus-hand
    half_modulation_per_mm : cycles per millimetre at which the detector's modulation transfer is .5
    heel_percent_per_cm : slope of the beam's intensity at the central ray
    cathode_rad : direction of the cathode on the film (columns, rows)
    central_ray : where the central ray meets the film, as shares of its columns and rows
    """

    tube_voltage_kv: float
    photons_per_mm2: float
    scatter_fraction: float
    scatter_sigma_mm: float
    half_modulation_per_mm: float
    filtration: Filtration = STANDARD
    focal_spot_mm: float = 0.6
    magnification: float = 1.0
    heel_percent_per_cm: float = 0.0
    cathode_rad: float = 0.0
    central_ray: tuple[float, float] = (0.5, 0.5)
    grid: Grid | None = None
    cassette: Cassette | None = None


def sample_exposure(rng: np.random.Generator) -> Exposure:
    """Draw an acquisition as used for extremities: 47 to 66 kV, from clean to noisy, from sharp to soft."""
    cassette = sample_cassette(rng) if rng.random() < CASSETTE_CHANCE else None
    return Exposure(
        tube_voltage_kv=float(np.round(rng.uniform(47, 66) * 2) / 2),
        photons_per_mm2=float(10 ** rng.uniform(3.7, 5.3)),
        scatter_fraction=float(rng.uniform(0.02, 0.45)),
        scatter_sigma_mm=float(rng.uniform(8, 25)),
        # From soft storage phosphors read coarsely, or archives that kept few pixels, to direct detectors.
        half_modulation_per_mm=float(1 / rng.uniform(1 / 3.8, 1 / 0.55)),
        filtration=sample_filtration(rng),
        focal_spot_mm=float(rng.choice([0.6, 1.0, 1.2], p=[0.6, 0.25, 0.15])),
        magnification=float(rng.uniform(1.01, 1.08)),
        heel_percent_per_cm=float(min(abs(rng.normal(0, 0.6)), 1.5)),
        cathode_rad=float(rng.choice(4) * np.pi / 2 + rng.normal(0, 0.1)),
        central_ray=(float(rng.normal(0.5, 0.08)), float(rng.normal(0.5, 0.08))),
        grid=sample_grid(rng) if rng.random() < GRID_CHANCE else None,
        cassette=cassette,
    )


def sample_filtration(rng: np.random.Generator) -> Filtration:
    """Draw a tube's total filtration: mostly 2.5 to 4 mm of aluminium, one in eight with 0.1 or 0.2 mm of copper."""
    copper = float(rng.choice([0.0, 0.1, 0.2], p=[0.875, 0.1, 0.025]))
    return Filtration(float(rng.choice([2.5, 3.0, 3.5, 4.0])), copper)


def sample_grid(rng: np.random.Generator) -> Grid:
    """Draw a grid of extremity work, and how a detector sampled it."""
    return Grid(
        lines_per_cm=float(rng.uniform(33, 80)),
        amplitude=float(rng.uniform(0.003, 0.025)),
        pitch_mm=float(rng.choice([0.1, 0.125, 0.143, 0.175, 0.2])),
        across_rows=bool(rng.random() < 0.5),
        tilt_rad=float(np.deg2rad(rng.normal(0, 1.0))),
        phase_rad=float(rng.uniform(0, 2 * np.pi)),
    )


def detect(attenuation: np.ndarray, pixels_per_mm: float, exposure: Exposure, rng: np.random.Generator) -> np.ndarray:
    """Log signal (-ln of the detected, noisy transmission; brightness of a digitised film) of an attenuation image; float32."""
    primary = np.exp(-attenuation)
    signal = primary + scatter(primary, exposure.scatter_fraction, exposure.scatter_sigma_mm * pixels_per_mm)
    signal = blur(
        signal,
        pixels_per_mm,
        focal_spot_sigma_mm(exposure.focal_spot_mm, exposure.magnification),
        detector_sigma_mm(exposure.half_modulation_per_mm),
    )
    if exposure.heel_percent_per_cm > 0:
        centre = (exposure.central_ray[0] * signal.shape[1], exposure.central_ray[1] * signal.shape[0])
        signal *= heel_effect(signal.shape, pixels_per_mm, exposure.heel_percent_per_cm, exposure.cathode_rad, centre)
    if exposure.grid is not None:
        signal *= grid_lines(signal.shape, pixels_per_mm, exposure.grid)
    signal += quantum_noise(signal, pixels_per_mm, exposure.photons_per_mm2, rng)
    log_signal = ideal_signal(-np.log(np.maximum(signal, _LOWEST_SIGNAL)))
    return log_signal if exposure.cassette is None else develop(log_signal, pixels_per_mm, exposure.cassette, rng)


def ideal_signal(attenuation: np.ndarray) -> np.ndarray:
    """Log signal of a detector without scatter, blur, noise and uneven beam."""
    return np.asarray(np.minimum(attenuation, -np.log(np.float32(_LOWEST_SIGNAL))), dtype=np.float32)


def scatter(primary: np.ndarray, fraction: float, sigma: float) -> np.ndarray:
    """Scattered radiation: arises where the beam is absorbed, spreads by ``sigma`` pixels, weakened where it arrives."""
    return np.float32(fraction) * _coarse_blur(1 - primary, sigma) * _coarse_blur(primary, sigma)


def quantum_noise(signal: np.ndarray, pixels_per_mm: float, photons_per_mm2: float, rng: np.random.Generator) -> np.ndarray:
    """Deviation from the signal with the standard deviation sqrt(signal / quanta per pixel); float32, same shape.

    Noise is correlated over neighbouring pixels by the detector's own blur, as in real films.
    """
    quanta = photons_per_mm2 / pixels_per_mm**2
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    noise *= np.sqrt(np.maximum(signal, _LOWEST_SIGNAL) * np.float32(1 / quanta))
    return np.asarray(gaussian_filter(noise, 0.4, truncate=3))


def _coarse_blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Wide Gaussian blur on an eighth of the resolution: scatter carries no detail."""
    step = 8
    blurred = gaussian_filter(shrink(image, step), sigma / step, mode="nearest", truncate=3.0)
    return enlarge(blurred, step, (image.shape[0], image.shape[1]))
