"""Detector: uneven beam, quantum noise, blur and scatter, each against its formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.cassette import Cassette, characteristic_curve, develop, dust_and_scratches
from training.simulation.detector import CASSETTE_CHANCE, GRID_CHANCE, Exposure, detect, sample_exposure
from training.simulation.grid import Grid, apparent_lines_per_mm, grid_lines
from training.simulation.heel import heel_effect
from training.simulation.sharpness import blur, detector_sigma_mm, focal_spot_sigma_mm

CLEAN = Exposure(
    tube_voltage_kv=55.0,
    photons_per_mm2=1e12,
    scatter_fraction=0.0,
    scatter_sigma_mm=15.0,
    half_modulation_per_mm=1e3,
)
SHAPE = (160, 128)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("axis", [0.0, np.pi / 2, 4.0])
def test_heel_effect_has_its_slope_at_the_central_ray(axis: float) -> None:
    centre = (64.0, 80.0)
    field = heel_effect(SHAPE, 2.0, 1.2, axis, centre).astype(float)
    assert field[80, 64] == pytest.approx(1.0, abs=1e-4)
    # Ten pixels to either side are one centimetre.
    step = 10 * np.array([np.cos(axis), np.sin(axis)])
    ends = [field[round(80 + s * step[1]), round(64 + s * step[0])] for s in (1, -1)]
    assert ends[0] - ends[1] == pytest.approx(0.012, rel=0.1)


def test_heel_effect_falls_faster_towards_the_anode_than_it_rises_towards_the_cathode() -> None:
    line = heel_effect((4, 400), 1.0, 1.0, 0.0, (200.0, 2.0))[2]
    assert 1 - line[100] > line[300] - 1 > 0
    assert np.diff(line).min() >= 0


def test_heel_effect_reaches_the_film() -> None:
    exposure = replace(CLEAN, heel_percent_per_cm=1.0)
    found = detect(np.full(SHAPE, 0.5, np.float32), 2.0, exposure, rng())
    expected = np.exp(-0.5) * heel_effect(SHAPE, 2.0, 1.0, 0.0, (64, 80))
    assert np.exp(-found) == pytest.approx(expected, rel=1e-3)


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
    half = np.sqrt(np.log(2) / 2) / np.pi / sigma_mm
    edge = np.where(np.arange(SHAPE[1]) < 64, 0.0, 0.5).astype(np.float32) * np.ones(SHAPE, np.float32)
    signal = np.exp(-detect(edge, pixels_per_mm, replace(CLEAN, half_modulation_per_mm=half), rng()))
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
    assert all(0 <= e.scatter_fraction < 0.5 and 0.5 < e.half_modulation_per_mm < 4 and e.photons_per_mm2 > 1e3 for e in drawn)
    assert len({e.tube_voltage_kv for e in drawn}) > 20
    many = [sample_exposure(generator) for _ in range(3000)]
    assert np.mean([e.grid is not None for e in many]) == pytest.approx(GRID_CHANCE, abs=0.015)
    assert np.mean([e.cassette is not None for e in many]) == pytest.approx(CASSETTE_CHANCE, abs=0.025)
    assert np.mean([e.filtration.copper_mm == 0 for e in many]) > 0.8


@pytest.mark.parametrize("frequency", [0.6, 1.5, 3.0])
def test_half_the_modulation_is_left_at_the_stated_frequency(frequency: float) -> None:
    pixels_per_mm = 40.0
    wave = np.cos(2 * np.pi * frequency / pixels_per_mm * np.arange(2000)) * np.ones((40, 1))
    found = blur(wave, pixels_per_mm, detector_sigma_mm(frequency))[:, 500:1500]
    assert np.ptp(found) / 2 == pytest.approx(0.5, abs=0.01)


def test_penumbra_follows_the_geometry() -> None:
    # 1.2 mm at m = 1.25: 0.24 mm wide in the hand's plane; none where the hand touches the detector.
    assert focal_spot_sigma_mm(1.2, 1.25) == pytest.approx(0.24 / np.sqrt(12))
    assert focal_spot_sigma_mm(1.2, 1.0) == 0


def test_blurs_add_in_squares() -> None:
    point = np.zeros((129, 129))
    point[64, 64] = 1
    both = blur(point, 10.0, 0.3, 0.4)
    assert both == pytest.approx(blur(point, 10.0, 0.5), abs=1e-9)


@pytest.mark.parametrize(
    ("lines_per_cm", "pitch_mm", "seen_per_mm"), [(40, 0.1, 4.0), (60, 0.2, 1.0), (50, 0.2, 0.0), (70, 0.125, 1.0)]
)
def test_grid_lines_beat_with_the_detectors_pixels(lines_per_cm: float, pitch_mm: float, seen_per_mm: float) -> None:
    assert apparent_lines_per_mm(lines_per_cm, pitch_mm) == pytest.approx(seen_per_mm)


@pytest.mark.parametrize("across_rows", [True, False])
def test_grid_lines_stand_at_their_frequency_in_the_spectrum(across_rows: bool) -> None:
    pixels_per_mm = 5.0
    grid = Grid(60.0, 0.05, 0.2, across_rows, 0.0, 0.7)
    found = detect(np.zeros((250, 250), np.float32), pixels_per_mm, replace(CLEAN, grid=grid), rng())
    line = np.exp(-found).mean(axis=1 if across_rows else 0)
    spectrum = np.abs(np.fft.rfft(line - line.mean()))
    assert np.fft.rfftfreq(250, 1 / pixels_per_mm)[spectrum.argmax()] == pytest.approx(1.0, abs=0.03)
    # Averaged over the film's pixels.
    assert 2 * spectrum.max() / 250 == pytest.approx(0.05 * np.sinc(0.2), rel=0.01)
    assert grid_lines((50, 60), 5.0, grid).mean() == pytest.approx(1, abs=1e-3)


FILM = Cassette(2.5, 0.3, 0.2, 3.2, 0.0, 0, 0)


def test_density_has_its_gradient_where_the_film_is_fast_and_levels_off() -> None:
    signal = -np.log(np.array([0.3 * 10**0.01, 0.3 * 10**-0.01, 1e-4, 1e4], np.float32))
    density = characteristic_curve(signal, FILM).astype(float)
    assert (density[0] - density[1]) / 0.02 == pytest.approx(2.5, rel=0.01)
    assert density[2] == pytest.approx(0.2, abs=0.01)
    assert density[3] == pytest.approx(3.2, abs=0.01)


def test_digitised_film_keeps_bone_bright() -> None:
    signal = np.linspace(0, 4, 400, dtype=np.float32).reshape(20, 20)
    assert np.diff(develop(signal, 2.0, FILM, rng()).ravel()).min() > 0


def test_grain_follows_selwyn() -> None:
    flat = np.full((200, 200), 1.2, np.float32)
    for pixels_per_mm in (2.0, 8.0):
        found = develop(flat, pixels_per_mm, replace(FILM, grain_mm=0.004), rng())
        assert found.std() == pytest.approx(0.004 * pixels_per_mm, rel=0.02)


def test_dust_and_scratches_are_few_and_pale() -> None:
    dirt = dust_and_scratches((300, 240), 2.0, 10, 3, rng())
    assert 0.0001 < (dirt > 0).mean() < 0.03
    assert not dust_and_scratches((30, 24), 2.0, 0, 0, rng()).any()
    flat = np.full((300, 240), 0.2, np.float32)
    clean, worn = develop(flat, 2.0, FILM, rng()), develop(flat, 2.0, replace(FILM, specks=10, scratches=3), rng())
    assert (worn >= clean - 1e-6).all()
    assert (worn > clean + 0.1).any()
