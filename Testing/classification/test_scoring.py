"""From outlines to a state: rules by known numbers, then the whole stage with a real graph on the real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.cutouts import cut_out
from OsteoScreenLib.classification.hypotheses import CARRIED, BoneProbabilities, carried, weighted_quantile
from OsteoScreenLib.classification.reading import familiarity, read_bones
from OsteoScreenLib.classification.scoring import decide, score_bones, subject_score
from OsteoScreenLib.classification.settings import ClassifierSettings, read_settings
from OsteoScreenLib.classification.values import OperatingPoint, Score, State
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.values import Spacing
from OsteoScreenLib.segmentation.engine import OpenVinoEngine
from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses, Segmentation
from Testing.band_bundle import classifier_section, plain_film, write_band_bundle
from Testing.classification.area_classifier import GAIN, HALF, USUAL_SHARE, area_bundle, settings
from Testing.classification.drawn_hand import as_hypotheses, as_segmentation, draw_hand

POINT = OperatingPoint(0.2, 0.6, 0.9, 0.6, 0.6, 0.9, 0.2, 100, "drawn bars")
RULES = ClassifierSettings(slope=1.0, intercept=0.0, index_rule_out=0.55, index_rule_in=0.35, fewest_bones=3, millimetres=True)
LIMIT = QualityFinding("clipped", Severity.INDETERMINATE, "Much of the bone is saturated.")
REMARK = QualityFinding("spacing_unknown", Severity.WARNING, "The pixel spacing is unknown.")


def state(
    probability: float, interval: tuple[float, float] | None = None, index: float | None = None, *findings: QualityFinding
) -> State:
    return decide(probability, interval or (probability, probability), POINT, index, RULES, findings)[0]


@pytest.mark.parametrize(
    ("probability", "wanted"),
    [
        (0.0, State.NOT_FLAGGED),
        (0.1999, State.NOT_FLAGGED),
        (0.2, State.INDETERMINATE),
        (0.5999, State.INDETERMINATE),
        (0.6, State.CONSIDER_DXA),
        (1.0, State.CONSIDER_DXA),
    ],
)
def test_the_two_thresholds_make_three_states(probability: float, wanted: State) -> None:
    assert state(probability) is wanted


def test_an_interval_across_the_threshold_is_indeterminate_and_says_so() -> None:
    assert state(0.7, (0.6, 0.9)) is State.CONSIDER_DXA
    assert state(0.1, (0.05, 0.19)) is State.NOT_FLAGGED
    assert state(0.1, (0.05, 0.2)) is State.INDETERMINATE
    crossed, reasons = decide(0.7, (0.59, 0.9), POINT, None, RULES, ())
    assert crossed is State.INDETERMINATE
    assert any("both sides" in reason and "59.0%" in reason for reason in reasons)


def test_a_cortical_index_that_contradicts_is_indeterminate() -> None:
    assert state(0.7, index=0.55) is State.CONSIDER_DXA
    assert state(0.7, None, 0.56) is State.INDETERMINATE
    assert state(0.1, None, 0.36) is State.NOT_FLAGGED
    assert state(0.1, None, 0.35) is State.INDETERMINATE
    assert any("0.56" in reason for reason in decide(0.7, (0.7, 0.7), POINT, 0.56, RULES, ())[1])


def test_a_finding_limits_the_state_by_its_severity() -> None:
    assert state(0.7, None, None, LIMIT) is State.INDETERMINATE
    assert state(0.1, None, None, LIMIT) is State.INDETERMINATE
    assert state(0.7, None, None, REMARK) is State.CONSIDER_DXA
    assert LIMIT.text in decide(0.7, (0.7, 0.7), POINT, None, RULES, (LIMIT,))[1]


def test_weighted_quantile_against_repetition() -> None:
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=9), rng.integers(1, 6, 9)
    repeated = np.repeat(values, counts)
    for quantile in (0.05, 0.31, 0.5, 0.95):
        wanted = np.quantile(repeated, quantile, method="inverted_cdf")
        assert weighted_quantile(values, counts / counts.sum(), quantile) == wanted


def test_interval_follows_the_weights_and_holds_the_probability() -> None:
    plausible = np.array([[0.1], [0.5], [0.9]])
    bones = (Bone.RADIUS,)

    def interval(weights: list[float], consensus: float = 0.5) -> tuple[float, float]:
        return subject_score(BoneProbabilities(bones, np.array([consensus]), plausible, np.array(weights)), RULES)[1]

    assert interval([0.3, 0.4, 0.3]) == pytest.approx((0.1, 0.9))
    assert interval([0.02, 0.96, 0.02]) == pytest.approx((0.5, 0.5))
    assert interval([0.02, 0.96, 0.02], consensus=0.7) == pytest.approx((0.5, 0.7))


def test_a_hypothesis_that_misses_a_bone_is_judged_by_the_others() -> None:
    plausible = np.array([[0.2, np.nan], [0.2, 0.8], [np.nan, np.nan]])
    found = BoneProbabilities(BONES[:2], np.array([0.2, 0.8]), plausible, np.array([0.5, 0.3, 0.2]))
    assert subject_score(found, RULES) == (pytest.approx(0.5), pytest.approx((0.2, 0.5)))


def test_calibration_is_monotone_and_stays_inside() -> None:
    rules = replace(RULES, slope=1.7, intercept=-0.9)
    values = rules.calibrated(np.linspace(0, 1, 101))
    assert (np.diff(values) > 0).all()
    assert values[0] >= 0
    assert values[-1] <= 1
    assert rules.calibrated(np.array(0.5)) == pytest.approx(1 / (1 + np.exp(0.9)))


def test_carried_hypotheses_keep_every_expert_s_weight() -> None:
    experts = np.repeat([0, 1, 2, 3], 10)
    weights = np.repeat([0.04, 0.03, 0.02, 0.01], 10)
    maps = np.zeros((40, 7, 4, 4), np.float32)
    kept, shares = carried(Hypotheses(maps, weights, experts, GridMapping(np.eye(2), np.zeros(2), (4, 4), (4, 4))))
    assert len(kept) <= CARRIED
    np.testing.assert_allclose([shares[experts[kept] == expert].sum() for expert in range(4)], [0.4, 0.3, 0.2, 0.1])


# The whole stage.


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return area_bundle(tmp_path_factory.mktemp("area"))


@pytest.fixture(scope="module")
def engine() -> OpenVinoEngine:
    return OpenVinoEngine(threads=1)


def measured(index: float | None) -> Radiogrammetry:
    return Radiogrammetry((), (), (), index)


def scored(
    pixels: np.ndarray,
    segmentation: Segmentation,
    bundle: Bundle,
    engine: OpenVinoEngine,
    quality: tuple[QualityFinding, ...] = (),
    index: float | None = None,
) -> Score:
    """The whole stage."""
    found = read_bones(plain_film(pixels, spacing=Spacing()), segmentation, bundle, engine)
    return score_bones(found, segmentation, measured(index), quality, bundle)


def test_probability_is_the_calibrated_mean_of_the_bones(tmp_path: Path, engine: OpenVinoEngine) -> None:
    bundle = area_bundle(tmp_path, calibration={"slope": 0.5, "intercept": 0.3})
    hand = draw_hand()
    score = scored(hand.pixels, as_segmentation(hand.masks), bundle, engine)
    shares = np.array([one.mask.mean() for one in cut_out(hand.pixels, hand.masks, BONES)])
    each = 1 / (1 + np.exp(-GAIN * (shares - HALF)))
    mean = each.mean()
    assert score.probability == pytest.approx(1 / (1 + np.exp(-(0.5 * np.log(mean / (1 - mean)) + 0.3))), abs=1e-4)
    assert [one.bone for one in score.bones] == list(BONES)
    assert score.bones[2].probability == pytest.approx(1 / (1 + np.exp(-(0.5 * np.log(each[2] / (1 - each[2])) + 0.3))), abs=1e-4)
    assert score.interval == (score.probability, score.probability)
    assert any("without alternatives" in reason for reason in score.reasons)


def test_wider_hypotheses_widen_the_interval_upwards(bundle: Bundle, engine: OpenVinoEngine) -> None:
    from scipy.ndimage import binary_dilation

    hand = draw_hand()
    wide = np.stack([binary_dilation(mask, iterations=3) for mask in hand.masks])
    same = as_segmentation(hand.masks, as_hypotheses([hand.masks, hand.masks], [0.5, 0.5]))
    differing = as_segmentation(hand.masks, as_hypotheses([hand.masks, wide], [0.5, 0.5]))
    narrow = scored(hand.pixels, same, bundle, engine)
    broad = scored(hand.pixels, differing, bundle, engine)
    assert narrow.probability == broad.probability
    assert narrow.interval is not None
    assert broad.interval is not None
    assert narrow.interval[1] - narrow.interval[0] < 0.08
    assert broad.interval[1] > narrow.interval[1] + 0.1
    assert all(one.interval[0] <= one.probability <= one.interval[1] for one in broad.bones)


def test_a_refusal_gives_no_probability(bundle: Bundle, engine: OpenVinoEngine) -> None:
    hand = draw_hand()
    finding = QualityFinding("not_a_hand", Severity.REFUSAL, "This is no hand.")
    score = scored(hand.pixels, as_segmentation(hand.masks), bundle, engine, (finding, REMARK), 0.3)
    assert (score.state, score.probability, score.interval, score.bones) == (State.NOT_ANALYSABLE, None, None, ())
    assert score.reasons == (finding.text,)


def test_too_few_bones_are_not_analysable(bundle: Bundle, engine: OpenVinoEngine) -> None:
    hand = draw_hand(bones=(Bone.METACARPAL_2, Bone.METACARPAL_3))
    score = scored(hand.pixels, as_segmentation(hand.masks), bundle, engine)
    assert score.state is State.NOT_ANALYSABLE
    assert score.probability is None
    assert "2 of 7" in score.reasons[0]


def test_three_bones_are_enough(bundle: Bundle, engine: OpenVinoEngine) -> None:
    hand = draw_hand(bones=(Bone.RADIUS, Bone.METACARPAL_2, Bone.METACARPAL_3))
    score = scored(hand.pixels, as_segmentation(hand.masks), bundle, engine)
    assert score.probability is not None
    assert [one.bone for one in score.bones] == [Bone.RADIUS, Bone.METACARPAL_2, Bone.METACARPAL_3]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cutouts": {"version": 99, "rows": 192, "columns": 80}}, "cutouts.version"),
        ({"cutouts": {"version": 1, "rows": 64, "columns": 80}}, "cutouts.rows"),
        ({"calibration": {"slope": -1.0, "intercept": 0.0}}, "calibration.slope"),
        ({"cortical_index": {"rule_in": 0.6, "rule_out": 0.4}}, "cortical_index.rule_in"),
        ({"fewest_bones": 0}, "fewest_bones"),
        ({"familiarity": {"accepted": 0.99, "films": 600}}, "familiarity.threshold"),
        ({"familiarity": {"threshold": 0.0, "accepted": 0.99, "films": 600}}, "familiarity.threshold"),
        ({"familiarity": {"threshold": 1.8, "accepted": 99, "films": 600}}, "familiarity.accepted"),
        ({"familiarity": 1.8}, "familiarity"),
    ],
)
def test_a_wrong_field_of_the_bundle_is_named(bundle: Bundle, changes: dict[str, object], named: str) -> None:
    assert bundle.classification is not None
    wrong = replace(bundle, classification=replace(bundle.classification, settings=settings(**changes)))
    with pytest.raises(BundleError, match=named) as caught:
        read_settings(wrong)
    assert "\n" not in str(caught.value)


def test_a_film_s_distance_is_the_mean_over_its_bones(tmp_path: Path, engine: OpenVinoEngine) -> None:
    bundle = area_bundle(tmp_path, familiarity={"threshold": 1.8, "accepted": 0.99, "films": 600})
    hand = draw_hand()
    found = read_bones(plain_film(hand.pixels, spacing=Spacing()), as_segmentation(hand.masks), bundle, engine)
    shares = np.array([one.mask.mean() for one in cut_out(hand.pixels, hand.masks, BONES)])
    known = familiarity(found, bundle)
    assert known is not None
    assert known.distance == pytest.approx(shares.mean() / USUAL_SHARE, rel=1e-5)
    assert (known.threshold, known.accepted, known.films) == (1.8, 0.99, 600)


def test_without_a_limit_nobody_can_tell(bundle: Bundle, engine: OpenVinoEngine) -> None:
    hand = draw_hand()
    found = read_bones(plain_film(hand.pixels, spacing=Spacing()), as_segmentation(hand.masks), bundle, engine)
    assert familiarity(found, bundle) is None


def test_a_limit_without_the_graph_s_distance_is_named(tmp_path: Path, engine: OpenVinoEngine) -> None:
    section = {**classifier_section(), "familiarity": {"threshold": 1.8, "accepted": 0.99, "films": 600}}
    bundle = load_bundle(write_band_bundle(tmp_path, classifier=True, classification=section))
    hand = draw_hand()
    found = read_bones(plain_film(hand.pixels, spacing=Spacing()), as_segmentation(hand.masks), bundle, engine)
    assert found.distance is None
    with pytest.raises(BundleError, match="familiarity"):
        familiarity(found, bundle)


def test_nothing_to_cut_out_is_no_error(bundle: Bundle, engine: OpenVinoEngine) -> None:
    hand = draw_hand()
    score = scored(hand.pixels, as_segmentation(np.zeros_like(hand.masks)), bundle, engine)
    assert score.state is State.NOT_ANALYSABLE
    assert "0 of 7" in score.reasons[0]
