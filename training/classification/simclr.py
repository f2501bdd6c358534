"""The contrastive loss of SimCLR (Chen et al., ICML 2020), over several views of a bone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch
import torch.nn.functional as functional

TEMPERATURE = 0.2


def nt_xent(one: torch.Tensor, other: torch.Tensor, temperature: float = TEMPERATURE) -> torch.Tensor:
    """Normalised temperature-scaled cross entropy of two views (B, D, unit vectors), float32.

    Each of the 2B vectors should be nearest, among the 2B - 1 others, to the other view of its own bone.
    """
    both = torch.cat([one, other]).float()
    similarity = both @ both.T / temperature
    similarity.fill_diagonal_(-torch.inf)
    count = len(one)
    partner = torch.arange(2 * count).roll(count)
    return functional.cross_entropy(similarity, partner)


def multi_crop_loss(global_views: Sequence[torch.Tensor], local_views: Sequence[torch.Tensor]) -> torch.Tensor:
    """Mean loss over all pairs of views with a global one: a crop must agree with the whole, not with another crop."""
    pairs = [*combinations(global_views, 2), *((whole, part) for whole in global_views for part in local_views)]
    return torch.stack([nt_xent(one, other) for one, other in pairs]).mean()
