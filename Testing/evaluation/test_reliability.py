"""Calibration figures of probabilities that are right, and of ones that are wrong by a known amount."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from training.evaluation.reliability import calibration_curve, calibration_error, calibration_errors, calibration_line


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth drawn from probabilities, and these."""
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-rng.normal(-1.2, 1.4, count)))
    return (rng.random(count) < probability).astype(float), probability


def test_plain_error_by_a_literal_loop() -> None:
    truth, probability = drawn(203)
    order = np.argsort(probability)
    total = 0.0
    for rows in np.array_split(order, 7):
        total += abs(truth[rows].sum() - probability[rows].sum())
    assert calibration_error(truth, probability, bins=7) == pytest.approx(total / 203)


def test_what_chance_makes_of_a_perfect_score_is_told() -> None:
    found = [calibration_errors(*drawn(300, seed)) for seed in range(300)]
    plain, expected, debiased, squared = (
        np.array([getattr(each, name) for each in found]) for name in ("plain", "if_perfect", "debiased", "squared")
    )
    assert plain.mean() > 0.03  # though nothing is wrong
    assert plain.mean() == pytest.approx(expected.mean(), rel=0.05)
    assert debiased.mean() < 0.75 * plain.mean()
    assert abs(squared.mean()) < 3 * squared.std() / np.sqrt(300)
    assert found[0].root == np.sqrt(max(found[0].squared, 0))


def test_a_known_error_is_found_without_its_bias() -> None:
    shift = 0.1
    found = [calibration_errors(truth, np.clip(said + shift, 0, 1)) for truth, said in (drawn(300, seed) for seed in range(200))]
    assert np.sqrt(np.mean([each.squared for each in found])) == pytest.approx(shift, abs=0.01)
    assert np.mean([each.debiased for each in found]) == pytest.approx(shift, abs=0.01)


def test_repeats_are_averaged() -> None:
    truth, probability = drawn(200)
    other = np.clip(probability + 0.2, 0, 1)
    both = calibration_errors(truth, np.stack([probability, other]))
    assert both.plain == pytest.approx((calibration_error(truth, probability) + calibration_error(truth, other)) / 2)


def test_line_is_scikit_learn_s_logistic_regression() -> None:
    truth, probability = drawn(400)
    score = np.log(probability / (1 - probability))
    fitted = LogisticRegression(C=1e9, tol=1e-10).fit(score[:, None], truth)
    line = calibration_line(truth, probability, resamples=50)
    assert line.slope.value == pytest.approx(fitted.coef_[0, 0], abs=1e-3)
    assert line.intercept.value == pytest.approx(fitted.intercept_[0], abs=1e-3)


def test_line_finds_known_distortions_and_its_intervals_hold_the_truth() -> None:
    truth, probability = drawn(2000)
    score = np.log(probability / (1 - probability))
    overconfident = calibration_line(truth, 1 / (1 + np.exp(-2 * score)), resamples=200)
    assert overconfident.slope.low < 0.5 < overconfident.slope.high < 0.6
    too_low = calibration_line(truth, 1 / (1 + np.exp(-(score - 0.7))), resamples=200)
    assert too_low.in_the_large.low < 0.7 < too_low.in_the_large.high < 1
    assert too_low.slope.low < 1 < too_low.slope.high


def test_line_of_perfect_separation_stays_finite() -> None:
    truth = np.array([0.0] * 10 + [1.0] * 10)
    line = calibration_line(truth, np.linspace(0.01, 0.99, 20), resamples=20)
    assert np.isfinite([line.slope.value, line.intercept.value, line.in_the_large.value]).all()
    assert line.slope.value > 1.5


def test_curve_has_even_bins_and_wilson_intervals() -> None:
    truth, probability = drawn(500)
    curve = calibration_curve(truth, probability, bins=5)
    assert [point.subjects for point in curve] == [100] * 5
    rows = np.argsort(probability)[:100]
    exact = binomtest(int(truth[rows].sum()), 100).proportion_ci(method="wilson")
    assert (curve[0].share.low, curve[0].share.high) == pytest.approx((exact.low, exact.high), abs=1e-5)
    assert curve[0].probability == pytest.approx(probability[rows].mean())


def test_repeats_do_not_make_the_curve_surer() -> None:
    truth, probability = drawn(500)
    once, thrice = (calibration_curve(truth, np.stack([probability] * repeats), bins=5) for repeats in (1, 3))
    assert [point.share for point in once] == pytest.approx([point.share for point in thrice])  # type: ignore[comparison-overlap]
