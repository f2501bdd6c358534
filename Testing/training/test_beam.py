"""The beam: quick look-up against the full sum over energies, and the physics it must show."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulation import beam

VOLTAGES_KV = (42.0, 47.5, 55.0, 61.3, 66.0)


@pytest.mark.parametrize("kv", VOLTAGES_KV)
def test_look_up_agrees_with_the_full_sum(kv: float) -> None:
    rng = np.random.default_rng(1)
    soft, bone = rng.uniform(0, 120, 4000), rng.uniform(0, 40, 4000)
    exact = -np.log(beam.transmission(soft, bone, kv))
    found = beam.attenuation(soft, bone, kv)
    assert found.dtype == np.float32
    # Hundredths of a millimetre of tissue weigh little in absolute terms, thick paths little in relative ones.
    assert np.abs(found - exact).max() < 0.005
    thick = exact > 0.5
    assert (np.abs(found - exact)[thick] / exact[thick]).max() < 0.003


def test_thin_cortex_is_looked_up_as_exactly_as_thick_bone() -> None:
    bone = np.linspace(0.05, 1.0, 60)
    soft = np.full_like(bone, 25.0)
    found = beam.attenuation(soft, bone, 52.0) - beam.attenuation(soft, np.zeros_like(bone), 52.0)
    exact = -np.log(beam.transmission(soft, bone, 52.0) / beam.transmission(soft, np.zeros_like(bone), 52.0))
    assert np.allclose(found, exact, rtol=0.02, atol=1e-4)


@pytest.mark.parametrize("kv", VOLTAGES_KV)
def test_spectra_are_shares_that_sum_to_one(kv: float) -> None:
    weights = beam.spectrum(kv)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (weights >= 0).all()


def test_higher_voltage_penetrates_better() -> None:
    soft, bone = np.array([30.0]), np.array([4.0])
    transmitted = [float(beam.transmission(soft, bone, kv)[0]) for kv in (42, 45, 48, 52, 57, 60, 66)]
    assert np.all(np.diff(transmitted) > 0)


def test_attenuation_rises_with_both_thicknesses() -> None:
    soft, bone = np.meshgrid(np.linspace(0, 120, 241), np.linspace(0, 45, 181), indexing="ij")
    found = beam.attenuation(soft, bone, 50.0)
    assert found[0, 0] == pytest.approx(0.0, abs=1e-6)
    assert np.diff(found, axis=0).min() > 0
    assert np.diff(found, axis=1).min() > 0


def test_one_energy_gives_beer_lamberts_straight_line(monkeypatch: pytest.MonkeyPatch) -> None:
    table = beam.beam_table()
    one = np.zeros_like(table.soft)
    one[10] = 1.0
    monkeypatch.setattr(beam, "spectrum", lambda kv, filtration: one)
    soft, bone = np.array([0.0, 10.0, 40.0]), np.array([3.0, 0.0, 8.0])
    expected = table.soft[10] * soft + table.bone[10] * bone
    assert -np.log(beam.transmission(soft, bone, 50.0)) == pytest.approx(expected, rel=1e-12)


def test_thin_layers_see_the_mean_coefficient_and_thick_ones_a_hardened_beam() -> None:
    table, weights = beam.beam_table(), beam.spectrum(50.0)
    thickness = np.array([1e-4, 0.5, 2.0, 8.0, 30.0])
    for coefficients, path in ((table.bone, (0 * thickness, thickness)), (table.soft, (thickness, 0 * thickness))):
        effective = -np.log(beam.transmission(*path, 50.0)) / thickness
        assert effective[0] == pytest.approx(float(weights @ coefficients), rel=1e-3)
        assert np.all(np.diff(effective) < 0)
        assert effective[-1] > coefficients.min()


def test_bone_attenuates_most_then_soft_tissue_then_fat() -> None:
    table = beam.beam_table()
    assert np.all(table.bone > table.soft)
    assert np.all(table.soft > table.marrow)
    assert np.all(np.diff(table.bone) < 0)


@pytest.mark.parametrize("filtration", [beam.Filtration(3.5), beam.Filtration(2.5, 0.1), beam.Filtration(4.0, 0.2)])
def test_filters_act_by_beer_lambert_on_every_energy_and_harden_the_beam(filtration: beam.Filtration) -> None:
    table = beam.beam_table()
    plain, filtered = beam.spectrum(54.0), beam.spectrum(54.0, filtration)
    path = table.aluminium * (filtration.aluminium_mm - 2.5) + table.copper * filtration.copper_mm
    usable = plain > 1e-6
    ratio = np.log(plain[usable] / filtered[usable]) - path[usable]
    assert np.ptp(ratio) == pytest.approx(0, abs=1e-9)
    energies = np.arange(len(plain))
    assert filtered @ energies > plain @ energies
    soft, bone = np.array([[30.0]]), np.array([[4.0]])
    found = float(beam.attenuation(soft, bone, 54.0, filtration)[0, 0])
    assert found < float(beam.attenuation(soft, bone, 54.0)[0, 0])
    assert found == pytest.approx(float(-np.log(beam.transmission(soft, bone, 54.0, filtration))[0, 0]), rel=3e-3)


def test_aluminium_is_a_little_denser_than_bone_and_copper_far() -> None:
    table = beam.beam_table()
    assert table.aluminium / table.bone == pytest.approx(1.3, abs=0.1)
    assert np.all(table.copper > 20 * table.bone)
