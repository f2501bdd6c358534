"""VICReg: variance, invariance and covariance regularisation (Bardes, Ponce, LeCun, ICLR 2022), without negatives.

All in float32: the covariance sums squares of products, which half precision cannot hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional

from training.selfsupervision.pairs import compared_pairs

INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
"""Weights of the paper's equation 6."""
LEAST_VARIANCE = 1e-4


def variance_loss(vectors: torch.Tensor) -> torch.Tensor:
    """Mean over dimensions of max(0, 1 - standard deviation) of vectors (B, D); equation 1."""
    deviation = torch.sqrt(vectors.float().var(dim=0) + LEAST_VARIANCE)
    return functional.relu(1 - deviation).mean()


def covariance_loss(vectors: torch.Tensor) -> torch.Tensor:
    """Sum of squares of the covariances between different dimensions of vectors (B, D), over D; equations 3 and 4.

    With X the centred vectors and C = X'X / (B - 1): |X'X| = |XX'| (Frobenius), so where B < D the B x B Gram matrix gives the
    sum of all squares with D / B times fewer products, value and gradient unchanged; the squared variances are taken off it.
    """
    count, dimensions = vectors.shape
    if count >= dimensions:
        return covariance_loss_by_dimensions(vectors)
    centred = vectors.float() - vectors.float().mean(dim=0)
    # Divided before the products, so that their squares stay small.
    centred = centred / (count - 1) ** 0.5
    everything = (centred @ centred.T).square().sum()
    own = centred.square().sum(dim=0).square().sum()
    return (everything - own) / dimensions


def covariance_loss_by_dimensions(vectors: torch.Tensor) -> torch.Tensor:
    """The same by the D x D covariance matrix."""
    count, dimensions = vectors.shape
    centred = vectors.float() - vectors.float().mean(dim=0)
    covariance = centred.T @ centred / (count - 1)
    everything = covariance.square().sum()
    return (everything - covariance.diagonal().square().sum()) / dimensions


def vicreg_loss(views: Sequence[torch.Tensor], wholes: int) -> torch.Tensor:
    """Loss of views (each B, D), of which the first ``wholes`` are global.

    Invariance: mean squared difference, mean over the `compared_pairs`. Variance: mean over all views. Covariance: twice the mean
    over all views. For two views this is the authors' code, which halves the variance term of the paper's equation 6.
    """
    views = [view.float() for view in views]
    pairs = compared_pairs(len(views), wholes)
    invariance = torch.stack([functional.mse_loss(views[one], views[other]) for one, other in pairs]).mean()
    variance = torch.stack([variance_loss(view) for view in views]).mean()
    covariance = 2 * torch.stack([covariance_loss(view) for view in views]).mean()
    return INVARIANCE * invariance + VARIANCE * variance + COVARIANCE * covariance
