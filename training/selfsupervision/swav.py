"""SwAV: swapped prediction of cluster assignments (Caron et al., NeurIPS 2020), under multi-crop."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from torch import nn

TEMPERATURE, EPSILON, ITERATIONS = 0.1, 0.05, 3


@torch.no_grad()
def assignments(scores: torch.Tensor, epsilon: float = EPSILON, iterations: int = ITERATIONS) -> torch.Tensor:
    """Soft assignments (B, K), rows summing to 1, that use all prototypes about equally; by Sinkhorn and Knopp, equation 3.

    ``scores`` (B, K): products of unit vectors and unit prototypes. Each iteration gives every prototype a share 1/K, then every
    sample a share 1/B.
    """
    # In logarithms nothing overflows or vanishes; factors common to a row cancel in its last normalisation.
    plan = scores.float() / epsilon
    for _ in range(iterations):
        plan = plan - plan.logsumexp(dim=0, keepdim=True)
        plan = plan - plan.logsumexp(dim=1, keepdim=True)
    return plan.exp()


def swav_loss(views: Sequence[torch.Tensor], wholes: int, temperature: float = TEMPERATURE) -> torch.Tensor:
    """Cross entropy of every view's prediction with the assignment of every other global view, mean of all; equation 1.

    ``views``: scores (each B, K), of which the first ``wholes`` are of global views.
    """
    codes = [assignments(scores) for scores in views[:wholes]]
    predicted = [functional.log_softmax(scores.float() / temperature, dim=1) for scores in views]
    pairs = [(code, view) for code in range(wholes) for view in range(len(views)) if view != code]
    return torch.stack([-(codes[code] * predicted[view]).sum(dim=1).mean() for code, view in pairs]).mean()


class Prototypes(nn.Module):
    """K unit vectors; 30 to 100 for some thousand bones, not the 3000 that ImageNet takes."""

    def __init__(self, dimensions: int, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(functional.normalize(torch.randn(count, dimensions), dim=1))

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Scores (B, K) of unit vectors (B, D)."""
        return vectors @ self.weight.T

    @torch.no_grad()
    def normalise(self) -> None:
        """Put the prototypes back on the unit sphere, which a step leaves."""
        self.weight.copy_(functional.normalize(self.weight, dim=1))
