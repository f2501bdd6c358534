"""Anti-scatter grid that stood still: fine lines, or coarse ones where the detector's pixels beat with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Grid:
    """A stationary grid.

    Attributes
    ----------
    lines_per_cm : lead strips per centimetre (extremities: 40 to 80)
    amplitude : modulation that the lines leave in the detector's picture
    pitch_mm : pixel of the detector that sampled them
    across_rows : whether lines run across the film (else along its height)
    tilt_rad : turn of the grid against the film
    phase_rad : where the lines lie
    """

    lines_per_cm: float
    amplitude: float
    pitch_mm: float
    across_rows: bool
    tilt_rad: float
    phase_rad: float


def apparent_lines_per_mm(lines_per_cm: float, pitch_mm: float) -> float:
    """Frequency after sampling by pixels of ``pitch_mm``: what lies above half the sampling rate folds back (aliasing)."""
    true = lines_per_cm / 10
    rate = 1 / pitch_mm
    return abs(true - rate * round(true / rate))


def grid_lines(shape: tuple[int, ...], pixels_per_mm: float, grid: Grid) -> np.ndarray:
    """Factor on the signal, mean about 1; float32, ``shape``.

    The detector's picture is averaged over the film's pixels, which leaves sinc(f / pixels per mm) of the modulation.
    """
    frequency = apparent_lines_per_mm(grid.lines_per_cm, grid.pitch_mm)
    amplitude = grid.amplitude * abs(np.sinc(frequency / pixels_per_mm))
    step = 2 * np.pi * frequency / pixels_per_mm
    main, minor = step * np.cos(grid.tilt_rad), step * np.sin(grid.tilt_rad)
    down, right = (main, minor) if grid.across_rows else (minor, main)
    # cos(a + b) from one row and one column of values: no cosine per pixel.
    a = (np.arange(shape[0]) * down + grid.phase_rad)[:, None]
    b = (np.arange(shape[1]) * right)[None, :]
    wave = np.cos(a) * np.cos(b) - np.sin(a) * np.sin(b)
    return np.asarray(1 + amplitude * wave, dtype=np.float32)
