"""The films of an archive that were hardest to read."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from statistics import fmean

from OsteoScreenLib.archive.ledger import Entry
from OsteoScreenLib.archive.rows import FINDING_COLUMNS
from OsteoScreenLib.archive.values import Cell
from OsteoScreenLib.bones import BONES
from OsteoScreenLib.quality.values import Severity

SHOWN = 24


def worst_films(entries: Iterable[Entry], count: int = SHOWN) -> list[Entry]:
    """The ``count`` films of worst quality, worst first, each content once; films that gave no result are none of them.

    Films are compared by the number of their findings, the gravest kind first, then by how far their outlines disagree.
    """
    read = (entry for entry in entries if entry.outcome.row is not None and entry.duplicate_of is None)
    return heapq.nsmallest(count, read, key=lambda entry: (_badness(entry.outcome.row or {}), entry.film.name))


def _badness(row: Mapping[str, Cell]) -> tuple[float, ...]:
    """Sorts the worst film first."""
    counts = [
        -len(str(row.get(FINDING_COLUMNS[severity]) or "").split())
        for severity in (Severity.REFUSAL, Severity.INDETERMINATE, Severity.WARNING)
    ]
    disagreements = [row.get(f"{bone.value}_disagreement") for bone in BONES]
    known = [float(each) for each in disagreements if each is not None]
    return (*counts, -fmean(known) if known else 0.0)
