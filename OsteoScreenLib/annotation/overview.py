"""All films of a session as one annotator has them, looked at once: every film is looked for on the disk, maybe a slow one."""

from __future__ import annotations

from dataclasses import dataclass

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import Counts, QueueItem


@dataclass(frozen=True)
class Overview:
    """``items`` in the annotator's order, how far the annotator is, and how many films could be screened but are not yet."""

    items: tuple[QueueItem, ...]
    counts: Counts
    unscreened: int


def overview(session: Session, annotator: str) -> Overview:
    """Look at a session."""
    items = {each.id: each for each in session.items}
    return Overview(
        items=tuple(items[number] for number in session.order(annotator)),
        counts=session.counts(annotator),
        unscreened=sum(each.result is None and each.problem is None for each in items.values()),
    )
