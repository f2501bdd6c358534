"""Which views are compared under multi-crop."""

from __future__ import annotations

from itertools import combinations


def compared_pairs(views: int, wholes: int) -> list[tuple[int, int]]:
    """Pairs of views with a global one, the first ``wholes`` being global: a crop must agree with the whole, not with another.

    (Caron et al., NeurIPS 2020, section 3.2: crops learn from the codes of whole views only.)
    """
    return [(one, other) for one, other in combinations(range(views), 2) if one < wholes]
