"""The tabulated chord against a direct convolution."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.radiogrammetry.chord import blurred_chord


@pytest.mark.parametrize("blur", [0.01, 0.05, 0.3])
def test_table_equals_a_direct_convolution(blur: float) -> None:
    left, right = -0.3, 0.5
    fine = np.linspace(-3, 3, 60001)
    u = (fine - 0.1) / 0.4
    section = np.sqrt(np.maximum(1 - u**2, 0))
    kernel = np.exp(-0.5 * (np.arange(-9000, 9001) * 1e-4 / blur) ** 2)
    kernel = kernel[kernel > 1e-9] / kernel.sum()
    position = np.linspace(-0.7, 0.9, 33)
    found = blurred_chord(position, np.array([left]), np.array([right]), np.array([blur]))
    for part, direct in zip(found, (section, u**2 * section), strict=True):
        expected = np.interp(position, fine, np.convolve(direct, kernel, mode="same"))
        assert part[0] == pytest.approx(expected, abs=0.012)


def test_wider_blur_spreads_but_keeps_the_area() -> None:
    position = np.linspace(-2, 2, 801)
    areas = [blurred_chord(position, np.array([-0.5]), np.array([0.5]), np.array([blur]))[0].sum() for blur in (0.02, 0.1, 0.3)]
    assert areas == pytest.approx([np.pi / 4 / (position[1] - position[0])] * 3, rel=5e-3)
