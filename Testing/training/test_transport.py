"""Optimal transport between hypotheses and annotators against an independent solver, loops and automatic differentiation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from training.segmentation.transport import (
    MatchedCost,
    cost_matrix,
    greedy_plan,
    row_capacity,
    transport_loss,
    transport_plan,
)

HYPOTHESES, ANNOTATORS = 6, 4


def random_maps(seed: int, *, batch: int = 2, side: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, HYPOTHESES, 7, side, side, generator=generator, dtype=torch.float64) * 2
    targets = torch.rand(batch, ANNOTATORS, 7, side, side, generator=generator, dtype=torch.float64)
    return logits, (targets * 1.6 - 0.3).clamp(0, 1)


def bound(gamma: float, hypotheses: int = HYPOTHESES) -> np.ndarray:
    return np.full(hypotheses, gamma)


def solved_as_linear_programme(cost: np.ndarray, capacity: np.ndarray) -> float:
    hypotheses, annotators = cost.shape
    columns = np.kron(np.ones((1, hypotheses)), np.eye(annotators))
    rows = np.kron(np.eye(hypotheses), np.ones((1, annotators)))
    answer = linprog(
        cost.ravel(),
        A_ub=rows,
        b_ub=capacity,
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
    plan = transport_plan(cost, bound(gamma)).mass
    assert plan.shape == cost.shape
    assert plan.min() >= 0
    assert plan.sum(axis=0) == pytest.approx(np.full(ANNOTATORS, 1 / ANNOTATORS), abs=1e-9)
    assert plan.sum(axis=1).max() <= gamma + 1e-9
    assert (plan * cost).sum() == pytest.approx(solved_as_linear_programme(cost, bound(gamma)), abs=1e-9)


def test_at_gamma_one_every_annotator_takes_the_nearest_hypothesis() -> None:
    cost = np.random.default_rng(9).random((HYPOTHESES, ANNOTATORS))
    expected = np.zeros_like(cost)
    expected[cost.argmin(axis=0), np.arange(ANNOTATORS)] = 1 / ANNOTATORS
    assert transport_plan(cost, bound(1.0)).mass == pytest.approx(expected, abs=1e-9)


def test_at_the_smallest_gamma_every_hypothesis_is_used_equally() -> None:
    cost = np.random.default_rng(9).random((HYPOTHESES, ANNOTATORS))
    used = transport_plan(cost, bound(1 / HYPOTHESES)).mass.sum(axis=1)
    assert used == pytest.approx(np.full(HYPOTHESES, 1 / HYPOTHESES), abs=1e-9)


@pytest.mark.parametrize("hypotheses", [3, 7, 8, 16])
def test_capacities_that_sum_to_one_are_enough_and_less_is_refused(hypotheses: int) -> None:
    cost = np.random.default_rng(1).random((hypotheses, ANNOTATORS))
    assert transport_plan(cost, bound(1 / hypotheses, hypotheses)).mass.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="below 1: the hypotheses cannot carry"):
        transport_plan(cost, bound(0.9 / hypotheses, hypotheses))
    with pytest.raises(ValueError, match=f"below 1 / {hypotheses}"):
        row_capacity(bound(1 / hypotheses, hypotheses), 0.9 / hypotheses)
    with pytest.raises(ValueError, match=f"below 1 / {hypotheses}"):
        greedy_plan(cost, 0.9 / hypotheses)


def test_rows_are_tied_to_the_gate_at_first_and_free_at_last() -> None:
    weights = np.array([0.5, 0.3, 0.1, 0.1])
    assert row_capacity(weights, 1 / 4) == pytest.approx(weights)
    assert row_capacity(weights, 1.0) == pytest.approx(np.ones(4))
    assert row_capacity(np.full(4, 0.25), 0.6) == pytest.approx(np.full(4, 0.6)), "the published bound for a uniform gate"
    assert row_capacity(np.ones(1), 1.0) == pytest.approx(np.ones(1))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("total", [1.0, 1.3, 2.5])
def test_row_prices_are_the_derivative_of_the_optimal_cost(seed: int, total: float) -> None:
    rng = np.random.default_rng([seed, 3])
    cost = rng.random((HYPOTHESES, ANNOTATORS))
    capacity = rng.dirichlet(np.full(HYPOTHESES, 2.0)) * total
    price = transport_plan(cost, capacity).row_price
    assert price.max() <= 1e-12
    step = 1e-6
    for raised, lowered in ((0, 1), (2, 3), (4, 5)):
        moved = capacity.copy()
        moved[raised] += step
        moved[lowered] -= step
        slope = (solved_as_linear_programme(cost, moved) - solved_as_linear_programme(cost, capacity)) / step
        assert price[raised] - price[lowered] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gamma", [1 / HYPOTHESES, 0.2, 0.37, 1.0])
def test_greedy_plan_is_feasible_and_never_better_than_the_exact_one(seed: int, gamma: float) -> None:
    cost = np.random.default_rng(seed).random((HYPOTHESES, ANNOTATORS))
    plan = greedy_plan(cost, gamma).mass
    assert plan.min() >= 0
    assert plan.sum(axis=0) == pytest.approx(np.full(ANNOTATORS, 1 / ANNOTATORS))
    assert plan.sum(axis=1).max() <= gamma + 1e-9
    assert (plan * cost).sum() >= solved_as_linear_programme(cost, bound(gamma)) - 1e-9


def test_greedy_plan_is_exact_at_gamma_one_and_loses_where_rows_are_scarce() -> None:
    costs = [np.random.default_rng(seed).random((HYPOTHESES, ANNOTATORS)) for seed in range(20)]
    for cost in costs:
        assert greedy_plan(cost, 1.0).mass == pytest.approx(transport_plan(cost, bound(1.0)).mass, abs=1e-9)
    losses = [((greedy_plan(c, 0.2).mass - transport_plan(c, bound(0.2)).mass) * c).sum() for c in costs]
    assert max(losses) > 0.01


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
    return torch.from_numpy(np.stack([transport_plan(c, bound(gamma)).mass for c in cost]))


def uniform(batch: int = 2) -> torch.Tensor:
    return torch.full((batch, HYPOTHESES), 1 / HYPOTHESES)


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
    matched, used = MatchedCost.apply(own, uniform(), targets, gamma, cross_entropy, "exact")
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
        lambda x: MatchedCost.apply(x, uniform(1), targets, 1.0, 4.0, "exact")[0].double(),
        (logits.requires_grad_(),),
        eps=5e-3,
        atol=3e-4,
        rtol=2e-2,
        nondet_tol=1e-6,
    )


def test_divergence_pulls_the_gate_towards_the_experts_that_are_used() -> None:
    logits, targets = random_maps(7, batch=3)
    gate = torch.zeros(3, 3, requires_grad=True)  # three experts of two samples
    _, used = MatchedCost.apply(logits, uniform(3), targets, 1.0, 4.0, "exact")
    wanted = used.reshape(3, 3, 2).sum(2)
    for _ in range(400):
        loss, parts = transport_loss(logits, gate, targets, gamma=1.0, kl_weight=1.0, cross_entropy=4.0)
        (slope,) = torch.autograd.grad(loss, gate)
        gate = (gate - 3.0 * slope).detach().requires_grad_()
    assert wanted.std() > 0.1
    assert torch.softmax(gate, 1).detach().numpy() == pytest.approx(wanted.numpy(), abs=0.03)
    assert parts["kl"] == pytest.approx(0.0, abs=0.02)


def test_dual_prices_teach_the_gate_where_a_larger_share_is_cheaper() -> None:
    logits, targets = random_maps(11)
    gate = torch.tensor([[0.4, -0.2, 0.1], [0.0, 0.3, -0.5]], dtype=torch.float64)

    def matched(values: torch.Tensor, coupling: str = "exact") -> torch.Tensor:
        return transport_loss(logits, values, targets, gamma=0.22, kl_weight=0.0, cross_entropy=4.0, coupling=coupling)[0]

    start = gate.clone().requires_grad_()
    matched(start).backward()
    assert start.grad is not None
    assert float(start.grad.abs().max()) > 1e-3
    step = 1e-3
    for film in range(2):
        for expert in range(3):
            shifted = gate.clone()
            shifted[film, expert] += step
            other = gate.clone()
            other[film, expert] -= step
            slope = float(matched(shifted) - matched(other)) / (2 * step)
            assert float(start.grad[film, expert]) == pytest.approx(slope, abs=2e-3)
    greedy = gate.clone().requires_grad_()
    matched(greedy, "greedy").backward()
    assert greedy.grad is not None
    assert float(greedy.grad.abs().max()) == 0, "as published, only the divergence reaches the gate"


def test_loss_is_the_transport_and_its_share_of_divergence() -> None:
    logits, targets = random_maps(8)
    gate = torch.zeros(2, 3)
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
