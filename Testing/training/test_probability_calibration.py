"""Calibration and thresholds with answers known by hand, and as the shipped classifier reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from OsteoScreenLib.classification.calibration import logit
from OsteoScreenLib.classification.settings import read_settings
from OsteoScreenLib.errors import BundleError
from Testing.classification.area_classifier import area_bundle, settings
from training.classification.calibration import (
    KINDS,
    LEAST_SLOPE,
    Calibration,
    choose_calibration,
    fit_calibration,
    fit_isotonic,
    fit_temperature,
    operating_point,
    rule_in_threshold,
    rule_out_threshold,
)
from training.evaluation.reliability import calibration_error
from training.evaluation.statistics import rates


def sample(count: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth drawn from known probabilities, and those probabilities."""
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-rng.normal(-1.2, 1.4, count)))
    return (rng.random(count) < probability).astype(float), probability


def bent(probability: np.ndarray) -> np.ndarray:
    """A rising distortion that no line on the logit undoes."""
    return np.where(probability < 0.5, probability * 0.02, 0.01 + (probability - 0.5) * 1.98)


def test_platt_scaling_undoes_a_known_distortion() -> None:
    truth, probability = sample()
    distorted = 1 / (1 + np.exp(-(2.5 * logit(probability) + 1.5)))
    fitted = fit_calibration(truth, distorted)
    assert fitted.slope == pytest.approx(1 / 2.5, rel=0.1)
    assert calibration_error(truth, fitted.apply(distorted)) < 0.02 < calibration_error(truth, distorted)


def test_temperature_undoes_overconfidence() -> None:
    truth, probability = sample()
    fitted = fit_temperature(truth, 1 / (1 + np.exp(-2.5 * logit(probability))))
    assert fitted.slope == pytest.approx(1 / 2.5, rel=0.1)
    assert fitted.intercept == 0


def test_isotonic_undoes_what_a_line_cannot() -> None:
    truth, probability = sample()
    isotonic, platt = (fit(truth, bent(probability)).apply(bent(probability)) for fit in (fit_isotonic, fit_calibration))
    assert calibration_error(truth, isotonic) < 0.015 < calibration_error(truth, platt)
    assert np.abs(isotonic - probability).mean() < 0.03


def test_isotonic_steps_are_scikit_learn_s() -> None:
    truth, probability = sample(300)
    rounded = np.round(probability, 2)  # with ties
    knots = fit_isotonic(truth, rounded).knots
    assert knots is not None
    steps = np.unique(IsotonicRegression().fit_transform(rounded, truth))
    np.testing.assert_allclose(np.unique(knots[1]), np.unique(np.clip(steps, 1 / 302, 301 / 302)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_that_falls_with_the_disease_becomes_one_probability_for_everybody(kind: str) -> None:
    truth, probability = sample(500)
    said = KINDS[kind](truth, 1 - probability).apply(1 - probability)
    np.testing.assert_allclose(said, 0.5 if kind == "temperature" else truth.mean(), atol=0.05 if kind == "isotonic" else 2e-3)


def test_a_score_that_says_nothing_has_the_least_slope() -> None:
    truth, probability = sample(500)
    assert fit_calibration(truth, 1 - probability).slope == LEAST_SLOPE


@pytest.mark.parametrize("kind", KINDS)
def test_calibration_keeps_the_order_and_promises_no_certainty(kind: str) -> None:
    truth, probability = sample(200)
    values = KINDS[kind](truth, probability).apply(np.linspace(0, 1, 50))
    assert (np.diff(values) >= 0).all()
    assert 0 < values[0] < values[-1] < 1


@pytest.mark.parametrize(
    ("distort", "kind"),
    [
        (lambda p: p, "temperature"),
        (lambda p: 1 / (1 + np.exp(-(2.0 * logit(p) + 1.5))), "platt"),
        (bent, "isotonic"),
    ],
)
def test_the_simplest_kind_that_does_is_chosen(distort: object, kind: str) -> None:
    truth, probability = sample(4000)
    choice = choose_calibration(truth, distort(probability))  # type: ignore[operator]
    assert choice.kind == kind
    assert choice.calibration == KINDS[kind](truth, distort(probability))  # type: ignore[operator]
    assert choice.log_loss[kind] == pytest.approx(-np.mean(np.log(np.where(truth > 0, probability, 1 - probability))), abs=0.01)
    assert choice.brier[kind] == pytest.approx(np.mean((probability - truth) ** 2), abs=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_classifier_reads_what_was_fitted(kind: str, tmp_path: Path) -> None:
    truth, probability = sample(300)
    fitted = KINDS[kind](truth, probability)
    read = read_settings(area_bundle(tmp_path, calibration=fitted.as_bundle()))
    np.testing.assert_array_equal(read.calibrated(probability), fitted.apply(probability))


@pytest.mark.parametrize(
    ("knots", "fault"),
    [
        ([[0.1, 0.5, 0.9]], "not two lists"),
        ([[0.1, "0.5"], [0.2, 0.3]], "not two lists"),
        ([[0.1, 0.5, 0.9], [0.2, 0.3]], "3 scores and 2 probabilities"),
        ([[0.5], [0.2]], "1 scores"),
        ([[0.1, 0.5], [0.2, 1.3]], "outside 0 to 1"),
        ([[0.1, 10**400], [0.2, 0.3]], "outside 0 to 1"),
        ([[0.5, 0.5], [0.2, 0.3]], "scores that do not rise"),
        ([[0.1, 0.5], [0.4, 0.3]], "probabilities that fall"),
    ],
)
def test_knots_that_are_no_rising_line_are_refused(knots: list[list[float]], fault: str, tmp_path: Path) -> None:
    bundle = area_bundle(tmp_path)
    assert bundle.classification is not None
    wrong = replace(bundle, classification=replace(bundle.classification, settings=settings(calibration={"knots": knots})))
    with pytest.raises(BundleError, match=rf"classification\.calibration\.knots.*{fault}"):
        read_settings(wrong)


def test_knots_beside_a_slope_are_refused(tmp_path: Path) -> None:
    bundle = area_bundle(tmp_path)
    assert bundle.classification is not None
    both = {"knots": [[0.0, 1.0], [0.1, 0.9]], "slope": 1.0}
    wrong = replace(bundle, classification=replace(bundle.classification, settings=settings(calibration=both)))
    with pytest.raises(BundleError, match="only one of the two"):
        read_settings(wrong)


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


def test_rule_out_never_lies_above_rule_in_even_where_few_values_occur() -> None:
    truth, probability = sample(400)
    steps = fit_isotonic(truth, probability).apply(np.round(probability, 1))
    for said in (steps, np.full(400, 0.2), 1 - probability):
        point = operating_point((truth, said), (truth, said), "drawn")
        assert point["rule_out"] <= point["rule_in"]


def test_a_calibration_is_written_as_a_line_or_as_knots() -> None:
    assert Calibration(1.5, -0.4).as_bundle() == {"slope": 1.5, "intercept": -0.4}
    assert Calibration(knots=((0.1, 0.9), (0.2, 0.7))).as_bundle() == {"knots": [[0.1, 0.9], [0.2, 0.7]]}
