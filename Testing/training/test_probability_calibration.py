"""Calibration, thresholds and statistics with answers known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.classification.calibration import (
    LEAST_SLOPE,
    Calibration,
    fit_calibration,
    logit,
    rule_in_threshold,
    rule_out_threshold,
)
from training.classification.evaluation import auc, bootstrap, calibration_error, rates, subject_probability


def sample(count: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth drawn from known probabilities, and those probabilities."""
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-rng.normal(-1.2, 1.4, count)))
    return (rng.random(count) < probability).astype(float), probability


def test_platt_scaling_undoes_a_known_distortion() -> None:
    truth, probability = sample()
    distorted = 1 / (1 + np.exp(-(2.5 * logit(probability) + 1.5)))
    fitted = fit_calibration(truth, distorted)
    assert fitted.slope == pytest.approx(1 / 2.5, rel=0.1)
    assert calibration_error(truth, fitted.apply(distorted)) < 0.02 < calibration_error(truth, distorted)


def test_a_score_that_falls_with_the_disease_becomes_the_prevalence() -> None:
    truth, probability = sample(500)
    fitted = fit_calibration(truth, 1 - probability)
    assert fitted.slope == LEAST_SLOPE
    np.testing.assert_allclose(fitted.apply(probability), truth.mean(), atol=2e-3)


def test_calibration_keeps_the_order() -> None:
    values = Calibration(0.4, -1.0).apply(np.linspace(0, 1, 50))
    assert (np.diff(values) > 0).all()


def test_thresholds_reach_what_they_promise() -> None:
    truth, probability = sample(2000)
    out, within = rule_out_threshold(truth, probability), rule_in_threshold(truth, probability)
    assert rates(truth, probability, out)[0] >= 0.9 > rates(truth, probability, np.nextafter(out, 2))[0] - 0.01
    assert rates(truth, probability, within)[1] >= 0.9
    assert rates(truth, probability, within - 0.02)[1] < 0.9


def test_thresholds_by_hand() -> None:
    truth = np.array([1.0] * 10 + [0.0] * 10)
    score = np.concatenate([np.arange(10) / 10 + 0.05, np.arange(10) / 10])
    assert rule_out_threshold(truth, score) == pytest.approx(0.15)  # one of ten cases may be missed
    assert rule_in_threshold(truth, score) == pytest.approx(0.85)  # one of ten controls may be flagged


def test_auc_is_scikit_learn_s_also_with_ties() -> None:
    truth, probability = sample(300)
    rounded = np.round(probability, 1)
    assert auc(truth, rounded) == pytest.approx(roc_auc_score(truth, rounded))
    assert np.isnan(auc(np.zeros(5), np.arange(5.0)))


def test_bootstrap_interval_covers_and_shrinks() -> None:
    few, many = (bootstrap(*sample(count), auc, resamples=200) for count in (200, 3000))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low


def test_subject_probability_is_the_mean_of_the_bones() -> None:
    found = subject_probability(np.array([0.2, 0.4, 0.9]), np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(found, [0.3, 0.5, 0.9])
