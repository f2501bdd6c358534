"""Metrics of a set of outlines against cases computed by hand and independent ways to compute them."""

from __future__ import annotations

import numpy as np
import ot
import pytest

from training.segmentation import metrics
from training.segmentation.metrics import (
    calibration,
    dice,
    distances,
    generalised_energy_distance,
    hausdorff_95,
    marginal,
    matched_iou,
)


def outlining(**bones: tuple[int, int]) -> np.ndarray:
    """(1, 7, 4, 8): bone ``b0`` .. ``b6`` covers pixels first..last of the grid in reading order."""
    masks = np.zeros((1, 7, 32), dtype=bool)
    for name, (first, last) in bones.items():
        masks[0, int(name[1:]), first:last] = True
    return masks.reshape(1, 7, 4, 8)


def random_outlinings(count: int, seed: int, *, side: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    masks = rng.random((count, 7, side, side)) < rng.uniform(0.1, 0.9, (count, 7, 1, 1))
    masks[rng.random((count, 7)) < 0.2] = False
    return masks


def square(top: int, left: int, side: int, grid: tuple[int, int] = (60, 80)) -> np.ndarray:
    mask = np.zeros(grid, dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_distance_is_the_mean_over_bones_that_either_contains() -> None:
    one = outlining(b0=(0, 6), b1=(10, 20))
    other = outlining(b0=(3, 9), b4=(0, 5))
    # bone 0: 3 of 9 in common; bones 1 and 4: in one only; the four others do not count
    assert distances(one, other)[0, 0] == pytest.approx(1 - (3 / 9) / 3)


def test_two_empty_outlinings_are_equal_and_an_empty_one_is_far_from_a_full_one() -> None:
    empty, full = outlining(), outlining(b2=(0, 32))
    assert distances(empty, empty)[0, 0] == 0
    assert distances(empty, full)[0, 0] == 1


def test_distances_equal_a_plain_loop() -> None:
    first, second = random_outlinings(5, 1), random_outlinings(3, 2)
    expected = np.empty((5, 3))
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            ious = [(p & q).sum() / (p | q).sum() for p, q in zip(a, b, strict=True) if (p | q).any()]
            expected[i, j] = 1 - np.mean(ious)
    assert distances(first, second) == pytest.approx(expected, abs=1e-12)


def test_probabilities_are_masks_above_the_threshold() -> None:
    masks = random_outlinings(4, 3)
    probabilities = np.where(masks, 0.7, 0.3).astype(np.float32)
    assert np.array_equal(distances(probabilities, masks), distances(masks, masks))
    assert distances(probabilities, masks, threshold=0.8).diagonal() == pytest.approx(np.ones(4))


def test_energy_distance_of_equal_sets_is_zero() -> None:
    masks = random_outlinings(4, 4)
    assert generalised_energy_distance(masks, None, masks) == pytest.approx(0, abs=1e-12)
    # the same distribution, written with a hypothesis twice at half the weight and another order
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    twice = np.concatenate([masks[::-1], masks[:1]])
    assert generalised_energy_distance(twice, np.array([0.1, 0.2, 0.3, 0.2, 0.2]), masks, weights) == pytest.approx(0, abs=1e-12)


def test_energy_distance_by_hand() -> None:
    # d(s1, s2) = 1, d(s1, y) = 1/2, d(s2, y) = 1/2
    first, second, annotator = outlining(b0=(0, 4)), outlining(b0=(4, 8)), outlining(b0=(0, 8))
    hypotheses = np.concatenate([first, second])
    assert generalised_energy_distance(hypotheses, None, annotator) == pytest.approx(2 * 0.5 - 0.5 * 1)
    skewed = generalised_energy_distance(hypotheses, np.array([0.9, 0.1]), annotator)
    assert skewed == pytest.approx(2 * 0.5 - 2 * 0.9 * 0.1)
    # a collapsed model pays for the annotators' disagreement that it lacks
    assert generalised_energy_distance(annotator, None, hypotheses) == pytest.approx(2 * 0.5 - 0.5)


def test_energy_distance_of_disjoint_sets_is_two_less_their_spread() -> None:
    near = np.concatenate([outlining(b0=(0, 4)), outlining(b0=(0, 8))])
    far = np.concatenate([outlining(b0=(16, 20)), outlining(b0=(20, 24))])
    assert generalised_energy_distance(near, None, far) == pytest.approx(2 - 0.5 * 0.5 - 0.5 * 1)


def test_matched_iou_by_hand() -> None:
    annotators = np.concatenate([outlining(b0=(0, 8)), outlining(b0=(16, 24))])
    hypotheses = np.concatenate([outlining(b0=(16, 22)), outlining(b0=(0, 4))])
    assert matched_iou(hypotheses, None, annotators) == pytest.approx((6 / 8 + 4 / 8) / 2)
    # a third of the mass cannot go where it fits and overlaps nothing there
    weights = np.array([1 / 2 + 1 / 3, 1 / 2 - 1 / 3])
    assert matched_iou(hypotheses, weights, annotators) == pytest.approx(0.5 * 6 / 8 + (0.5 - 1 / 3) * 4 / 8)
    assert matched_iou(annotators, None, annotators) == 1


@pytest.mark.parametrize(("count", "annotators"), [(4, 4), (8, 4), (6, 4), (5, 3), (1, 4)])
def test_assignment_equals_transport_for_uniform_weights(count: int, annotators: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hypotheses, targets = random_outlinings(count, 5), random_outlinings(annotators, 6)
    cost = distances(hypotheses, targets)
    transported = 1 - ot.emd2(np.full(count, 1 / count), np.full(annotators, 1 / annotators), cost)
    assert matched_iou(hypotheses, None, targets) == pytest.approx(transported, abs=1e-9)
    monkeypatch.setattr(metrics, "LARGEST_ASSIGNMENT", 0)
    assert matched_iou(hypotheses, None, targets) == pytest.approx(transported, abs=1e-9)


def test_marginal_is_the_weighted_mean() -> None:
    masks = random_outlinings(3, 7)
    weights = np.array([0.5, 0.3, 0.2])
    expected = 0.5 * masks[0] + 0.3 * masks[1] + 0.2 * masks[2]
    assert marginal(masks, weights) == pytest.approx(expected, abs=1e-6)


def test_outcomes_drawn_by_the_probability_are_calibrated() -> None:
    rng = np.random.default_rng(8)
    probability = rng.random((7, 200, 200))
    drawn = rng.random(probability.shape) < probability
    # 28 000 pixels per bin: a bin's mean has a standard deviation of at most .003
    assert calibration(probability, drawn).error < 0.005
    assert calibration(probability, probability).error == pytest.approx(0, abs=1e-12)
    assert calibration(np.sqrt(probability), drawn).error == pytest.approx(2 / 3 - 1 / 2, abs=0.005)


def test_calibration_by_hand() -> None:
    probability = np.array([0.05, 0.05, 0.92, 1.0])
    reference = np.array([0.0, 0.5, 1.0, 0.5])
    found = calibration(probability, reference)
    assert found.pixels.tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found.probability[[0, 9]] == pytest.approx([0.05, 0.96])
    assert found.reference[[0, 9]] == pytest.approx([0.25, 0.75])
    assert found.error == pytest.approx(0.5 * 0.20 + 0.5 * 0.21)


def test_dice() -> None:
    assert dice(square(0, 0, 10), square(0, 5, 10)) == pytest.approx(0.5)
    assert dice(square(0, 0, 0), square(0, 0, 0)) == 1
    assert dice(square(0, 0, 0), square(0, 0, 3)) == 0


@pytest.mark.parametrize(("spacing", "per_column", "per_row"), [(1.0, 1.0, 1.0), ((0.5, 0.2), 0.2, 0.5)])
def test_hausdorff_of_shifted_squares(spacing: float | tuple[float, float], per_column: float, per_row: float) -> None:
    first = square(10, 10, 20)
    assert hausdorff_95(first, first, spacing) == 0
    # one whole side of each square is that far from the other: more than 5 % of the boundary
    assert hausdorff_95(first, square(10, 14, 20), spacing) == pytest.approx(4 * per_column)
    assert hausdorff_95(first, square(17, 10, 20), spacing) == pytest.approx(7 * per_row)
    assert hausdorff_95(square(10, 10, 20), square(17, 10, 20)) == hausdorff_95(square(17, 10, 20), square(10, 10, 20))


def test_hausdorff_ignores_a_twentieth_of_the_boundary_and_no_more() -> None:
    plain = square(10, 10, 40)
    speck, patch = plain.copy(), plain.copy()
    speck[0, 70:73] = True
    patch[0:6, 68:74] = True
    assert hausdorff_95(plain, speck) == 0
    assert hausdorff_95(plain, patch) > 15
    assert hausdorff_95(patch, plain) == hausdorff_95(plain, patch)


def test_hausdorff_of_empty_masks() -> None:
    empty = np.zeros((30, 40), dtype=bool)
    assert hausdorff_95(empty, empty) == 0
    assert hausdorff_95(empty, square(3, 3, 5, (30, 40))) == pytest.approx(50)
    assert hausdorff_95(square(3, 3, 5, (30, 40)), empty, 0.2) == pytest.approx(10)


@pytest.mark.parametrize("weights", [[0.5, 0.6], [1.5, -0.5], [1.0]])
def test_weights_that_are_no_shares_are_refused(weights: list[float]) -> None:
    masks = random_outlinings(2, 9)
    with pytest.raises(ValueError, match=r"weights is .*: give 2 shares"):
        generalised_energy_distance(masks, np.array(weights), masks)


def test_masks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 7, 12, 12\) and \(2, 7, 10, 10\)"):
        distances(random_outlinings(2, 0), random_outlinings(2, 0, side=10))
    with pytest.raises(ValueError, match="one grid"):
        hausdorff_95(square(0, 0, 3), square(0, 0, 3, (10, 10)))
    with pytest.raises(ValueError, match="reference ranges from 0 to 255"):
        calibration(np.array([0.1, 0.2]), np.array([0, 255]))
