"""Entropies and disagreement against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from OsteoScreenLib.segmentation.uncertainty import binary_entropy, disagreement, entropies, most_uncertain_bone
from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses

MAPPING = GridMapping(np.eye(2), np.zeros(2), (4, 4), (4, 4))


def hypotheses(masks: list[np.ndarray], weights: list[float]) -> Hypotheses:
    probabilities = np.stack(masks).astype(np.float32)[:, None]
    return Hypotheses(probabilities, np.array(weights), np.arange(len(masks)), MAPPING)


def test_binary_entropy_in_bits() -> None:
    values = binary_entropy(np.array([0, 0.5, 1, 0.25], np.float32))
    np.testing.assert_allclose(values, [0, 1, 0, 0.811278], atol=1e-5)


def test_agreeing_but_unsure_hypotheses_have_no_between_part() -> None:
    mean = np.full((7, 2, 2), 0.5, np.float32)
    total, between = entropies(mean, binary_entropy(mean))
    np.testing.assert_allclose(total, 1)
    np.testing.assert_allclose(between, 0)


def test_sure_but_contradicting_hypotheses_are_all_between() -> None:
    mean = np.full((7, 2, 2), 0.5, np.float32)
    total, between = entropies(mean, np.zeros_like(mean))
    np.testing.assert_allclose(between, total)


def test_rounding_never_makes_between_negative() -> None:
    mean = np.full((7, 2, 2), 0.3, np.float32)
    _, between = entropies(mean, binary_entropy(mean) + 1e-4)
    assert (between >= 0).all()


def test_the_most_uncertain_bone_lends_both_values() -> None:
    total = np.zeros((7, 1, 2), np.float32)
    between = np.zeros((7, 1, 2), np.float32)
    total[2, 0, 0], between[2, 0, 0] = 0.8, 0.1
    total[3, 0, 0], between[3, 0, 0] = 0.6, 0.5
    most, most_between = most_uncertain_bone(total, between)
    np.testing.assert_allclose(most, [[0.8, 0]])
    np.testing.assert_allclose(most_between, [[0.1, 0]])


def test_disagreement_of_two_halves_and_one_whole() -> None:
    left, right, whole = (np.zeros((4, 4)) for _ in range(3))
    left[:, :2] = 1
    right[:, 2:] = 1
    whole[:] = 1
    # IoU: left-right 0, left-whole 1/2, right-whole 1/2.
    value = disagreement(hypotheses([left, right, whole], [0.25, 0.25, 0.5]), 0, 0.5)
    wanted = 2 * (0.25 * 0.25 * 1 + 0.25 * 0.5 * 0.5 + 0.25 * 0.5 * 0.5)
    assert value == pytest.approx(wanted)


def test_equal_and_empty_hypotheses_do_not_disagree() -> None:
    whole, empty = np.ones((4, 4)), np.zeros((4, 4))
    assert disagreement(hypotheses([whole, whole], [0.5, 0.5]), 0, 0.5) == pytest.approx(0)
    assert disagreement(hypotheses([empty, empty], [0.5, 0.5]), 0, 0.5) == 0
    assert disagreement(hypotheses([whole, empty], [0.5, 0.5]), 0, 0.5) == pytest.approx(0.5)
