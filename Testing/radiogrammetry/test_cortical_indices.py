"""Formulas checked against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest

from OsteoScreenLib.radiogrammetry import indices


def test_indices_of_a_tube_8_mm_wide_with_a_cavity_of_4_mm() -> None:
    assert indices.mci(8, 4) == pytest.approx(0.5)
    assert indices.pca(8, 4) == pytest.approx(0.75)
    assert indices.combined_cortical_thickness(8, 4) == pytest.approx(4)
    assert indices.cortical_area(8, 4) == pytest.approx(12 * math.pi)
    assert indices.volume_per_area(8, 4) == pytest.approx(1.5 * math.pi)
    assert indices.exton_smith(8, 4, 60) == pytest.approx(12 * math.pi / 480)


def test_percent_cortical_area_follows_from_the_index() -> None:
    for cavity in (0.0, 2.5, 7.9):
        assert indices.pca(8, cavity) == pytest.approx(1 - (1 - indices.mci(8, cavity)) ** 2)


def test_bone_health_index_in_centimetres() -> None:
    # T = 0.2, 1 - T / W = 0.75, L W = 4.8; ln 4.8 = 1.5686.
    assert indices.bone_health_index(0.8, 0.4, 6.0) == pytest.approx(math.pi * 0.15 / math.exp(0.33 * 1.5686), rel=1e-3)
