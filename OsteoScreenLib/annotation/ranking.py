"""Which film comes next: how unsure the model was of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from OsteoScreenLib.annotation.values import QueueItem


def uncertainty_of(document: Mapping[str, Any]) -> float:
    """How unsure the model is of a film's outlines (0..1), from its ``result.json``.

    Mean, over the bones that were found, of the mean entropy in bits over the bone and its rim (``mean_uncertainty``). Where
    none was found, 1: the model has failed, or the film is no hand, and a person should look first. Of the summaries that a
    result holds, this one puts the films with the worst outlines first best (``Testing/benchmarks/queue_order.py``).

    Raises `KeyError`, `TypeError` or `ValueError` where the document does not follow the schema.
    """
    values = [float(bone["mean_uncertainty"]) for bone in document["segmentation"].values() if bone["found"]]
    return min(max(sum(values) / len(values), 0.0), 1.0) if values else 1.0


def ranked(items: Iterable[QueueItem]) -> list[QueueItem]:
    """Films by falling uncertainty; those without a result after all others, in the order they were added."""
    return sorted(items, key=lambda item: (item.uncertainty is None, -(item.uncertainty or 0.0), item.id))
