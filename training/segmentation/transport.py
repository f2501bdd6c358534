"""Optimal transport between hypotheses and annotators: the cost matrix and the exact plan."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import ot
import torch
import torch.nn.functional as functional


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


def transport_plan(cost: np.ndarray, gamma: float) -> np.ndarray:
    """Exact plan T minimising sum T * C with columns summing to 1 / M and rows at most ``gamma``.

    The slack of the rows goes to one more column of zero cost, which makes it a balanced problem that ``ot.emd`` solves exactly
    for every gamma >= 1 / N. At gamma 1 the rows are free and every annotator takes the nearest hypothesis.

    Parameters
    ----------
    cost
        N x M
    gamma
        Largest mass of one hypothesis, 1 / N .. 1.

    Raises
    ------
    ValueError
        If gamma is below 1 / N: no such plan exists.
    """
    hypotheses, annotators = cost.shape
    if gamma * hypotheses < 1 - 1e-9:
        raise ValueError(f"gamma {gamma} is below 1 / {hypotheses}: the hypotheses cannot carry all the mass")
    slack = max(gamma * hypotheses - 1.0, 0.0)
    rows = np.full(hypotheses, gamma)
    columns = np.append(np.full(annotators, 1.0 / annotators), slack)
    columns *= rows.sum() / columns.sum()
    extended = np.concatenate([cost.astype(np.float64), np.zeros((hypotheses, 1))], axis=1)
    plan = ot.emd(rows, columns, np.ascontiguousarray(extended))
    return np.asarray(plan[:, :annotators])


def transport_loss(
    logits: torch.Tensor, gate: torch.Tensor, targets: torch.Tensor, *, gamma: float, kl_weight: float, cross_entropy: float
) -> tuple[torch.Tensor, dict[str, float]]:
    """Loss of the mixture: transport cost under the exact plan + KL(row sums || hypothesis weights), mean over the batch.

    Parameters
    ----------
    logits
        (B, K * S, 7, H, W), expert-major
    gate
        (B, K), logits of the experts' weights
    targets
        (B, M, 7, H, W), 0..1
    gamma, kl_weight, cross_entropy
        Row bound of the plan, weight of the divergence, weight of the cross entropy in the cost.
    """
    matched, used = MatchedCost.apply(logits, targets, gamma, cross_entropy)
    experts = gate.shape[1]
    used = used.reshape(len(used), experts, -1).sum(2)
    log_weight = gate.float().log_softmax(1)
    divergence = (used * (used.clamp_min(1e-9).log() - log_weight)).sum(1).mean()
    parts = {"transport": float(matched.detach().mean()), "kl": float(divergence.detach())}
    return matched.mean() + kl_weight * divergence, parts


class MatchedCost(torch.autograd.Function):
    """sum_ij T_ij C_ij per film under the exact plan, with its gradient written out.

    By the envelope theorem the gradient of the optimal cost by C is the plan T. With I the overlap, U the union of hypothesis i
    and annotator j and p the probabilities, d(1 - I / U) / dp = -y (U + I) / U^2 + I / U^2 and dBCE / dlogit = p - y, so the
    whole gradient is two matrix products with the targets and one pass over the logits.
    """

    @staticmethod
    def forward(
        context: Any, logits: torch.Tensor, targets: torch.Tensor, gamma: float, cross_entropy: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the matched cost (B,) and the mass that every hypothesis carries (B, N); the latter has no gradient."""
        flat = _flat(logits)
        target = _flat(targets).to(flat.dtype)
        probabilities = flat.sigmoid()
        measured = _measure(flat, probabilities, target, cross_entropy)
        plans = np.stack([transport_plan(c, gamma) for c in measured.cost.double().cpu().numpy()])
        plan = torch.as_tensor(plans, dtype=torch.float32, device=logits.device)
        context.save_for_backward(probabilities, target, plan, measured.overlap, measured.union)
        context.cross_entropy, context.shape = cross_entropy, logits.shape
        used = plan.sum(2)
        context.mark_non_differentiable(used)
        return (plan * measured.cost).sum(dim=(1, 2)), used

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        """Gradient by the logits."""
        probabilities, target, plan, overlap, union = context.saved_tensors
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
        return slope.transpose(1, 2).reshape(context.shape), None, None, None


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
