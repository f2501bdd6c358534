"""The contrastive loss of SimCLR (Chen et al., ICML 2020), over several views of a bone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional

from training.selfsupervision.pairs import compared_pairs

TEMPERATURE = 0.2


def nt_xent(one: torch.Tensor, other: torch.Tensor, temperature: float = TEMPERATURE) -> torch.Tensor:
    """Normalised temperature-scaled cross entropy of two views (B, D, unit vectors), float32; equation 1 of the paper.

    Each of the 2B vectors should be nearest, among the 2B - 1 others, to the other view of its own bone.
    """
    both = torch.cat([one, other]).float()
    similarity = both @ both.T / temperature
    similarity.fill_diagonal_(-torch.inf)
    count = len(one)
    partner = torch.arange(2 * count, device=both.device).roll(count)
    return functional.cross_entropy(similarity, partner)


def simclr_loss(views: Sequence[torch.Tensor], wholes: int, temperature: float = TEMPERATURE) -> torch.Tensor:
    """Mean `nt_xent` over the `compared_pairs` of views (each B, D, unit vectors), of which the first ``wholes`` are global."""
    pairs = compared_pairs(len(views), wholes)
    return torch.stack([nt_xent(views[one], views[other], temperature) for one, other in pairs]).mean()
