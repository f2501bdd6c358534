"""The trabecular pattern: contrast, spacing, direction, fading with the pixels' size."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulation.trabeculae import Struts, make_struts


def plane(struts: Struts, step_mm: float = 0.1) -> np.ndarray:
    along, across = (np.mgrid[0:250, 0:250] * step_mm).astype(np.float32)
    return struts.at(along, across, 3)


def length_of_correlation(pattern: np.ndarray, axis: int) -> int:
    """Lag in samples at which the pattern's correlation with itself falls below a half."""
    for lag in range(1, 60):
        kept = pattern.shape[axis] - lag
        a, b = np.take(pattern, range(kept), axis), np.take(pattern, range(lag, kept + lag), axis)
        if np.corrcoef(a.ravel(), b.ravel())[0, 1] < 0.5:
            return lag
    raise AssertionError("pattern does not change")


def test_the_pattern_has_no_mean_and_unit_contrast_where_pixels_resolve_it() -> None:
    pattern = plane(make_struts(1.2, 1.2, 0.3, 10.0, np.random.default_rng(0)))
    assert pattern.mean() == pytest.approx(0, abs=0.1)
    assert pattern.std() == pytest.approx(1, rel=0.15)


def test_struts_finer_than_pixels_fade() -> None:
    contrasts = [make_struts(0.6, 0.6, 0.3, ppm, np.random.default_rng(1)).tile.std() for ppm in (12.0, 4.0, 1.5)]
    assert contrasts[0] > 0.85
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[2] < 0.5


@pytest.mark.parametrize("stretch", [1.0, 2.0, 4.0])
def test_struts_run_along_the_bone_as_far_as_asked(stretch: float) -> None:
    pattern = plane(make_struts(1.0, stretch, 0.3, 10.0, np.random.default_rng(2)), 0.05)
    ratio = length_of_correlation(pattern, 0) / length_of_correlation(pattern, 1)
    assert ratio == pytest.approx(stretch, rel=0.45)


def test_bones_differ_in_their_patterns() -> None:
    struts = make_struts(0.8, 1.6, 0.3, 8.0, np.random.default_rng(3))
    along = np.linspace(0, 20, 400, dtype=np.float32)
    first, second = struts.at(along, along * 0, 1), struts.at(along, along * 0, 2)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.5
