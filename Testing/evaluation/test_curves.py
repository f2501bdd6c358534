"""ROC and decision curves, subgroups and coverage against literal figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_curve as literal_roc

from OsteoScreenLib.errors import UsageError
from Testing.evaluation.cohorts import draw_subjects, row
from training.evaluation.coverage import interval_coverage
from training.evaluation.curves import decision_curve, roc_curve
from training.evaluation.statistics import auc
from training.evaluation.subgroups import FEWEST, by_bone, by_decade, by_sex
from training.evaluation.values import OutOfFold

SUBJECTS = draw_subjects(400)
ROW = row(SUBJECTS, 0.82)


def test_roc_is_scikit_learn_s_averaged_over_repeats() -> None:
    found = roc_curve(SUBJECTS.truth, ROW, resamples=50)
    wanted = []
    for said in ROW.probability:
        alarm, hit, _ = literal_roc(SUBJECTS.truth, said, drop_intermediate=False)
        wanted.append(np.interp(found.false_positive_rate, alarm, hit))
    np.testing.assert_allclose(found.sensitivity, np.mean(wanted, axis=0))
    assert np.trapezoid(found.sensitivity, found.false_positive_rate) == pytest.approx(
        auc(SUBJECTS.truth, ROW.probability), abs=0.005
    )
    assert (found.low <= found.sensitivity + 1e-9).all()
    assert (found.sensitivity <= found.high + 1e-9).all()


def test_net_benefit_by_counting() -> None:
    found = decision_curve(SUBJECTS.truth, ROW, resamples=50)
    place = int(np.argmin(np.abs(found.threshold - 0.2)))
    threshold = found.threshold[place]
    benefits = []
    for said in ROW.probability:
        positive = said >= threshold
        hits, alarms = (positive & (SUBJECTS.truth == 1)).sum(), (positive & (SUBJECTS.truth == 0)).sum()
        benefits.append(hits / 400 - alarms / 400 * threshold / (1 - threshold))
    assert found.net_benefit[place] == pytest.approx(np.mean(benefits))
    assert found.treat_all[place] == pytest.approx(0.3 - 0.7 * threshold / (1 - threshold))
    assert found.low[place] < found.net_benefit[place] < found.high[place]


def test_a_good_calibrated_score_is_worth_more_than_treating_all_or_none() -> None:
    found = decision_curve(SUBJECTS.truth, ROW, resamples=10)
    between = (found.threshold > 0.15) & (found.threshold < 0.5)
    assert (found.net_benefit[between] > np.maximum(found.treat_all[between], 0)).all()


def test_treating_everybody_is_the_score_of_one() -> None:
    everybody = OutOfFold("all", "all", np.ones((1, 400)))
    found = decision_curve(SUBJECTS.truth, everybody, resamples=10)
    np.testing.assert_allclose(found.net_benefit, found.treat_all, atol=1e-12)


def test_subgroups_count_everybody_once_and_give_no_number_of_few() -> None:
    for groups in (by_decade(ROW, SUBJECTS, resamples=100), by_sex(ROW, SUBJECTS, resamples=100)):
        assert sum(group.subjects for group in groups) == 400
        assert sum(group.cases for group in groups) == SUBJECTS.cases
        for group in groups:
            enough = min(group.cases, group.subjects - group.cases) >= FEWEST
            assert (group.auc is not None) == enough
            assert group.words.startswith("0." if enough else "too few")
    fifties = next(group for group in by_decade(ROW, SUBJECTS, resamples=100) if group.name == "50 to 59 years")
    chosen = (SUBJECTS.age_years >= 50) & (SUBJECTS.age_years < 60)
    assert fifties.auc is not None
    assert fifties.auc.value == pytest.approx(auc(SUBJECTS.truth[chosen], ROW.probability[:, chosen]))


def test_bones_are_judged_where_they_are_seen() -> None:
    bones = np.repeat(ROW.probability[:, :, None], 7, axis=2)
    bones[:, :100, 1] = np.nan
    bones[:, :, 6] = np.nan
    found = by_bone(replace(ROW, bone_probability=bones), SUBJECTS, resamples=100)
    assert [group.name for group in found][:2] == ["radius", "ulna"]
    assert found[0].auc is not None
    assert found[0].auc.value == pytest.approx(auc(SUBJECTS.truth, ROW.probability))
    assert (found[1].subjects, found[6].subjects) == (300, 0)
    assert found[6].words.startswith("too few")
    assert by_bone(ROW, SUBJECTS) == ()


def test_coverage_by_hand() -> None:
    interval = np.array([[0.1, 0.3], [0.2, 0.4], [0.5, 0.6], [0.7, 0.9], [np.nan, np.nan]])
    found = interval_coverage(interval, np.array([0.2, 0.45, 0.4, 0.9, 0.5]))
    assert found.held.value == 0.5
    exact = binomtest(2, 4).proportion_ci(method="wilson")
    assert (found.held.low, found.held.high) == pytest.approx((exact.low, exact.high), abs=1e-5)
    assert (found.below, found.above, found.films, found.left_out) == (0.25, 0.25, 4, 1)
    assert found.median_width == pytest.approx(0.2)
    assert found.median_miss == pytest.approx((0.05 + 0.1) / 2)
    assert "50.0% of 4 films" in found.words
    assert "1 films had no interval" in found.words


def test_coverage_is_said_to_be_as_promised_only_where_it_is() -> None:
    rng = np.random.default_rng(0)
    centre = rng.normal(0.5, 0.01, 1000)
    reach = 0.01 * np.array([1.645, 0.5, 4])
    words = [interval_coverage(np.stack([centre - each, centre + each], 1), np.full(1000, 0.5)).words for each in reach]
    assert "as promised" in words[0]
    assert "less often than promised" in words[1]
    assert "more often than promised" in words[2]


def test_coverage_without_films_or_with_a_wrong_interval() -> None:
    with pytest.raises(UsageError, match="no film"):
        interval_coverage(np.full((2, 2), np.nan), np.zeros(2))
    with pytest.raises(UsageError, match="film number 1"):
        interval_coverage(np.array([[0.1, 0.2], [0.4, 0.3]]), np.array([0.1, 0.3]))
