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
    """Coefficients in 1/mm and detector-weighted spectra (each summing to 1) per energy."""

    soft: np.ndarray
    bone: np.ndarray
    marrow: np.ndarray
    tube_voltages_kv: tuple[int, ...]
    spectra: np.ndarray


@lru_cache(maxsize=1)
def beam_table() -> BeamTable:
    """Read the shipped table (see ``tables/make_tables.py`` for how it was computed)."""
    with open(_TABLE, newline="") as handle:
        rows = list(csv.reader(handle))
    header, values = rows[0], np.array(rows[1:], dtype=float)
    voltages = tuple(int(name[len("weight_") : -len("kv")]) for name in header[4:])
    return BeamTable(values[:, 1], values[:, 2], values[:, 3], voltages, values[:, 4:].T)


def spectrum(tube_voltage_kv: float) -> np.ndarray:
    """Spectrum at any voltage inside the table's range, interpolated linearly between the tabulated ones; sums to 1."""
    table = beam_table()
    position = np.interp(tube_voltage_kv, table.tube_voltages_kv, np.arange(len(table.tube_voltages_kv)))
    lower = int(np.floor(position))
    upper = min(lower + 1, len(table.tube_voltages_kv) - 1)
    mixed = (1 - (position - lower)) * table.spectra[lower] + (position - lower) * table.spectra[upper]
    return np.asarray(mixed / mixed.sum())


def transmission(soft_mm: np.ndarray, bone_mm: np.ndarray, tube_voltage_kv: float) -> np.ndarray:
    """Transmitted fraction of the detected energy by the full sum over energies (Beer-Lambert).

    ``soft_mm`` and ``bone_mm`` are path lengths of any equal shape. Exact but slow: the reference for `attenuation`.
    """
    table = beam_table()
    total = np.zeros(np.shape(soft_mm))
    for weight, soft, bone in zip(spectrum(tube_voltage_kv), table.soft, table.bone, strict=True):
        total += weight * np.exp(-soft * np.asarray(soft_mm) - bone * np.asarray(bone_mm))
    return total


def attenuation(soft_mm: np.ndarray, bone_mm: np.ndarray, tube_voltage_kv: float) -> np.ndarray:
    """-ln(transmission) by bilinear look-up; float32, same shape as the path lengths (mm), clipped to the table."""
    grid = _attenuation_grid(round(float(tube_voltage_kv), 1))
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
def _attenuation_grid(tube_voltage_kv: float) -> np.ndarray:
    soft, bone = np.meshgrid(np.arange(_SOFT_STEPS) * _SOFT_STEP_MM, np.arange(_BONE_STEPS) * _BONE_STEP_MM, indexing="ij")
    return np.asarray(-np.log(transmission(soft, bone, tube_voltage_kv)), dtype=np.float32)
