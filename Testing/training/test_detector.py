"""Detector: uneven beam, quantum noise, blur and scatter, each against its formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.detector import Exposure, detect, heel_field, sample_exposure

CLEAN = Exposure(
    tube_voltage_kv=55.0,
    photons_per_mm2=1e12,
    scatter_fraction=0.0,
    scatter_sigma_mm=15.0,
    blur_sigma_mm=0.0,
    heel=0.0,
    heel_angle_rad=0.0,
)
SHAPE = (160, 128)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("angle", [0.0, 1.0, 4.0])
def test_uneven_beam_has_mean_one_and_falls_along_its_angle(angle: float) -> None:
    field = heel_field(SHAPE, replace(CLEAN, heel=0.2, heel_angle_rad=angle))
    assert field.mean() == pytest.approx(1.0, abs=1e-5)
    assert field[:, -1].mean() - field[:, 0].mean() == pytest.approx(0.2 * np.cos(angle), abs=1e-5)
    assert field[-1].mean() - field[0].mean() == pytest.approx(0.2 * np.sin(angle), abs=1e-5)


def test_uneven_beam_reaches_the_film() -> None:
    exposure = replace(CLEAN, heel=0.2)
    found = detect(np.zeros(SHAPE, np.float32), 2.0, exposure, rng())
    assert np.exp(-found) == pytest.approx(heel_field(SHAPE, exposure), rel=1e-3)


def test_without_blur_scatter_and_noise_the_attenuation_comes_back() -> None:
    attenuation = np.linspace(0, 4, SHAPE[0] * SHAPE[1], dtype=np.float32).reshape(SHAPE)
    assert detect(attenuation, 2.0, CLEAN, rng()) == pytest.approx(attenuation, abs=1e-3)


def noise(photons: float, attenuation: float = 0.0, pixels_per_mm: float = 2.0) -> float:
    exposure = replace(CLEAN, photons_per_mm2=photons)
    return float(detect(np.full((256, 256), attenuation, np.float32), pixels_per_mm, exposure, rng()).std())


def test_noise_falls_with_the_root_of_the_dose() -> None:
    assert noise(1e4) / noise(1.6e5) == pytest.approx(4.0, rel=0.02)


def test_noise_grows_behind_bone_and_with_finer_pixels() -> None:
    # The log signal's standard deviation is 1 / sqrt(detected quanta).
    assert noise(1e5, attenuation=2.0) / noise(1e5) == pytest.approx(np.exp(1.0), rel=0.03)
    assert noise(1e5, pixels_per_mm=6.0) / noise(1e5, pixels_per_mm=2.0) == pytest.approx(3.0, rel=0.03)


@pytest.mark.parametrize("sigma_mm", [0.2, 0.35])
def test_an_edge_is_as_wide_as_the_stated_blur(sigma_mm: float) -> None:
    pixels_per_mm = 10.0
    edge = np.where(np.arange(SHAPE[1]) < 64, 0.0, 0.5).astype(np.float32) * np.ones(SHAPE, np.float32)
    signal = np.exp(-detect(edge, pixels_per_mm, replace(CLEAN, blur_sigma_mm=sigma_mm), rng()))
    spread = -np.diff(signal.mean(axis=0).astype(float))
    position = np.arange(len(spread)) + 0.5
    middle = (spread * position).sum() / spread.sum()
    width = np.sqrt((spread * (position - middle) ** 2).sum() / spread.sum())
    assert width == pytest.approx(sigma_mm * pixels_per_mm, rel=0.03)


def test_scatter_lowers_contrast_and_more_of_it_lowers_it_further() -> None:
    attenuation = np.full((256, 256), 1.5, np.float32)
    attenuation[100:156, 124:132] = 2.5
    contrasts = []
    for fraction in (0.0, 0.2, 0.45):
        found = detect(attenuation, 2.0, replace(CLEAN, scatter_fraction=fraction), rng())
        contrasts.append(float(found[110:146, 126:130].mean() - found[110:146, 90:110].mean()))
    assert contrasts[0] == pytest.approx(1.0, abs=0.01)
    assert contrasts[0] > contrasts[1] > contrasts[2] > 0


def test_there_is_no_scatter_without_a_hand() -> None:
    found = detect(np.zeros(SHAPE, np.float32), 2.0, replace(CLEAN, scatter_fraction=0.4), rng())
    assert np.abs(found).max() < 1e-3


def test_exposures_are_those_used_for_extremities() -> None:
    generator = rng()
    drawn = [sample_exposure(generator) for _ in range(200)]
    assert all(47 <= e.tube_voltage_kv <= 66 for e in drawn)
    assert all(0 <= e.scatter_fraction < 0.5 and e.blur_sigma_mm > 0 and e.photons_per_mm2 > 1e3 for e in drawn)
    assert len({e.tube_voltage_kv for e in drawn}) > 20
