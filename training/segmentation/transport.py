"""Optimal transport between hypotheses and annotators: the cost matrix, the exact plan, and what both teach the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import ot
import torch
import torch.nn.functional as functional

Coupling = Literal["exact", "greedy"]


def cost_matrix(logits: torch.Tensor, targets: torch.Tensor, cross_entropy: float) -> torch.Tensor:
    """Cost of matching every hypothesis with every annotator, by matrix products.

    C = mean over bones of (1 - soft IoU) + ``cross_entropy`` * mean binary cross entropy. The cross entropy is linear in the
    targets, so it is one matrix product as well; it keeps the probabilities calibrated where the overlap is already good.

    Parameters
    ----------
    logits
        (B, N, 7, H, W)
    targets
        (B, M, 7, H, W), 0..1
    cross_entropy
        Weight of the cross entropy.

    Returns
    -------
    (B, N, M) float32
    """
    flat = _flat(logits)
    return _measure(flat, flat.sigmoid(), _flat(targets).to(flat.dtype), cross_entropy).cost


@dataclass(frozen=True)
class TransportPlan:
    """How much mass every hypothesis gives to every annotator.

    Attributes
    ----------
    mass : float64, N x M; columns sum to 1 / M
    row_price : float64, N; derivative of the optimal cost by each row's capacity (never positive), the rows' dual potentials.
        Where the capacities leave no slack it is known up to a constant, and the largest is set to 0
    """

    mass: np.ndarray
    row_price: np.ndarray


def row_capacity(weights: np.ndarray, gamma: float) -> np.ndarray:
    """Largest mass of every hypothesis: its own weight where gamma is 1 / N, anything at gamma 1, straight in between.

    The published relaxation bounds every row by gamma, whatever the gate says. Here (1 - t) alpha_i + t with
    t = (gamma - 1/N) / (1 - 1/N), which equals gamma for a uniform gate, and ties the plan to the gate as long as gamma < 1.

    Parameters
    ----------
    weights
        (..., N), alpha, summing to 1 over the last axis.
    gamma
        1 / N .. 1.

    Raises
    ------
    ValueError
        If gamma is below 1 / N: the hypotheses could not carry all the mass.
    """
    return np.asarray((1 - relaxation(gamma, weights.shape[-1])) * weights + relaxation(gamma, weights.shape[-1]))


def relaxation(gamma: float, hypotheses: int) -> float:
    """Share t of `row_capacity` that does not depend on the gate, 0 at gamma 1 / N and 1 at gamma 1."""
    if gamma * hypotheses < 1 - 1e-9:
        raise ValueError(f"gamma {gamma} is below 1 / {hypotheses}: the hypotheses cannot carry all the mass")
    return 1.0 if hypotheses == 1 else min(1.0, max(0.0, (gamma - 1 / hypotheses) / (1 - 1 / hypotheses)))


def transport_plan(cost: np.ndarray, capacity: np.ndarray) -> TransportPlan:
    """Exact plan T minimising sum T * C with columns summing to 1 / M and row i at most ``capacity[i]``, with its row prices.

    The slack of the rows goes to one more column of zero cost, which makes it a balanced problem that ``ot.emd`` solves exactly.

    Parameters
    ----------
    cost
        N x M
    capacity
        N, together at least 1.

    Raises
    ------
    ValueError
        If the capacities sum to less than 1: no such plan exists.
    """
    annotators = cost.shape[1]
    slack = float(capacity.sum()) - 1.0
    if slack < -1e-6:
        raise ValueError(f"the capacities sum to {capacity.sum():.6f}, below 1: the hypotheses cannot carry all the mass")
    columns = np.full(annotators, 1.0 / annotators)
    if slack > 1e-9:
        columns = np.append(columns, slack)
        cost = np.concatenate([cost, np.zeros((len(cost), 1))], axis=1)
    columns *= capacity.sum() / columns.sum()
    mass, solved = ot.emd(capacity.astype(np.float64), columns, np.ascontiguousarray(cost, dtype=np.float64), log=True)
    price = solved["u"] + solved["v"][-1] if slack > 1e-9 else solved["u"] - solved["u"].max()
    return TransportPlan(np.asarray(mass[:, :annotators]), np.asarray(price))


def greedy_plan(cost: np.ndarray, gamma: float) -> TransportPlan:
    """The coupling of the published code (Gao et al., ICLR 2023), for comparison: feasible, optimal only for some gamma.

    The annotator with the nearest hypothesis goes first; each pours its mass over the hypotheses from near to far, up to
    ``gamma`` each. The gate plays no part, so the row prices are zero.
    """
    hypotheses, annotators = cost.shape
    relaxation(gamma, hypotheses)  # refuses a gamma for which no plan exists
    mass = np.zeros((hypotheses, annotators))
    room = np.full(hypotheses, gamma)
    for annotator in cost.min(axis=0).argsort(kind="stable"):
        left = 1.0 / annotators
        for hypothesis in cost[:, annotator].argsort(kind="stable"):
            poured = min(left, room[hypothesis])
            mass[hypothesis, annotator] = poured
            room[hypothesis] -= poured
            left -= poured
            if left <= 1e-12:
                break
    return TransportPlan(mass, np.zeros(hypotheses))


def transport_loss(
    logits: torch.Tensor,
    gate: torch.Tensor,
    targets: torch.Tensor,
    *,
    gamma: float,
    kl_weight: float,
    cross_entropy: float,
    coupling: Coupling = "exact",
) -> tuple[torch.Tensor, dict[str, float]]:
    """Loss of the mixture: transport cost under the plan + KL(row sums || hypothesis weights), mean over the batch.

    The gate learns from both: the divergence pulls it towards the experts that are used, and the row prices of the exact plan
    towards those whose larger share would make the match cheaper.

    Parameters
    ----------
    logits
        (B, K * S, 7, H, W), expert-major
    gate
        (B, K), logits of the experts' weights
    targets
        (B, M, 7, H, W), 0..1
    gamma, kl_weight, cross_entropy
        Bound of the plan's rows (see `row_capacity`), weight of the divergence, weight of the cross entropy in the cost.
    coupling
        "exact", or "greedy" as published, where the gate learns from the divergence alone.
    """
    experts, hypotheses = gate.shape[1], logits.shape[1]
    log_weight = gate.float().log_softmax(1)
    samples = hypotheses // experts
    weights = log_weight.exp().repeat_interleave(samples, 1) / samples
    matched, used = MatchedCost.apply(logits, weights, targets, gamma, cross_entropy, coupling)
    used = used.reshape(len(used), experts, -1).sum(2)
    divergence = (used * (used.clamp_min(1e-9).log() - log_weight)).sum(1).mean()
    parts = {"transport": float(matched.detach().mean()), "kl": float(divergence.detach())}
    return matched.mean() + kl_weight * divergence, parts


class MatchedCost(torch.autograd.Function):
    """sum_ij T_ij C_ij per film under the plan, with its gradients written out.

    By the envelope theorem the gradient of the optimal cost by C is the plan T, and that by the rows' capacities their dual
    potentials. With I the overlap, U the union of hypothesis i and annotator j and p the probabilities,
    d(1 - I / U) / dp = -y (U + I) / U^2 + I / U^2 and dBCE / dlogit = p - y, so the whole gradient is two matrix products with
    the targets and one pass over the logits.
    """

    @staticmethod
    def forward(
        context: Any,
        logits: torch.Tensor,
        weights: torch.Tensor,
        targets: torch.Tensor,
        gamma: float,
        cross_entropy: float,
        coupling: Coupling,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the matched cost (B,) and the mass that every hypothesis carries (B, N); the latter has no gradient.

        ``weights`` (B, N) are the hypotheses' weights alpha; see `transport_loss` for the others.
        """
        flat = _flat(logits)
        target = _flat(targets).to(flat.dtype)
        probabilities = flat.sigmoid()
        measured = _measure(flat, probabilities, target, cross_entropy)
        costs = measured.cost.double().cpu().numpy()
        alphas = weights.detach().double().cpu().numpy()
        if coupling == "greedy":
            plans = [greedy_plan(cost, gamma) for cost in costs]
        else:
            plans = [transport_plan(c, row_capacity(a / a.sum(), gamma)) for c, a in zip(costs, alphas, strict=True)]
        tied = 1 - relaxation(gamma, costs.shape[1])
        plan = torch.as_tensor(np.stack([p.mass for p in plans]), dtype=torch.float32, device=logits.device)
        price = torch.as_tensor(np.stack([tied * p.row_price for p in plans]), dtype=torch.float32, device=logits.device)
        context.save_for_backward(probabilities, target, plan, price, measured.overlap, measured.union)
        context.cross_entropy, context.shape = cross_entropy, logits.shape
        used = plan.sum(2)
        context.mark_non_differentiable(used)
        return (plan * measured.cost).sum(dim=(1, 2)), used

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, None, None, None, None]:
        """Gradients by the logits and by the hypotheses' weights."""
        probabilities, target, plan, price, overlap, union = context.saved_tensors
        by_weights = price * gradients[0][:, None] if context.needs_input_grad[1] else None
        bones, pixels = probabilities.shape[1], probabilities.shape[-1]
        mass = (plan * gradients[0][:, None, None])[:, None]
        by_target = -mass * (union + overlap) / union**2 / bones
        constant = (mass * overlap / union**2 / bones).sum(3, keepdim=True)
        entropy = context.cross_entropy / (bones * pixels)
        kind = probabilities.dtype
        slope = torch.matmul(by_target.to(kind), target).add_(constant.to(kind))
        slope.mul_(probabilities).mul_(1 - probabilities)
        slope.add_(probabilities * (entropy * mass.sum(3, keepdim=True)).to(kind))
        slope.sub_(torch.matmul((entropy * mass).to(kind).expand(-1, bones, -1, -1), target))
        return slope.transpose(1, 2).reshape(context.shape), by_weights, None, None, None, None


class _Measured(NamedTuple):
    """Cost (B, N, M); overlap and union (B, 7, N, M) in pixels, both with one pixel added."""

    cost: torch.Tensor
    overlap: torch.Tensor
    union: torch.Tensor


def _measure(flat: torch.Tensor, probabilities: torch.Tensor, target: torch.Tensor, cross_entropy: float) -> _Measured:
    # One pixel in both terms: an absent bone that is not predicted counts as a match.
    overlap = torch.matmul(probabilities, target.transpose(2, 3)).float()
    sizes = probabilities.sum(3, dtype=torch.float32)[..., None] + target.sum(3, dtype=torch.float32)[:, :, None]
    union = sizes - overlap + 1
    overlap = overlap + 1
    matched_logits = torch.matmul(flat, target.transpose(2, 3)).float()
    entropy = (functional.softplus(flat).sum(3, dtype=torch.float32)[..., None] - matched_logits) / flat.shape[-1]
    return _Measured((1 - overlap / union).mean(1) + cross_entropy * entropy.mean(1), overlap, union)


def _flat(maps: torch.Tensor) -> torch.Tensor:
    """(B, N, 7, H, W) to (B, 7, N, H * W)."""
    return maps.flatten(3).transpose(1, 2)
