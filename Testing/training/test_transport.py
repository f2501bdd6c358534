"""Optimal transport between hypotheses and annotators against an independent solver, loops and automatic differentiation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from training.segmentation.transport import MatchedCost, cost_matrix, transport_loss, transport_plan

HYPOTHESES, ANNOTATORS = 6, 4


def random_maps(seed: int, *, batch: int = 2, side: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, HYPOTHESES, 7, side, side, generator=generator, dtype=torch.float64) * 2
    targets = torch.rand(batch, ANNOTATORS, 7, side, side, generator=generator, dtype=torch.float64)
    return logits, (targets * 1.6 - 0.3).clamp(0, 1)


def solved_as_linear_programme(cost: np.ndarray, gamma: float) -> float:
    hypotheses, annotators = cost.shape
    columns = np.kron(np.ones((1, hypotheses)), np.eye(annotators))
    rows = np.kron(np.eye(hypotheses), np.ones((1, annotators)))
    answer = linprog(
        cost.ravel(),
        A_ub=rows,
        b_ub=np.full(hypotheses, gamma),
        A_eq=columns,
        b_eq=np.full(annotators, 1 / annotators),
        method="highs",
    )
    assert answer.success
    return float(answer.fun)


@pytest.mark.parametrize("gamma", [1 / HYPOTHESES, 0.2, 0.25, 0.37, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_plan_is_optimal_and_keeps_its_bounds(gamma: float, seed: int) -> None:
    cost = np.random.default_rng(seed).random((HYPOTHESES, ANNOTATORS))
    plan = transport_plan(cost, gamma)
    assert plan.shape == cost.shape
    assert plan.min() >= 0
    assert plan.sum(axis=0) == pytest.approx(np.full(ANNOTATORS, 1 / ANNOTATORS), abs=1e-9)
    assert plan.sum(axis=1).max() <= gamma + 1e-9
    assert (plan * cost).sum() == pytest.approx(solved_as_linear_programme(cost, gamma), abs=1e-9)


def test_at_gamma_one_every_annotator_takes_the_nearest_hypothesis() -> None:
    cost = np.random.default_rng(9).random((HYPOTHESES, ANNOTATORS))
    expected = np.zeros_like(cost)
    expected[cost.argmin(axis=0), np.arange(ANNOTATORS)] = 1 / ANNOTATORS
    assert transport_plan(cost, 1.0) == pytest.approx(expected, abs=1e-9)


def test_at_the_smallest_gamma_every_hypothesis_is_used_equally() -> None:
    cost = np.random.default_rng(9).random((HYPOTHESES, ANNOTATORS))
    used = transport_plan(cost, 1 / HYPOTHESES).sum(axis=1)
    assert used == pytest.approx(np.full(HYPOTHESES, 1 / HYPOTHESES), abs=1e-9)


@pytest.mark.parametrize("hypotheses", [3, 7, 8, 16])
def test_one_over_any_number_of_hypotheses_is_enough_and_less_is_refused(hypotheses: int) -> None:
    cost = np.random.default_rng(1).random((hypotheses, ANNOTATORS))
    assert transport_plan(cost, 1 / hypotheses).sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match=f"below 1 / {hypotheses}"):
        transport_plan(cost, 0.9 / hypotheses)


def test_cost_matrix_agrees_with_a_literal_double_loop() -> None:
    logits, targets = random_maps(0)
    found = cost_matrix(logits, targets, 4.0)
    for film in range(2):
        for i in range(HYPOTHESES):
            for j in range(ANNOTATORS):
                bones = []
                for bone in range(7):
                    p, y = torch.sigmoid(logits[film, i, bone]), targets[film, j, bone]
                    overlap = (p * y).sum()
                    union = p.sum() + y.sum() - overlap
                    entropy = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
                    bones.append(1 - (overlap + 1) / (union + 1) + 4.0 * entropy)
                assert float(found[film, i, j]) == pytest.approx(float(torch.stack(bones).mean()), rel=1e-5)


def test_a_perfect_hypothesis_costs_next_to_nothing_and_an_absent_bone_matches() -> None:
    target = torch.zeros(1, 1, 7, 8, 8)
    target[:, :, :4, 2:6, 2:6] = 1
    assert float(cost_matrix(target * 40 - 20, target, 4.0)) == pytest.approx(0.0, abs=1e-4)
    assert float(cost_matrix(20 - target * 40, target, 4.0)) > 10


def same_plan(logits: torch.Tensor, targets: torch.Tensor, gamma: float, cross_entropy: float) -> torch.Tensor:
    cost = cost_matrix(logits.detach(), targets, cross_entropy).double().numpy()
    return torch.from_numpy(np.stack([transport_plan(c, gamma) for c in cost]))


@pytest.mark.parametrize("gamma", [1 / HYPOTHESES, 0.3, 1.0])
@pytest.mark.parametrize("cross_entropy", [0.0, 4.0])
def test_written_gradient_is_that_of_automatic_differentiation(gamma: float, cross_entropy: float) -> None:
    logits, targets = random_maps(3)
    film_weights = torch.tensor([1.0, 0.3])
    plan = same_plan(logits, targets, gamma, cross_entropy)
    reference = logits.clone().requires_grad_()
    cost = (plan * cost_matrix(reference, targets, cross_entropy)).sum(dim=(1, 2))
    (cost * film_weights).sum().backward()
    own = logits.clone().requires_grad_()
    matched, used = MatchedCost.apply(own, targets, gamma, cross_entropy)
    (matched * film_weights).sum().backward()
    assert matched.detach().double().numpy() == pytest.approx(cost.detach().numpy(), rel=1e-5)
    assert used.numpy() == pytest.approx(plan.sum(2).numpy(), abs=1e-6)
    assert reference.grad is not None
    assert own.grad is not None
    largest = float(reference.grad.abs().max())
    assert largest > 1e-4
    assert own.grad.numpy() == pytest.approx(reference.grad.numpy(), abs=2e-6 * largest)


def test_written_gradient_passes_numerical_differentiation() -> None:
    logits, targets = random_maps(5, batch=1, side=2)
    cost = cost_matrix(logits, targets, 4.0).double().numpy()[0]
    ordered = np.sort(cost, axis=0)
    assert (ordered[1] - ordered[0]).min() > 0.01, "the plan must not flip under the steps taken"
    # The cost is accumulated in single precision, hence the coarse step and tolerance.
    assert torch.autograd.gradcheck(
        lambda x: MatchedCost.apply(x, targets, 1.0, 4.0)[0].double(),
        (logits.requires_grad_(),),
        eps=5e-3,
        atol=3e-4,
        rtol=2e-2,
        nondet_tol=1e-6,
    )


def test_divergence_pulls_the_gate_towards_the_experts_that_are_used() -> None:
    logits, targets = random_maps(7, batch=3)
    gate = torch.zeros(3, 3, requires_grad=True)  # three experts of two samples
    _, used = MatchedCost.apply(logits, targets, 1.0, 4.0)
    wanted = used.reshape(3, 3, 2).sum(2)
    for _ in range(400):
        loss, parts = transport_loss(logits, gate, targets, gamma=1.0, kl_weight=1.0, cross_entropy=4.0)
        (slope,) = torch.autograd.grad(loss, gate)
        gate = (gate - 3.0 * slope).detach().requires_grad_()
    assert wanted.std() > 0.1
    assert torch.softmax(gate, 1).detach().numpy() == pytest.approx(wanted.numpy(), abs=0.03)
    assert parts["kl"] == pytest.approx(0.0, abs=0.02)


def test_loss_is_the_transport_and_its_share_of_divergence() -> None:
    logits, targets = random_maps(8)
    gate = torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, 0.0]])
    plain, parts = transport_loss(logits, gate, targets, gamma=0.4, kl_weight=0.0, cross_entropy=4.0)
    weighted, _ = transport_loss(logits, gate, targets, gamma=0.4, kl_weight=0.7, cross_entropy=4.0)
    plan = same_plan(logits, targets, 0.4, 4.0)
    used = plan.sum(2).reshape(2, 3, 2).sum(2).numpy()
    log_weight = torch.log_softmax(gate, 1).numpy()
    divergence = np.mean(
        [sum(u * (np.log(u) - w) for u, w in zip(*row, strict=True) if u > 0) for row in zip(used, log_weight, strict=True)]
    )
    assert float(plain) == pytest.approx(float((plan * cost_matrix(logits, targets, 4.0)).sum() / 2), rel=1e-5)
    assert parts["kl"] == pytest.approx(divergence, abs=1e-5)
    assert float(weighted - plain) == pytest.approx(0.7 * divergence, abs=1e-5)
