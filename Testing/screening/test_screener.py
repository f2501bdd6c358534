"""The whole path with the real engine: order, progress, refusal, corrected masks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib import __version__
from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.screening.screener import STAGES, Screener
from Testing.band_bundle import band_film, hand_masks, plain_film, write_band_bundle
from Testing.classification.area_classifier import area_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_band_bundle(tmp_path_factory.mktemp("bundle")))


@pytest.fixture(scope="module")
def screener(bundle: Bundle) -> Screener:
    return Screener(bundle)


@pytest.fixture
def film() -> Radiograph:
    return band_film(hand_masks(), age_years=60)


def test_a_hand_is_outlined_and_described(screener: Screener, bundle: Bundle, film: Radiograph) -> None:
    result = screener.screen(film, seed=3, samples=2)
    assert result.segmentation.found_bones == BONES
    assert result.film.shape == film.shape
    assert result.bundle == bundle.identity
    assert (result.seed, result.samples, result.software_version) == (3, 2, __version__)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result.created)
    assert list(result.timings) == list(STAGES)
    assert all(seconds > 0 for seconds in result.timings.values())


def test_a_bundle_without_classifier_says_so_instead_of_scoring(screener: Screener, film: Radiograph) -> None:
    score = screener.screen(film).score
    assert (score.state, score.probability, score.interval) == (State.NOT_ANALYSABLE, None, None)
    assert "holds no classifier" in score.reasons[-1]


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Screener:
    return Screener(load_bundle(write_band_bundle(tmp_path_factory.mktemp("scoring"), classifier=True)))


def test_a_hand_is_scored_bone_by_bone_with_an_interval(scoring: Screener, film: Radiograph) -> None:
    score = scoring.screen(film).score
    # A mean pixel value in 0..1 is a logit in 0..1: between the thresholds of .1 and .9.
    assert score.state is State.INDETERMINATE
    assert score.probability is not None
    assert 0.5 < score.probability < 0.74
    assert score.interval is not None
    assert score.interval[0] <= score.probability <= score.interval[1]
    assert tuple(bone.bone for bone in score.bones) == BONES
    assert score.operating_point is not None
    assert score.operating_point.population == "brightness bands"


def test_a_refused_film_is_not_scored_by_a_bundle_that_could(scoring: Screener) -> None:
    score = scoring.screen(plain_film(np.random.default_rng(0).random((300, 250)))).score
    assert (score.state, score.probability, score.bones) == (State.NOT_ANALYSABLE, None, ())
    assert score.operating_point is not None


@pytest.mark.parametrize(
    ("threshold", "scored", "code"),
    [(0.0001, False, "unlike_training_films"), (1000.0, True, None), (None, True, "familiarity_unknown")],
)
def test_a_film_unlike_the_training_films_is_known_before_the_score(
    tmp_path: Path, film: Radiograph, threshold: float | None, scored: bool, code: str | None
) -> None:
    limit = {} if threshold is None else {"familiarity": {"threshold": threshold, "accepted": 0.99, "films": 600}}
    result = Screener(area_bundle(tmp_path, cutouts={"version": 1, "rows": 192, "columns": 80}, **limit)).screen(film)
    assert (result.score.state is not State.NOT_ANALYSABLE) == scored
    assert (result.score.probability is not None) == scored
    told = {"unlike_training_films", "familiarity_unknown"} & {finding.code for finding in result.quality}
    assert told == ({code} if code else set())


def test_the_score_follows_corrected_masks(scoring: Screener, film: Radiograph) -> None:
    result = scoring.screen(film)
    masks = result.segmentation.masks.copy()
    masks[Bone.RADIUS.channel] = False
    score = scoring.rescore(film, result, masks).score
    assert Bone.RADIUS not in [bone.bone for bone in score.bones]
    assert score.probability != result.score.probability


def test_what_is_no_hand_is_not_analysable_with_the_reason(screener: Screener) -> None:
    noise = np.random.default_rng(0).random((300, 250))
    result = screener.screen(plain_film(noise))
    assert result.score.state is State.NOT_ANALYSABLE
    assert result.score.probability is None
    assert result.quality[0].code == "not_a_hand"
    assert result.score.reasons[0] == result.quality[0].text


def test_progress_names_the_stages_in_order_and_ends_at_one(screener: Screener, film: Radiograph) -> None:
    seen: list[tuple[str, float]] = []
    screener.screen(film, progress=lambda stage, fraction: seen.append((stage, fraction)))
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(stage for stage, _ in seen)) == list(STAGES)


def test_the_bundle_decides_how_many_samples_are_drawn(screener: Screener, bundle: Bundle, film: Radiograph) -> None:
    result = screener.screen(film)
    assert result.samples == bundle.segmentation.samples
    assert result.segmentation.hypotheses is not None
    assert len(result.segmentation.hypotheses.weights) == bundle.segmentation.samples * bundle.segmentation.experts


def test_the_same_film_twice_gives_the_same_result(screener: Screener, film: Radiograph) -> None:
    one, other = screener.screen(film, seed=1), screener.screen(film, seed=1)
    np.testing.assert_array_equal(one.segmentation.masks, other.segmentation.masks)
    np.testing.assert_array_equal(one.segmentation.uncertainty.total, other.segmentation.uncertainty.total)
    assert (one.radiogrammetry, one.quality, one.score) == (other.radiogrammetry, other.quality, other.score)


def test_corrected_masks_are_measured_and_judged_again(screener: Screener, film: Radiograph) -> None:
    result = screener.screen(film)
    masks = result.segmentation.masks.copy()
    masks[Bone.ULNA.channel] = False
    again = screener.rescore(film, result, masks)
    assert not again.segmentation.found(Bone.ULNA)
    assert again.segmentation.found(Bone.RADIUS)
    assert again.segmentation.bones[0] == result.segmentation.bones[0]
    before, after = result.segmentation.hypotheses, again.segmentation.hypotheses
    assert before is not None
    assert after is not None
    assert not after.probabilities[:, Bone.ULNA.channel].any()
    np.testing.assert_array_equal(after.probabilities[:, Bone.RADIUS.channel], before.probabilities[:, Bone.RADIUS.channel])
    assert "bones_missing" in {finding.code for finding in again.quality}
    assert "bones_missing" not in {finding.code for finding in result.quality}
    assert again.seed == result.seed
    masks[:] = True
    assert not again.segmentation.found(Bone.ULNA), "the caller's array is not kept"


def test_masks_of_another_size_are_refused(screener: Screener, film: Radiograph) -> None:
    result = screener.screen(film)
    with pytest.raises(UsageError, match="not bool"):
        screener.rescore(film, result, result.segmentation.masks[:, 1:])
    with pytest.raises(UsageError, match="not bool"):
        screener.rescore(film, result, result.segmentation.masks.astype(np.uint8))


def test_an_unknown_engine_is_refused_before_any_work(bundle: Bundle) -> None:
    with pytest.raises(UsageError, match="unknown"):
        Screener(bundle, "abacus")


def test_a_film_narrower_than_its_window_still_screens(screener: Screener, film: Radiograph) -> None:
    flat = replace(film, pixels=np.zeros_like(film.pixels), window=(0.0, 0.0))
    assert screener.screen(flat).score.state is State.NOT_ANALYSABLE
