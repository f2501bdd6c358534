"""Supervised contrastive loss (Khosla et al., NeurIPS 2020). It sees labels: train it on training subjects only."""

from __future__ import annotations

from collections.abc import Sequence

import torch

TEMPERATURE = 0.1


def supcon_loss(
    views: Sequence[torch.Tensor], wholes: int, classes: torch.Tensor, temperature: float = TEMPERATURE
) -> torch.Tensor:
    """L_out, equation 2 of the paper, of views (each B, D, unit vectors) of samples of ``classes`` (B), float32.

    Mean over anchors i of  -1/|P(i)| sum_(p in P(i)) log exp(z_i z_p / t) / sum_(a in A(i)) exp(z_i z_a / t): the sum over the
    positives P(i) stays outside the logarithm. A(i): every other vector, for a crop only those of the first ``wholes`` views;
    P(i): those of A(i) of the same class. Classes are what counts as positive, here a bone with its label, so that positives
    are of the same bone only; other views of the same sample always are.
    """
    vectors = torch.cat([view.float() for view in views])
    view = torch.arange(len(views), device=vectors.device).repeat_interleave(len(classes))
    every = classes.repeat(len(views))
    compared = (view[:, None] < wholes) | (view[None] < wholes)
    compared = compared & ~torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    similarity = (vectors @ vectors.T / temperature).masked_fill(~compared, -torch.inf)
    logarithm = similarity - similarity.logsumexp(dim=1, keepdim=True)
    positive = compared & (every[:, None] == every[None])
    # Not a product with the mask: minus infinity times zero is no number.
    total = torch.where(positive, logarithm, torch.zeros((), device=vectors.device)).sum(dim=1)
    return -(total / positive.sum(dim=1)).mean()
