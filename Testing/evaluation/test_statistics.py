"""Statistics and their intervals against scikit-learn, literal loops, and scores of known AUC."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn import metrics

from OsteoScreenLib.errors import UsageError
from Testing.evaluation.cohorts import binormal, draw_subjects, posterior
from training.evaluation import weighted
from training.evaluation.bootstrap import bootstrap, bootstrap_difference, resampled
from training.evaluation.delong import delong, delong_difference
from training.evaluation.statistics import auc, brier, f1_threshold, predictive_values, rates, subject_probability
from training.evaluation.values import OutOfFold

TRUTH = draw_subjects(150).truth
SAID = np.round(posterior(binormal(TRUTH, 0.8, repeats=3), 0.8, 0.3), 1)  # rounded: with ties
POSITIVE = SAID >= 0.35


@pytest.mark.parametrize(
    ("ours", "said", "theirs"),
    [
        (weighted.auc, SAID, metrics.roc_auc_score),
        (weighted.brier, SAID, metrics.brier_score_loss),
        (weighted.sensitivity, POSITIVE, metrics.recall_score),
        (weighted.specificity, POSITIVE, lambda truth, said: metrics.recall_score(1 - truth, ~said)),
        (weighted.accuracy, POSITIVE, metrics.accuracy_score),
        (weighted.f1, POSITIVE, metrics.f1_score),
        (weighted.macro_f1, POSITIVE, lambda truth, said: metrics.f1_score(truth, said, average="macro")),
    ],
)
def test_a_weight_is_how_often_scikit_learn_sees_a_subject(ours: weighted.Statistic, said: np.ndarray, theirs: object) -> None:
    weights = np.concatenate([np.ones((1, 150)), resampled(np.random.default_rng(1), 4, 150)])
    found = ours(TRUTH, said, weights)
    for value, weight in zip(found, weights, strict=True):
        rows = np.repeat(np.arange(150), weight.astype(int))
        assert value == pytest.approx(np.mean([theirs(TRUTH[rows], each[rows]) for each in said]))  # type: ignore[operator]


def test_auc_without_controls_is_not_defined() -> None:
    assert np.isnan(auc(np.ones(5), np.arange(5.0)))
    assert auc(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 2.0, 3.0])) == pytest.approx(3.5 / 4)


def test_figures_by_hand() -> None:
    truth, probability = np.array([1, 1, 0, 0, 0]), np.array([0.9, 0.4, 0.4, 0.2, 0.1])
    assert rates(truth, probability, 0.4) == (1.0, pytest.approx(2 / 3))
    assert brier(truth, probability) == pytest.approx((0.01 + 0.36 + 0.16 + 0.04 + 0.01) / 5)
    assert predictive_values(0.9, 0.8, 0.1) == (pytest.approx(0.09 / 0.27), pytest.approx(0.72 / 0.73))
    assert np.isnan(predictive_values(0.0, 1.0, 0.1)[0])


def test_subject_probability_is_the_mean_of_the_bones() -> None:
    found = subject_probability(np.array([0.2, 0.4, 0.9]), np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(found, [0.3, 0.5, 0.9])


def test_the_best_threshold_for_f1_is_found_among_all() -> None:
    said = SAID[0]
    tried = {threshold: metrics.f1_score(TRUTH, said >= threshold) for threshold in np.linspace(0.005, 0.995, 100)}
    assert metrics.f1_score(TRUTH, said >= f1_threshold(TRUTH, said)) == pytest.approx(max(tried.values()))


def test_bootstrap_draws_subjects_and_not_repeats() -> None:
    one = binormal(TRUTH, 0.8)
    copies = np.repeat(one, 8, axis=0)  # eight repeats that say the same are one method, not eight times the people
    once, eightfold = (bootstrap(TRUTH, said, weighted.auc) for said in (one, copies))
    assert (once.value, once.low, once.high) == pytest.approx((eightfold.value, eightfold.low, eightfold.high))


def test_bootstrap_interval_is_the_literal_one() -> None:
    weights = resampled(np.random.default_rng(5), 60, 150)
    draws = []
    for weight in weights:
        rows = np.repeat(np.arange(150), weight.astype(int))
        draws.append(metrics.roc_auc_score(TRUTH[rows], SAID[0][rows]))
    found = bootstrap(TRUTH, SAID[0], weighted.auc, seed=5, resamples=60)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])))


def test_delong_is_the_literal_variance() -> None:
    score = SAID[0]
    pairs = np.array([[(a > b) + (a == b) / 2 for b in score[TRUTH == 0]] for a in score[TRUTH == 1]])
    variance = pairs.mean(1).var(ddof=1) / len(pairs) + pairs.mean(0).var(ddof=1) / pairs.shape[1]
    found = delong(TRUTH, score)
    assert found.auc == pytest.approx(pairs.mean())
    assert found.standard_error == pytest.approx(np.sqrt(variance))
    assert found.plain.high - found.auc == pytest.approx(norm.ppf(0.975) * found.standard_error)


def test_delong_and_bootstrap_agree_with_repeats_too() -> None:
    truth = draw_subjects(400, seed=3).truth
    said = binormal(truth, 0.8, repeats=4, shared=0.5)
    drawn, formula = bootstrap(truth, said, weighted.auc), delong(truth, said)
    assert formula.auc == pytest.approx(drawn.value)
    assert (drawn.high - drawn.low) == pytest.approx(formula.plain.high - formula.plain.low, rel=0.08)
    one = delong(truth, said[0])
    assert formula.standard_error < one.standard_error  # the mean of differing repeats scatters less


@pytest.mark.parametrize("kind", ["plain", "logit"])
def test_delong_intervals_hold_the_true_auc_as_often_as_they_say(kind: str) -> None:
    truth = draw_subjects(120).truth
    found = [getattr(delong(truth, binormal(truth, 0.8, seed=seed)), kind) for seed in range(200)]
    assert np.mean([each.low <= 0.8 <= each.high for each in found]) == pytest.approx(0.95, abs=0.04)


def test_logit_interval_stays_inside_where_the_plain_one_is_cut() -> None:
    truth = np.array([0] * 12 + [1] * 8)
    found = delong(truth, np.concatenate([np.arange(12.0), np.arange(10.5, 18)]))
    assert found.auc > 0.98
    assert found.auc < found.logit.high < 1
    perfect = delong(truth, truth.astype(float))
    assert perfect.auc == 1
    assert np.isnan(perfect.logit.low)


def test_delong_test_rejects_as_often_as_it_says_and_finds_what_is_there() -> None:
    truth = draw_subjects(150).truth
    alike, apart = [], []
    for seed in range(150):
        common = binormal(truth, 0.5, seed=seed)[0]  # what both methods see
        own = np.random.default_rng([seed, 1]).normal(size=(3, len(truth))) * 0.8
        first, second, worse = (common + each + shift * truth for each, shift in zip(own, (1.2, 1.2, 0.5), strict=True))
        alike.append(delong_difference(truth, ("a", first), ("b", second)).p)
        apart.append(delong_difference(truth, ("a", first), ("c", worse)).p)
    assert np.mean(np.array(alike) < 0.05) == pytest.approx(0.05, abs=0.045)
    assert np.mean(np.array(apart) < 0.05) > 0.8


def test_differences_by_both_ways_agree() -> None:
    truth = draw_subjects(300, seed=2).truth
    first, second = ("a", binormal(truth, 0.85, 3)), ("b", binormal(truth, 0.78, 3, seed=9))
    drawn, formula = bootstrap_difference(truth, first, second, weighted.auc), delong_difference(truth, first, second)
    assert drawn.value == pytest.approx(formula.value)
    assert (drawn.low, drawn.high) == pytest.approx((formula.low, formula.high), abs=0.015)
    same = delong_difference(truth, first, ("copy", first[1]))
    assert (same.value, same.p) == (0, 1)


def test_delong_needs_two_of_each() -> None:
    with pytest.raises(UsageError, match="1 cases and 3 controls"):
        delong(np.array([1, 0, 0, 0]), np.arange(4.0))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"probability": np.zeros(4)}, r"shape \(4,\)"),
        ({"probability": np.array([[0.1, np.nan, 0.2, 0.3]])}, "nan in repeat 0 for subject number 1"),
        ({"probability": np.zeros((1, 4)), "threshold": np.zeros(4)}, "thresholds"),
        ({"probability": np.zeros((1, 4)), "bone_probability": np.zeros((1, 3, 7))}, "bones"),
    ],
)
def test_wrong_predictions_are_named(given: dict[str, np.ndarray], fault: str) -> None:
    with pytest.raises(UsageError, match=f"row 'full'.*{fault}"):
        OutOfFold("full", "full", **given)  # type: ignore[arg-type]
