"""Which film comes next: how unsure the model was of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from OsteoScreenLib.annotation.values import QueueItem


def uncertainty_of(document: Mapping[str, Any]) -> float:
    """How much the plausible outlines of a film differ (0..1), from its ``result.json``.

    Mean, over the bones that any of them shows, of the expected 1 - IoU between two of them (``disagreement``). Where none
    shows a bone, 1: the model has failed, or the film is no hand, and a person should look first.

    Raises `KeyError`, `TypeError` or `ValueError` where the document does not follow the schema.
    """
    bones = document["segmentation"].values()
    values = [float(bone["disagreement"]) for bone in bones if bone["found"] or float(bone["disagreement"]) > 0]
    return min(max(sum(values) / len(values), 0.0), 1.0) if values else 1.0


def ranked(items: Iterable[QueueItem]) -> list[QueueItem]:
    """Films by falling uncertainty; those without a result after all others, in the order they were added."""
    return sorted(items, key=lambda item: (item.uncertainty is None, -(item.uncertainty or 0.0), item.id))
