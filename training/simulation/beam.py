"""Polychromatic attenuation of soft tissue and bone, looked up in a table computed from the beam's spectrum."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

_TABLE = Path(__file__).with_name("tables") / "beam.csv"
_SOFT_STEP_MM = 2.0
_SOFT_STEPS = 64
_BONE_STEP_MM = 0.5
_BONE_STEPS = 96


@dataclass(frozen=True)
class BeamTable:
    """Coefficients in 1/mm and detector-weighted spectra (each summing to 1, behind 2.5 mm of aluminium) per energy."""

    soft: np.ndarray
    bone: np.ndarray
    marrow: np.ndarray
    aluminium: np.ndarray
    copper: np.ndarray
    tube_voltages_kv: tuple[int, ...]
    spectra: np.ndarray


@lru_cache(maxsize=1)
def beam_table() -> BeamTable:
    """Read the shipped table (see ``tables/make_tables.py`` for how it was computed)."""
    with open(_TABLE, newline="") as handle:
        rows = list(csv.reader(handle))
    header, values = rows[0], np.array(rows[1:], dtype=float)
    voltages = tuple(int(name[len("weight_") : -len("kv")]) for name in header[6:])
    soft, bone, marrow, aluminium, copper = values[:, 1:6].T
    return BeamTable(soft, bone, marrow, aluminium, copper, voltages, values[:, 6:].T)


@dataclass(frozen=True)
class Filtration:
    """Total filtration of the tube: millimetres of aluminium, and of copper beside it."""

    aluminium_mm: float = 2.5
    copper_mm: float = 0.0


STANDARD = Filtration()
"""What the table was computed with: the least that regulations allow for diagnostic tubes above 70 kV (IEC 60601-1-3)."""


def spectrum(tube_voltage_kv: float, filtration: Filtration = STANDARD) -> np.ndarray:
    """Detected spectrum behind a filtration; sums to 1.

    Voltages inside the table's range are interpolated linearly between the tabulated ones; more or less filter than the table's
    changes every energy by Beer-Lambert.
    """
    table = beam_table()
    position = np.interp(tube_voltage_kv, table.tube_voltages_kv, np.arange(len(table.tube_voltages_kv)))
    lower = int(np.floor(position))
    upper = min(lower + 1, len(table.tube_voltages_kv) - 1)
    mixed = (1 - (position - lower)) * table.spectra[lower] + (position - lower) * table.spectra[upper]
    mixed = mixed * np.exp(
        -table.aluminium * (filtration.aluminium_mm - STANDARD.aluminium_mm) - table.copper * filtration.copper_mm
    )
    return np.asarray(mixed / mixed.sum())


def transmission(
    soft_mm: np.ndarray, bone_mm: np.ndarray, tube_voltage_kv: float, filtration: Filtration = STANDARD
) -> np.ndarray:
    """Transmitted fraction of the detected energy by the full sum over energies (Beer-Lambert).

    ``soft_mm`` and ``bone_mm`` are path lengths of any equal shape. Exact but slow: the reference for `attenuation`.
    """
    table = beam_table()
    total = np.zeros(np.shape(soft_mm))
    for weight, soft, bone in zip(spectrum(tube_voltage_kv, filtration), table.soft, table.bone, strict=True):
        total += weight * np.exp(-soft * np.asarray(soft_mm) - bone * np.asarray(bone_mm))
    return total


def attenuation(
    soft_mm: np.ndarray, bone_mm: np.ndarray, tube_voltage_kv: float, filtration: Filtration = STANDARD
) -> np.ndarray:
    """-ln(transmission) by bilinear look-up; float32, same shape as the path lengths (mm), clipped to the table."""
    grid = _attenuation_grid(round(float(tube_voltage_kv), 1), filtration)
    soft = np.clip(soft_mm.astype(np.float32) * np.float32(1 / _SOFT_STEP_MM), 0, _SOFT_STEPS - 1.001)
    bone = np.clip(bone_mm.astype(np.float32) * np.float32(1 / _BONE_STEP_MM), 0, _BONE_STEPS - 1.001)
    row, column = soft.astype(np.int32), bone.astype(np.int32)
    soft -= row
    bone -= column
    base = row * _BONE_STEPS + column
    flat = grid.ravel()
    near = flat[base] * (1 - bone) + flat[base + 1] * bone
    far = flat[base + _BONE_STEPS] * (1 - bone) + flat[base + _BONE_STEPS + 1] * bone
    return np.asarray(near * (1 - soft) + far * soft, dtype=np.float32)


@lru_cache(maxsize=256)
def _attenuation_grid(tube_voltage_kv: float, filtration: Filtration) -> np.ndarray:
    soft, bone = np.meshgrid(np.arange(_SOFT_STEPS) * _SOFT_STEP_MM, np.arange(_BONE_STEPS) * _BONE_STEP_MM, indexing="ij")
    return np.asarray(-np.log(transmission(soft, bone, tube_voltage_kv, filtration)), dtype=np.float32)
